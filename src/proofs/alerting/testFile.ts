import { Document } from 'yaml';
import type { ChosenInputs } from './chooseValues.js';
import { formatDuration } from './duration.js';
import type { Selector } from './promql.js';
import type { ObservedAlert } from './promtoolOutput.js';
import type { AlertRule } from './ruleFile.js';
import { type SteadySeries, selects } from './steadyState.js';
import { promtoolValues, seriesName, type Timeline } from './timeline.js';

/** A promtool unit test of one rule, before and after promtool has said what the alert looks like. */
export interface TestPlan {
  rule: AlertRule;
  rulesFile: string;
  inputs: ChosenInputs;
  selectors: readonly Selector[];
  timeline: Timeline;
}

export const FIRES = 'fires';
export const WAITS = 'waits';

/** Name of the test that shows that the alert stays silent while one condition isn't met. */
export function silentTest(condition: number, conditions: number): string {
  return conditions === 1 ? 'stays silent' : `stays silent while condition ${condition + 1} is not met`;
}

interface ExpressionTest {
  expr: string;
  eval_time: string;
  exp_samples: { labels: string; value: number }[];
}

/** Asks promtool since when the alert has been active: the test fails and its output holds the answer. */
export function activationQuestion(plan: TestPlan): string {
  return testFile(plan, [
    firingTest(plan, FIRES, {
      promql_expr_test: [silentAt(`ALERTS_FOR_STATE{alertname=${JSON.stringify(plan.rule.alert)}}`, plan.timeline.end)],
    }),
  ]);
}

/** Asks promtool what the firing alert looks like: the test fails and its output holds the answer. */
export function appearanceQuestion(plan: TestPlan, firesAt: number): string {
  return testFile(plan, [
    firingTest(plan, FIRES, {
      alert_rule_test: [{ eval_time: formatDuration(firesAt), alertname: plan.rule.alert, exp_alerts: [] }],
    }),
  ]);
}

/**
 * The complete tests of a rule. Presence, pending and "at any evaluation" are asked by expressions:
 * an empty `exp_alerts` also passes for a name that doesn't exist.
 *
 * @param firesAt seconds from the start, the first evaluation at which the alert fires.
 */
export function completeTests(plan: TestPlan, firesAt: number, alerts: readonly ObservedAlert[]): Test[] {
  const { rule, timeline, inputs } = plan;
  const tests = [
    firingTest(plan, FIRES, {
      alert_rule_test: [
        {
          eval_time: formatDuration(firesAt),
          alertname: rule.alert,
          exp_alerts: alerts.map(({ labels, annotations }) => ({
            exp_labels: without(labels, 'alertname'),
            exp_annotations: annotations,
          })),
        },
      ],
      // The same between two scrapes, where samples don't sit on the evaluation.
      promql_expr_test: [7, 13].map((offset) => holdsAt(`count(\n${rule.expr}\n)`, firesAt + offset, alerts.length)),
    }),
  ];
  if (rule.for > 0) {
    const justBefore = firesAt - timeline.evaluationInterval;
    const since = Math.max(justBefore - timeline.turnsBadAt, timeline.evaluationInterval);
    tests.push(
      firingTest(plan, WAITS, {
        promql_expr_test: [
          holdsAt(`count(${alertsOf(rule, 'pending')})`, justBefore, alerts.length),
          silentAt(`count_over_time(${alertsOf(rule, 'firing')}[${formatDuration(since)}])`, justBefore),
          holdsAt(`count(${alertsOf(rule, 'firing')})`, firesAt, alerts.length),
        ],
      }),
    );
  }
  inputs.healthy.forEach((healthy, index) => {
    tests.push({
      name: silentTest(index, inputs.healthy.length),
      interval: formatDuration(timeline.scrapeInterval),
      input_series: healthy.map((series) => ({
        series: seriesName(series.labels),
        values: promtoolValues(series, series, timeline),
      })),
      promql_expr_test: [
        ...plan.selectors.map((selector) =>
          holdsAt(
            `count(${rule.expr.slice(selector.from, selector.to)})`,
            timeline.end,
            healthy.filter((series) => selects(selector, series.labels)).length,
          ),
        ),
        // From when every range is full: a rate of a series that is just being born is too low.
        silentAt(
          `count_over_time(${alertsOf(rule)}[${formatDuration(timeline.end - timeline.turnsBadAt)}])`,
          timeline.end,
        ),
        ...[7, 13].map((offset) => silentAt(rule.expr, timeline.end - offset)),
      ],
    });
  });
  return tests;
}

export interface Test {
  name: string;
  interval: string;
  input_series: { series: string; values: string }[];
  alert_rule_test?: unknown[];
  promql_expr_test?: ExpressionTest[];
}

function firingTest(plan: TestPlan, name: string, asks: Pick<Test, 'alert_rule_test' | 'promql_expr_test'>): Test {
  const [good] = plan.inputs.healthy as [readonly SteadySeries[]];
  return {
    name,
    interval: formatDuration(plan.timeline.scrapeInterval),
    input_series: plan.inputs.firing.map((bad, index) => ({
      series: seriesName(bad.labels),
      values: promtoolValues(good[index] as SteadySeries, bad, plan.timeline),
    })),
    ...asks,
  };
}

function alertsOf(rule: AlertRule, state?: 'pending' | 'firing'): string {
  const name = `alertname=${JSON.stringify(rule.alert)}`;
  return `ALERTS{${name}${state === undefined ? '' : `, alertstate="${state}"`}}`;
}

function holdsAt(expr: string, seconds: number, count: number): ExpressionTest {
  return { expr, eval_time: formatDuration(seconds), exp_samples: [{ labels: '{}', value: count }] };
}

function silentAt(expr: string, seconds: number): ExpressionTest {
  return { expr, eval_time: formatDuration(seconds), exp_samples: [] };
}

function without(labels: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== name));
}

/** Writes tests as promtool reads them, with a head that says what they show. */
export function testFile(plan: TestPlan, tests: readonly Test[]): string {
  const { rule, timeline, inputs } = plan;
  const document = new Document(
    {
      rule_files: [plan.rulesFile],
      evaluation_interval: formatDuration(timeline.evaluationInterval),
      tests,
    },
    { version: '1.1' },
  );
  const values = inputs.values.map(({ firing, healthy }, index) => {
    const { comparison, threshold } = inputs.conditions[index] as ChosenInputs['conditions'][number];
    return ` condition ${index + 1} (${comparison.operator} ${threshold}): firing at ${short(firing)}, ${healthy === undefined ? 'a guard that holds throughout' : `silent at ${short(healthy)}`}`;
  });
  document.commentBefore = [
    ` Test of the alert ${rule.alert.replaceAll('\n', ' ')}: promtool test rules FILE`,
    ` The series turn bad at ${formatDuration(timeline.turnsBadAt)}; a scrape every ${formatDuration(timeline.scrapeInterval)},` +
      ` an evaluation every ${formatDuration(timeline.evaluationInterval)}.`,
    ...values,
    ...inputs.assumptions.map((assumption) => ` taken for granted: ${assumption}`),
  ].join('\n');
  return document.toString({ lineWidth: 0 });
}

/** A number for reading: six significant digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
