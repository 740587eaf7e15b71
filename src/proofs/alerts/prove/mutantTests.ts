import {
  type Answers,
  type CompleteTests,
  type LifeMoments,
  lifeExpectations,
  silentExpectations,
  type TestPlan,
} from './alertTests.js';
import type { ObservedSample } from './promtoolOutput.js';
import type { TestGroup } from './testFile.js';

/** A world in which the rule does what its tests say. */
export interface ShownWorld {
  plan: TestPlan;
  answers: Answers;
  moments: LifeMoments;
  tests: CompleteTests;
}

/** The test that an alert fires, as {@link mutantGroup} puts it. */
export function lifeOfMutants(world: ShownWorld, names: readonly string[]): TestGroup {
  return mutantGroup(world.tests.life, names, (name) =>
    lifeExpectations(...renamed(world.plan, world.answers, name), world.moments),
  );
}

/** The test that an alert is silent, as {@link mutantGroup} puts it. */
export function silenceOfMutants(world: ShownWorld, names: readonly string[]): TestGroup {
  return mutantGroup(world.tests.silent, names, (name) =>
    silentExpectations(...renamed(world.plan, world.answers, name)),
  );
}

/** A test for mutants that stand in one rule file under names of their own: each must do, under its name, what the rule does. */
function mutantGroup(
  test: TestGroup,
  names: readonly string[],
  expectationsOf: (name: string) => Pick<TestGroup, 'alertTests' | 'expressionTests'>,
): TestGroup {
  const each = names.map(expectationsOf);
  return {
    ...test,
    alertTests: each.flatMap(({ alertTests }) => alertTests),
    expressionTests: each.flatMap(({ expressionTests }) => expressionTests),
  };
}

/** The same alert under another name and without those of its name that are other rules'. */
function renamed(plan: TestPlan, answers: Answers, name: string): [TestPlan, Answers] {
  const isOwn = ({ labels }: { labels: Readonly<Record<string, string>> }) =>
    Object.entries(plan.ownLabels).every(([label, value]) => labels[label] === value);
  const moved = <T extends { labels: Readonly<Record<string, string>> }>(all: readonly T[]): T[] =>
    all.filter(isOwn).map((one) => ({ ...one, labels: { ...one.labels, alertname: name } }));
  return [
    // Whether a selector reads anything doesn't depend on the rule.
    { ...plan, alert: name, ownLabels: {}, selectors: [] },
    {
      ...answers,
      alertsAt: (time): readonly ObservedSample[] => moved(answers.alertsAt(time)),
      alerts: moved(answers.alerts),
      vanished: moved(answers.vanished),
    },
  ];
}

/**
 * Names of the mutants that didn't do what the rule does, from the output of their tests.
 *
 * @returns `ended`: promtool gave up at one that can't be loaded or evaluated, so nothing is known of the others
 */
export function mutantsInOutput(output: string): { noticed: Set<string>; ended: boolean } {
  const noticed = new Set<string>();
  let ended = false;
  for (const line of output.split('\n')) {
    const failed =
      /^\s*alertname: (mutant-\d+), time: /.exec(line) ?? /^\s*expr: ".*?alertname=\\"(mutant-\d+)\\"/.exec(line);
    const refused =
      /^\s*rule: (mutant-\d+), time: .*, err: /.exec(line) ?? /, "(mutant-\d+)": could not parse/.exec(line);
    const name = (failed ?? refused)?.[1];
    if (name !== undefined) noticed.add(name);
    ended ||= refused !== null;
  }
  return { noticed, ended };
}
