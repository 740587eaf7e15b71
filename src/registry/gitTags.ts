import { MlopsError } from '../contract/errors.js';
import type { MoveAlias } from '../contract/operation.js';
import type { GtoTagName } from './gtoTagName.js';
import { isGtoName, parseGtoTagName, stageTagName } from './gtoTagName.js';
import type { ModelRegistry, ModelVersion, Provenance } from './modelRegistry.js';
import { aliasKey } from './modelRegistry.js';
import { compareSemver } from './semver.js';
import { tagProvenance } from './tagProvenance.js';

/** A tag as the repository has it, see `BareClone.tags`. */
export interface RegistryTag {
  commit: string;
  annotated: boolean;
  /** Tagger's time, seconds since 1970. */
  date?: number;
  message: string;
}

interface TagEvent extends GtoTagName {
  commit: string;
  date: number;
  message: string;
  annotated: boolean;
}

type Registration = TagEvent & { version: string };

interface ModelState {
  /** Events that gto counts, by time. */
  counted: TagEvent[];
  /** The registering tag of every version that isn't deregistered, the highest version first. */
  registrations: Registration[];
  /** Commit → its highest registered version. */
  versionAt: Map<string, string>;
  /** Commits at which a version was ever registered. */
  versioned: Set<string>;
  highestCounter: number;
}

/**
 * A model registry kept as git tags in the GTO convention: versions are tags `model@v1.2.3`, an alias
 * is a stage and moves by one more numbered tag `model#stage#N`; tags are never moved or deleted.
 *
 * Resolution follows gto 1.10: lightweight tags don't count; a stage is on a commit while the last
 * event there is an assignment; of several such commits the one assigned last has it; commits without
 * a version tag go by their id; deregistered versions and deprecated models have no alias. "Last" is
 * the highest counter here and the latest tagger's time in gto, which is the same unless a clock was
 * wrong: {@link outOfOrder} tells, and such an alias is not moved.
 */
export class GitTagRegistry implements ModelRegistry {
  private readonly states = new Map<string, ModelState>();

  /** @param tags name → tag, all tags of the repository; others than GTO's are ignored */
  constructor(tags: ReadonlyMap<string, RegistryTag>) {
    const events = new Map<string, TagEvent[]>();
    for (const [name, tag] of tags) {
      const parsed = parseGtoTagName(name);
      if (parsed === undefined) continue;
      const list = events.get(parsed.model) ?? [];
      list.push({ ...parsed, commit: tag.commit, date: tag.date ?? 0, message: tag.message, annotated: tag.annotated });
      events.set(parsed.model, list);
    }
    for (const [model, list] of events) this.states.set(model, modelState(list));
  }

  models(): string[] {
    return [...this.states]
      .filter(([, { counted }]) => counted.length > 0)
      .map(([model]) => model)
      .sort();
  }

  versions(model: string): ModelVersion[] {
    return this.registrations(model).map(({ version, commit }) => ({ version, commit }));
  }

  aliases(): Map<string, string> {
    const resolved = new Map<string, string>();
    for (const model of this.models()) {
      for (const stage of this.stages(model)) {
        const commit = this.holder(model, stage, byCounter);
        if (commit !== undefined) resolved.set(aliasKey(model, stage), this.versionAt(model, commit));
      }
    }
    return resolved;
  }

  /** `undefined` when the version isn't registered; else what its tag records, possibly nothing. */
  provenance(model: string, version: string): Provenance | undefined {
    const registration = this.registrations(model).find((event) => event.version === version);
    return registration === undefined ? undefined : tagProvenance(registration.message);
  }

  /** `model@alias` of aliases that gto, which goes by time, sees on another version than the counters say. */
  outOfOrder(): string[] {
    return this.models().flatMap((model) =>
      this.stages(model)
        .filter((stage) => this.holder(model, stage, byCounter) !== this.holder(model, stage, byTime))
        .map((stage) => aliasKey(model, stage)),
    );
  }

  planAliasMove(model: string, alias: string, toVersion: string, closes: string[] = []): MoveAlias {
    const key = aliasKey(model, alias);
    const refuse = (why: string): never => {
      throw new MlopsError('MLOPS-INPUT-001', `The alias cannot be moved: ${why}.`, { where: key });
    };
    if (!isGtoName(model, alias)) refuse('a model or alias of that name cannot stand in a GTO tag');
    if (this.outOfOrder().includes(key)) refuse("its tags' numbers and times contradict each other");
    const target = this.versions(model).find(({ version }) => version === toVersion);
    if (target === undefined) return refuse(`there is no version ${toVersion}`);
    const from = this.aliases().get(key) ?? null;
    // Two versions can be of one commit; the alias is then on the higher one and can't be put on the other.
    if (this.versionAt(model, target.commit) !== toVersion) refuse('a higher version is registered at the same commit');
    if (from === toVersion) refuse('it is there already');
    const tag = stageTagName(model, alias, this.nextCounter(model), 'assign');
    return { kind: 'moveAlias', model, alias, from, to: toVersion, tag, commit: target.commit, closes };
  }

