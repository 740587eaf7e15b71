import type { ProbeResult } from '../../contract/probe.js';
import { testRules } from '../../monitoring/promtool.js';
import type { ToolRun } from '../../monitoring/tool.js';
import { alertProbe, type Evidence, textEvidence, yamlEvidence } from './alertProbe.js';
import { type ChosenInputs, chooseInputs } from './chooseValues.js';
import { Unsatisfiable } from './condition.js';
import { formatDuration } from './duration.js';
import { type Mutant, movedThresholds, reversedComparisons } from './mutants.js';
import { parsePromql, type Selector, selectorsOf, Unsupported } from './promql.js';
import { isUnmet, observedAlerts, observedValues } from './promtoolOutput.js';
import { type AlertRule, reducedRuleFile, templateLabels } from './ruleFile.js';
import {
  activationQuestion,
  appearanceQuestion,
  completeTests,
  FIRES,
  short,
  silentTest,
  type Test,
  type TestPlan,
  testFile,
  WAITS,
} from './testFile.js';
import { DEFAULT_EVALUATION_INTERVAL, DEFAULT_SCRAPE_INTERVAL, timelineFor } from './timeline.js';

export interface RuleProof {
  probes: ProbeResult[];
  /** The firing alert's labels; undefined when it isn't known what they are. */
  labels: Readonly<Record<string, string>> | undefined;
}

export interface RuleInput {
  rule: AlertRule;
  /** Name in probe ids: the alert's, made distinct where the file has several of that name. */
  subject: string;
  recorded: ReadonlySet<string>;
  /** The query before the change, when it differs. */
  unfixedExpr: string | undefined;
  promtool: string | undefined;
  scrapeInterval?: number | undefined;
  evaluationInterval?: number | undefined;
  signal?: AbortSignal | undefined;
}

const RULES_FILE = 'alert.rules.yml';
const TEST_FILE = 'alert.test.yml';

/**
 * Proves one rule on synthesised series with the real promtool: fires, waits for `for`, stays silent
 * on healthy series that are really there; and that this test fails for the rule turned round, with
 * a moved threshold, and as it was before the change.
 */
export async function proveRule(input: RuleInput): Promise<RuleProof> {
  const { rule, subject } = input;
  let prepared: { inputs: ChosenInputs; selectors: Selector[]; plan: TestPlan };
  try {
    prepared = prepare(input);
  } catch (error) {
    if (error instanceof Unsupported) return notProvable(input, error.message);
    if (error instanceof Unsatisfiable) return { probes: [unsatisfiable(subject, rule, error)], labels: undefined };
    throw error;
  }
  const { inputs, plan } = prepared;
  if (input.promtool === undefined) {
    return { probes: planned(input, inputs, 'promtool not found'), labels: staticLabels(rule, inputs) };
  }
  const promtool = input.promtool;
  const run = (tests: string, expr?: string) =>
    testRules({
      tool: promtool,
      files: { [RULES_FILE]: reducedRuleFile(rule, expr), [TEST_FILE]: tests },
      testFile: TEST_FILE,
      signal: input.signal,
    });

  const question = activationQuestion(plan);
  const activation = await run(question);
  const activeAt = Math.max(...observedValues(outputOf(activation)));
  const firesAt = activeAt + plan.timeline.wait;
  if (!(firesAt >= 0 && firesAt <= plan.timeline.end)) {
    return notProvable(input, 'promtool does not fire on the series that were chosen', [
      yamlEvidence(RULES_FILE, reducedRuleFile(rule)),
      yamlEvidence(TEST_FILE, question),
      textEvidence('promtool output', outputOf(activation)),
    ]);
  }
  const appearance = await run(appearanceQuestion(plan, firesAt));
  const alerts = observedAlerts(outputOf(appearance));
  const tests = completeTests(plan, firesAt, alerts);
  const complete = testFile(plan, tests);
  const whole = await run(complete);
  const positive: ProbeResult[] = [];
  for (const row of positives(input, inputs)) {
    // Without expected alerts a test passes for a rule that doesn't exist.
    const result =
      alerts.length === 0
        ? appearance
        : whole.exitCode === 0
          ? whole
          : await run(testFile(plan, named(tests, row.test)));
    const passed = result.exitCode === 0;
    const observed = passed
      ? `promtool passes the test; ${row.detail(firesAt)}`
      : `promtool fails the test: ${firstFailure(result)}`;
    positive.push(
      alertProbe('positive', row.what, subject, { ...row, observed, verdict: passed ? 'passed' : 'failed' }, [
        yamlEvidence(RULES_FILE, reducedRuleFile(rule)),
        yamlEvidence(TEST_FILE, complete),
        textEvidence('promtool output', outputOf(result)),
      ]),
    );
  }
  const negative: ProbeResult[] = [];
  for (const { what, statement, mutants } of negatives(input, inputs)) {
    const tryOn = async (mutant: (typeof mutants)[number], test: string) => {
      const file = testFile(plan, named(tests, test));
      return { file, run: await run(file, mutant.expr) };
    };
    negative.push(await refusal({ input, inputs, what, statement, mutants, tryOn }));
  }
  return { probes: [...positive, ...negative], labels: alerts[0]?.labels };
}

