import { type Answers, completeTests, type TestPlan } from './alertTests.js';
import type { ObservedSample } from './promtoolOutput.js';
import type { TestGroup } from './testFile.js';

/**
 * The tests that an alert fires and that it is silent, for mutants that stand in one rule file under
 * names of their own: each must do, under its name, what the rule does.
 */
export function mutantGroups(plan: TestPlan, answers: Answers, names: readonly string[]): TestGroup[] {
  const { moments } = answers;
  if (moments === undefined) return [];
  const each = names.map((name) => completeTests(...renamed(plan, answers, name), moments, false));
  const merged = (which: 'life' | 'silent'): TestGroup[] => {
    const [first] = each;
    if (first === undefined) return [];
    return [
      {
        ...first[which],
        alertTests: each.flatMap((tests) => tests[which].alertTests),
        expressionTests: each.flatMap((tests) => tests[which].expressionTests),
      },
    ];
  };
  return [...merged('life'), ...merged('silent')];
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
 * Names of the mutants that didn't do what the rule does, from the output of {@link mutantGroups}.
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
