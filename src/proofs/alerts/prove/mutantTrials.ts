import type { MutantResult } from '../verdict.js';
import type { Mutant } from './mutants.js';
import { lifeOfMutants, mutantsInOutput, type ShownWorld, silenceOfMutants } from './mutantTests.js';
import { firstWords } from './promtoolOutput.js';
import type { TestRun } from './runPromtool.js';
import type { TestGroup } from './testFile.js';

interface TriedMutant {
  mutant: Mutant;
  /** As an alert among the others. */
  name: string;
  /** Undefined as long as promtool hasn't told. */
  killed: boolean | undefined;
  /** Whether it did what the rule does where the rule fires first of all. */
  passedFirst: boolean;
  /** What promtool said when it broke down, so that nothing will be known. */
  trouble?: string;
}

/** Mutants that stand in one rule file, and what they are tried on. */
export interface MutantRun {
  mutants: readonly { name: string; mutant: Mutant }[];
  groups: readonly TestGroup[];
  done(run: TestRun): void;
}

/**
 * Which wrong versions of a rule its tests notice. They are tried on the test that the alert fires, of the main
 * world; most of them fail there, and only the others are tried on all the rest.
 */
export class MutantTrials {
  private readonly tried: readonly TriedMutant[];

  /** @param worlds the main world's first */
  constructor(
    mutants: readonly Mutant[],
    private readonly worlds: readonly ShownWorld[],
  ) {
    this.tried = mutants.map((mutant, index) => ({
      mutant,
      name: `mutant-${index}`,
      killed: undefined,
      passedFirst: false,
    }));
  }

  /**
   * What promtool must be asked next; nothing when every mutant's fate is known. One whose evaluation
   * Prometheus refuses ends a run, so the others of it are tried again.
   */
  next(): MutantRun[] {
    const open = this.tried.filter(({ killed, trouble }) => killed === undefined && trouble === undefined);
    return [false, true].flatMap((passedFirst) => {
      const entries = open.filter((entry) => entry.passedFirst === passedFirst);
      if (entries.length === 0) return [];
      const names = entries.map(({ name }) => name);
      const groups = passedFirst ? this.remaining(names) : this.first(names);
      return [{ mutants: entries, groups, done: (run) => this.hear(entries, run) }];
    });
  }

  private first(names: readonly string[]): TestGroup[] {
    return this.worlds.slice(0, 1).map((world) => lifeOfMutants(world, names));
  }

  private remaining(names: readonly string[]): TestGroup[] {
    return this.worlds.flatMap((world, index) => [
      ...(index === 0 ? [] : [lifeOfMutants(world, names)]),
      silenceOfMutants(world, names),
    ]);
  }

  private hear(entries: readonly TriedMutant[], run: TestRun): void {
    if (run.broken) {
      for (const entry of entries) entry.trouble = firstWords(run.output);
      return;
    }
    const { noticed, ended } = mutantsInOutput(run.output);
    for (const entry of entries) {
      if (noticed.has(entry.name)) entry.killed = true;
      else if (!ended && entry.passedFirst) entry.killed = false;
      else if (!ended) entry.passedFirst = true;
    }
  }

  /** Why the rule can't be called proved; undefined: nothing speaks against it. */
  objection(): string | undefined {
    const decisive = this.tried.filter(({ mutant }) => mutant.decisive);
    const survivor = decisive.find(({ killed }) => killed === false);
    if (survivor !== undefined) return `the tests can't tell it from a rule with ${survivor.mutant.text}`;
    const unknown = decisive.find(({ killed }) => killed === undefined);
    return unknown === undefined ? undefined : notTold(unknown);
  }

  /** What survives, each text once: selectors that stand twice in a query have the same wrong versions twice. */
  survivors(): ReadonlySet<string> {
    const surviving = this.tried.filter(({ mutant, killed }) => killed === false && mutant.kind !== 'former');
    return new Set(surviving.map(({ mutant }) => mutant.text));
  }

  /** A wrong version of which promtool didn't say whether the tests notice it, if there is one. */
  untold(): string[] {
    const first = this.tried.find(({ killed }) => killed === undefined);
    return first === undefined ? [] : [notTold(first)];
  }

  results(): MutantResult[] {
    return this.tried.flatMap(({ mutant, killed }) =>
      killed === undefined ? [] : [{ kind: mutant.kind, text: mutant.text, killed }],
    );
  }
}

function notTold({ mutant, trouble = 'too many were refused' }: TriedMutant): string {
  return `promtool did not tell whether the tests notice a rule with ${mutant.text}: ${trouble}`;
}