function prepare(input: RuleInput) {
  const { rule } = input;
  const expression = parsePromql(rule.expr);
  const selectors = selectorsOf(expression);
  const chained = selectors.find((selector) => input.recorded.has(selector.metric));
  if (chained !== undefined)
    throw new Unsupported(`it reads ${chained.metric}, which a recording rule of the file makes`);
  const own = selectors.find((selector) => ['ALERTS', 'ALERTS_FOR_STATE'].includes(selector.metric));
  if (own !== undefined) throw new Unsupported(`it reads ${own.metric}, which Prometheus makes itself`);
  const scrapeInterval = input.scrapeInterval ?? DEFAULT_SCRAPE_INTERVAL;
  const shape = {
    expression,
    wait: rule.for,
    evaluationInterval: rule.interval ?? input.evaluationInterval ?? DEFAULT_EVALUATION_INTERVAL,
  };
  const first = chooseInputs(expression, rule.expr, scrapeInterval, templateLabels(rule));
  const timeline = timelineFor({ ...shape, scrapeInterval, series: first.firing.length });
  // Counters grow by whole numbers a scrape, so coarser scrapes need values of their own.
  const inputs =
    timeline.scrapeInterval === scrapeInterval
      ? first
      : chooseInputs(expression, rule.expr, timeline.scrapeInterval, templateLabels(rule));
  return { inputs, selectors, plan: { rule, rulesFile: RULES_FILE, inputs, selectors, timeline } };
}

interface Positive {
  what: string;
  test: string;
  statement: string;
  expected: string;
  detail(firesAt: number): string;
}

function positives({ rule }: RuleInput, inputs: ChosenInputs): Positive[] {
  const wait = formatDuration(rule.for);
  const granted = inputs.assumptions.length === 0 ? '' : ` Taken for granted: ${inputs.assumptions.join('; ')}.`;
  const turned = inputs.values.flatMap(({ healthy }) => (healthy === undefined ? [] : [healthy]));
  return [
    {
      what: 'fires',
      test: FIRES,
      statement: `${rule.alert} fires when its condition holds.${granted}`,
      expected: 'The real promtool sees the alert firing, with its labels and annotations, on and between scrapes.',
      detail: (firesAt) =>
        `the alert fires ${formatDuration(firesAt)} into the test, value ${inputs.values.map(({ firing }) => short(firing)).join(', ')}`,
    },
    ...(rule.for > 0
      ? [
          {
            what: 'waits',
            test: WAITS,
            statement: `${rule.alert} is pending until ${wait} have passed.`,
            expected: `Pending and not firing just before ${wait} have passed, firing right after.`,
            detail: (firesAt: number) => `pending up to the evaluation before ${formatDuration(firesAt)}, firing then`,
          },
        ]
      : []),
    ...inputs.healthy.map((_, index) => ({
      what: inputs.healthy.length === 1 ? 'silent-when-healthy' : `silent-when-healthy-${index + 1}`,
      test: silentTest(index, inputs.healthy.length),
      statement: `${rule.alert} stays silent on healthy series that its query really reads.`,
      expected: 'Every selector matches samples, and the alert is neither pending nor firing at any evaluation.',
      detail: () => `silent at value ${short(turned[index] ?? Number.NaN)}`,
    })),
  ];
}

interface Negative {
  what: string;
  statement: string;
  mutants: readonly Mutant[];
}

function negatives({ rule, unfixedExpr }: RuleInput, inputs: ChosenInputs): Negative[] {
  return [
    {
      what: 'reversed-comparison-is-noticed',
      statement: `The test fails for ${rule.alert} with its comparison the wrong way round.`,
      mutants: reversedComparisons(rule.expr, inputs),
    },
    {
      what: 'moved-threshold-is-noticed',
      statement: `The test fails for ${rule.alert} with its threshold moved across the values of the test.`,
      mutants: movedThresholds(rule.expr, inputs),
    },
    ...(unfixedExpr === undefined
      ? []
      : [
          {
            what: 'unfixed-rule-does-not-fire',
            statement: `The rule ${rule.alert} as it was before the change does not fire on the same series.`,
            mutants: [{ what: 'the unfixed rule', expr: unfixedExpr, noticedBy: 'fires' as const, healthy: 0 }],
          },
        ]),
  ];
}