  /**
   * One more tag with the following number: an assignment back to `move.from`, or where the alias
   * didn't exist, `to` is empty and the tag takes the assignment back (`model#alias!#N`).
   */
  inverse(move: MoveAlias): MoveAlias {
    const counter = parseGtoTagName(move.tag)?.counter;
    if (counter === undefined)
      throw new MlopsError('MLOPS-INT-001', 'A move without a numbered tag was to be inverted.');
    const { kind, model, alias, from, to } = move;
    if (from === null) {
      const tag = stageTagName(model, alias, counter + 1, 'unassign');
      return { kind, model, alias, from: to, to: '', tag, commit: move.commit, closes: [] };
    }
    const commit = this.commitOf(model, from);
    const tag = stageTagName(model, alias, counter + 1, 'assign');
    return { kind, model, alias, from: to, to: from, tag, commit, closes: [] };
  }

  /**
   * That a tag of the same name exists stops a push, but gto numbers the tags of all stages of a model
   * together, so another mover's tag needn't have the same number. This finds those.
   */
  assertStillNext(move: MoveAlias): void {
    const key = aliasKey(move.model, move.alias);
    const now = this.aliases().get(key) ?? null;
    const counter = parseGtoTagName(move.tag)?.counter ?? 0;
    if (now === move.from && counter >= this.nextCounter(move.model)) return;
    const why = now === move.from ? 'the model has newer tags' : `it is at ${now ?? 'no version'}`;
    throw new MlopsError('MLOPS-GIT-010', `The alias is not where the plan found it: ${why}.`, { where: key });
  }

  /** The highest number of the model's tags plus one; lightweight tags take a number too. */
  private nextCounter(model: string): number {
    return 1 + (this.states.get(model)?.highestCounter ?? 0);
  }

  private registrations(model: string): readonly Registration[] {
    return this.states.get(model)?.registrations ?? [];
  }

  private stages(model: string): string[] {
    const stages = this.states.get(model)?.counted.flatMap(({ stage }) => (stage === undefined ? [] : [stage]));
    return [...new Set(stages)].sort();
  }

  /** Commit that has the stage; `undefined` when none has. */
  private holder(model: string, stage: string, order: (a: TagEvent, b: TagEvent) => number): string | undefined {
    const state = this.states.get(model);
    if (state === undefined || state.counted.at(-1)?.event === 'deprecate') return undefined;
    const lastAt = new Map<string, TagEvent>();
    for (const event of state.counted.filter((candidate) => candidate.stage === stage).sort(order)) {
      // Set anew, so that the map's order is that of the last event of each commit.
      lastAt.delete(event.commit);
      lastAt.set(event.commit, event);
    }
    const isDeregistered = (commit: string): boolean => state.versioned.has(commit) && !state.versionAt.has(commit);
    return [...lastAt.values()].filter(({ event, commit }) => event === 'assign' && !isDeregistered(commit)).at(-1)
      ?.commit;
  }

  /** The highest version of a commit, or its id. */
  private versionAt(model: string, commit: string): string {
    return this.states.get(model)?.versionAt.get(commit) ?? commit;
  }

  private commitOf(model: string, version: string): string {
    const found = this.registrations(model).find((event) => event.version === version)?.commit;
    if (found !== undefined) return found;
    const unregistered = this.states.get(model)?.counted.find((event) => event.commit === version)?.commit;
    if (unregistered !== undefined) return unregistered;
    throw new MlopsError('MLOPS-INPUT-001', 'The version that the alias came from is not registered.', {
      where: aliasKey(model, version),
    });
  }
}

function modelState(events: readonly TagEvent[]): ModelState {
  const counted = events.filter(({ annotated }) => annotated).sort(byTime);
  const last = new Map<string, Registration>();
  for (const event of counted) {
    if (event.version !== undefined) last.set(event.version, { ...event, version: event.version });
  }
  const registrations = [...last.values()]
    .filter(({ event }) => event === 'register')
    .sort((left, right) => compareSemver(right.version, left.version));
  const versionAt = new Map(registrations.toReversed().map(({ commit, version }) => [commit, version]));
  const versioned = new Set(counted.filter(({ version }) => version !== undefined).map(({ commit }) => commit));
  const highestCounter = events.reduce((highest, { counter = 0 }) => Math.max(highest, counter), 0);
  return { counted, registrations, versionAt, versioned, highestCounter };
}

/** Simple tags have no number and are older than any numbered one. */
function byCounter(left: TagEvent, right: TagEvent): number {
  return (left.counter ?? 0) - (right.counter ?? 0) || byTime(left, right);
}

/** At the same second an addition comes before what cancels it, as in the order of their names. */
function byTime(left: TagEvent, right: TagEvent): number {
  return left.date - right.date || (left.counter ?? 0) - (right.counter ?? 0) || cancels(left) - cancels(right);
}

function cancels({ event }: TagEvent): number {
  return Number(event === 'deregister' || event === 'unassign' || event === 'deprecate');
}