async function refusal(parts: {
  input: RuleInput;
  inputs: ChosenInputs;
  what: string;
  statement: string;
  mutants: Negative['mutants'];
  tryOn: (mutant: Negative['mutants'][number], test: string) => Promise<{ file: string; run: ToolRun }>;
}): Promise<ProbeResult> {
  const { input, inputs } = parts;
  const evidence: Evidence[] = [];
  const survivors: string[] = [];
  const noticed: string[] = [];
  for (const [index, mutant] of parts.mutants.entries()) {
    const must = mutant.noticedBy === 'fires' ? FIRES : silentTest(mutant.healthy, inputs.healthy.length);
    const { file, run } = await parts.tryOn(mutant, must);
    (isUnmet(run) ? noticed : survivors).push(`${mutant.what} (test "${must}")`);
    evidence.push(
      yamlEvidence(`altered rule ${index + 1}`, reducedRuleFile(input.rule, mutant.expr)),
      yamlEvidence(`test ${index + 1}`, file),
      textEvidence(`promtool output ${index + 1}`, outputOf(run)),
    );
  }
  return alertProbe(
    'negative',
    parts.what,
    input.subject,
    {
      statement: parts.statement,
      expected: `promtool fails the test for: ${parts.mutants.map((mutant) => mutant.what).join('; ')}.`,
      observed:
        survivors.length === 0
          ? `promtool fails the test for: ${noticed.join('; ')}.`
          : `promtool does not notice: ${survivors.join('; ')}.`,
      verdict: survivors.length === 0 ? 'passed' : 'failed',
    },
    evidence,
  );
}

/** The probes that would have been run, each with the reason why it wasn't. */
function planned(input: RuleInput, inputs: ChosenInputs, reason: string): ProbeResult[] {
  const rows = [
    ...positives(input, inputs).map((row) => ({ sign: 'positive' as const, ...row })),
    ...negatives(input, inputs).map((row) => ({
      sign: 'negative' as const,
      what: row.what,
      statement: row.statement,
      expected: `promtool fails the test for: ${row.mutants.map((mutant) => mutant.what).join('; ')}.`,
    })),
  ];
  return rows.map(({ sign, what, statement, expected }) =>
    alertProbe(sign, what, input.subject, { statement, expected, observed: `not run: ${reason}`, verdict: 'not-run' }),
  );
}

function notProvable(input: RuleInput, reason: string, evidence: readonly Evidence[] = []): RuleProof {
  const probe = alertProbe(
    'positive',
    'fires',
    input.subject,
    {
      statement: `${input.rule.alert} fires when its condition holds.`,
      expected:
        'Series can be synthesised on which the real promtool sees the alert firing, and others on which it is silent.',
      observed: `not provable: ${reason}`,
      verdict: 'not-run',
    },
    evidence,
  );
  return { probes: [probe], labels: undefined };
}

function unsatisfiable(subject: string, rule: AlertRule, error: Unsatisfiable): ProbeResult {
  const never = error.how === 'never fires';
  return alertProbe('positive', never ? 'fires' : 'silent-when-healthy', subject, {
    statement: never
      ? `${rule.alert} fires when its condition holds.`
      : `${rule.alert} stays silent on healthy series that its query really reads.`,
    expected: never ? 'Some plausible series make it fire.' : 'Some plausible series keep it silent.',
    observed: `${error.how}: ${error.message}`,
    verdict: 'failed',
  });
}

/** What the labels will be, told without promtool: the query's result and the rule's labels without templates. */
function staticLabels(rule: AlertRule, inputs: ChosenInputs): Record<string, string> | undefined {
  if (Object.values(rule.labels).some((value) => value.includes('{{'))) return undefined;
  const labels = Object.entries({ ...inputs.resultLabels, ...rule.labels, alertname: rule.alert });
  return Object.fromEntries(labels.filter(([name, value]) => name !== '__name__' && value !== ''));
}

function named(tests: readonly Test[], name: string): Test[] {
  return tests.filter((test) => test.name === name);
}

function outputOf(run: ToolRun): string {
  return `${run.stdout.trim()}\n${run.stderr.trim()}`.trim();
}

function firstFailure(run: ToolRun): string {
  const lines = outputOf(run).split('\n');
  const at = lines.findIndex((line) => line.includes('FAILED'));
  return lines
    .slice(Math.max(at, 0), at + 8)
    .map((line) => line.trim())
    .join(' ')
    .slice(0, 600);
}
