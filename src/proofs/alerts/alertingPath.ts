import { MlopsError } from '../../contract/errors.js';
import type { LiveOnlyCheck, ProbeResult, ProofResult } from '../../contract/probe.js';
import { checkRules } from '../../monitoring/promtool.js';
import { alertProbe, textEvidence, yamlEvidence } from './alertProbe.js';
import { metricsOf } from './metricsRead.js';
import { proveRules } from './prove/proveRules.js';
import { type RuleFileText, type RuleReading, readRuleFiles, type WrittenRule } from './prove/readRuleFiles.js';
import { reducedRuleFile } from './prove/reducedRules.js';
import { implications, statedByRule } from './proveAlerts.js';
import { type PrometheusInput, proveRuleLoading } from './proveRuleLoading.js';
import { type LabelMatcher, matches } from './route/matchers.js';
import { proveRoute, type RouteVerdict } from './route/proveRoute.js';
import { type AlertmanagerConfig, readAlertmanager } from './route/readAlertmanager.js';
import type { AlertVerdict, RuleVerdict } from './verdict.js';

export interface AlertingInput {
  /** The rule file after the change. */
  rulesText: string;
  rulesPath: string;
  /** Names of the alerts to prove; with several rules of one name, all of them. */
  alerts: readonly string[];
  /**
   * The repository's other rule files: the alerts may read their recordings, and be inhibited by their alerts.
   */
  otherFiles?: readonly RuleFileText[] | undefined;
  /**
   * Names of the alerts that the change adds, changes or is for; of the others a failure was there
   * before and is of the surroundings. Unset: the change concerns all.
   */
  touched?: readonly string[] | undefined;
  /** The rule file before the change. */
  before?: { rulesText: string } | undefined;
  alertmanager?: { text: string; path: string; before?: string | undefined } | undefined;
  /** Set when the change makes a Prometheus configuration load rules. */
  prometheus?: PrometheusInput | undefined;
  /** Names of all metrics that the repository's code exports; unset when it isn't known. */
  exported?: readonly string[] | undefined;
  /** Seconds between two scrapes; unset: not known. */
  scrapeInterval?: number | undefined;
  /** Seconds between two evaluations of a group that names no interval; 60 when unset. */
  evaluationInterval?: number | undefined;
  /** Absolute paths; a tool that is unset was not found. */
  tools: { promtool?: string | undefined; amtool?: string | undefined };
  /** Seconds since 1970, from when on time intervals of routes are looked at. */
  now: number;
  signal?: AbortSignal | undefined;
}

/**
 * The alerting path of a change: each alert that it is about is proved by the real promtool, shown
 * before and after, and followed to a person by the real amtool. What can't be shown is a probe
 * `not-run` with the reason, never `passed`.
 *
 * @throws MlopsError MLOPS-PRF-003 when a tool fails to run; the signal's reason when it is aborted.
 */
export async function proveAlerting(input: AlertingInput): Promise<ProofResult> {
  const probes: ProbeResult[] = [];
  const liveOnly: LiveOnlyCheck[] = [];
  if (input.alerts.length > 0) {
    const reading = readRuleFiles([{ path: input.rulesPath, text: input.rulesText }]);
    const rules = alertsNamed(reading, new Set(input.alerts));
    const isTouched = input.touched === undefined || input.alerts.some((alert) => input.touched?.includes(alert));
    probes.push(...ofSurroundings([await fileProbe(input, reading)], !isTouched));
    probes.push(...(await ruleProbes(input, reading, rules)));
    liveOnly.push(...liveChecks(input, rules));
  }
  if (input.prometheus !== undefined) {
    const mustLoad = input.rulesPath === '' ? undefined : input.rulesPath;
    probes.push(...(await proveRuleLoading(input.prometheus, mustLoad, input.tools.promtool, input.signal)));
    liveOnly.push({
      path: 'alerting',
      statement: 'The running Prometheus has loaded the rules.',
      command: 'curl -sS "$PROMETHEUS_URL/api/v1/rules?type=alert"',
    });
  }
  if (probes.length === 0) {
    return { path: 'alerting', notApplicable: 'no alerting rule was named', probes: [], liveOnly: [] };
  }
  return { path: 'alerting', probes, liveOnly };
}

/** That some alerts which a change touches were not proved, because there are too many. */
export function omittedAlerts(names: readonly string[]): ProbeResult {
  return alertProbe('positive', 'every-changed-alert', `${names.length} more`, {
    statement: 'Every alert that the change adds or changes is proved.',
    expected: 'Each is proved, or said not to be.',
    observed: `not run: ${names.length} more are changed: ${names.slice(0, 20).join(', ')}`,
    verdict: 'not-run',
  });
}

/** Whether promtool loads the whole file: a fault elsewhere in it keeps every rule from being loaded. */
async function fileProbe(input: AlertingInput, reading: RuleReading): Promise<ProbeResult> {
  const texts = {
    statement: `Prometheus can load the rule file ${input.rulesPath}.`,
    expected: 'promtool accepts every rule of the file.',
  };
  const made = (verdict: ProbeResult['verdict'], observed: string, output?: string) =>
    alertProbe(
      'positive',
      'rule-file-loads',
      input.rulesPath,
      { ...texts, observed, verdict },
      output === undefined ? [] : [textEvidence('promtool output', output)],
    );
  if (input.tools.promtool === undefined) return made('not-run', 'not run: promtool not found');
  const run = await checkRules({
    tool: input.tools.promtool,
    files: { 'rules.yml': loadableText(input, reading) },
    ruleFile: 'rules.yml',
    signal: input.signal,
  });
  const output = `${run.stdout.trim()}\n${run.stderr.trim()}`.trim();
  const said = output.split('\n').slice(1).join(' ').trim();
  return run.exitCode === 0
    ? made('passed', `promtool accepts it: ${said}`, output)
    : made('failed', `promtool refuses it: ${said}`, output);
}

/** The file as it is, or what a Kubernetes object or ConfigMap holds as the rule file that it becomes. */
function loadableText({ rulesText }: AlertingInput, { rules }: RuleReading): string {
  return rules.some(({ loadable }) => !loadable) ? reducedRuleFile(rules, true) : rulesText;
}

async function ruleProbes(
  input: AlertingInput,
  reading: RuleReading,
  rules: readonly WrittenRule[],
): Promise<ProbeResult[]> {
  const named = new Set(input.alerts);
  const probes = input.alerts
    .filter((alert) => !rules.some(({ name }) => name === alert))
    .map((alert) => unknownAlert(alert, input, reading));
  const { promtool } = input.tools;
  if (promtool === undefined) {
    const observed = { observed: 'not run: promtool not found', verdict: 'not-run' as const };
    const notRun = rules.flatMap(({ name }, index) => {
      const subject = subjectOf(rules, index);
      return [
        alertProbe('positive', 'fires', subject, { ...FIRES(name), ...observed }),
        ...(input.alertmanager === undefined
          ? []
          : [alertProbe('positive', ROUTED, subject, { ...routedTexts(name, input.alertmanager.path), ...observed })]),
      ];
    });
    return [...probes, ...notRun];
  }
  const former = formerRules(input, reading, rules);
  const queries = former.map((was, index) =>
    was === undefined || !isOtherQuery(was, rules[index]) ? undefined : was.expr,
  );
  const after = await verdictsOf(input, input.rulesText, named, queries);
  const changed = former.some((was) => was !== undefined);
  const before = changed ? await verdictsOf(input, input.before?.rulesText ?? '', named) : [];
  const others = await inhibitors(input);
  for (const [index, verdict] of after.entries()) {
    const subject = subjectOf(rules, index);
    const rule = rules[index] as WrittenRule;
    const was = former[index];
    const isNew = was === undefined && isAdded(input, rule);
    const unfixed = was === undefined ? undefined : verdictAt(before, was);
    const own = probesOf(verdict, subject, { rule, was, unfixed, isNew });
    own.push(...exportedProbe(input, rule, subject));
    if (input.alertmanager !== undefined) {
      const routes = await routeProbes(input, verdict, subject, others);
      own.push(...ofSurroundings(routes, !isNew && was === undefined && !isRoutingChanged(input)));
    }
    probes.push(...ofSurroundings(own, input.touched !== undefined && !input.touched.includes(verdict.alert)));
  }
  return probes;
}

function ofSurroundings(probes: readonly ProbeResult[], surrounding: boolean): ProbeResult[] {
  return surrounding ? probes.map((probe) => ({ ...probe, surroundings: true as const })) : [...probes];
}

function isRoutingChanged({ alertmanager }: AlertingInput): boolean {
  return alertmanager?.before !== undefined && alertmanager.before !== alertmanager.text;
}

/** Rules as they were before, where the change touches them; by the place among those of the name. */
function formerRules(
  input: AlertingInput,
  reading: RuleReading,
  rules: readonly WrittenRule[],
): (WrittenRule | undefined)[] {
  if (input.before === undefined) return rules.map(() => undefined);
  const earlier = earlierRules(input);
  const counterparts = (name: string) => alertsNamed({ rules: earlier, unusable: [] }, new Set([name]));
  return rules.map((rule) => {
    const own = alertsNamed(reading, new Set([rule.name]));
    const former = counterparts(rule.name);
    const was = former.length === own.length ? former[own.indexOf(rule)] : undefined;
    return was === undefined || isSameRule(was, rule) ? undefined : was;
  });
}

function earlierRules({ before, rulesPath }: AlertingInput): readonly WrittenRule[] {
  return readRuleFiles([{ path: rulesPath, text: before?.rulesText ?? '' }]).rules;
}

/** Whether no rule of the name was in the file before the change. */
function isAdded(input: AlertingInput, { name }: WrittenRule): boolean {
  return input.before !== undefined && !earlierRules(input).some((rule) => rule.kind === 'alert' && rule.name === name);
}

function isSameRule(was: WrittenRule, rule: WrittenRule): boolean {
  const fields = ({ expr, plain, interval }: WrittenRule) =>
    JSON.stringify([interval ?? null, { ...plain, expr: plainQuery(expr) }]);
  return fields(was) === fields(rule);
}

function isOtherQuery(was: WrittenRule, rule: WrittenRule | undefined): boolean {
  return rule !== undefined && plainQuery(was.expr) !== plainQuery(rule.expr);
}

function verdictAt(verdicts: readonly RuleVerdict[], { line }: WrittenRule): RuleVerdict | undefined {
  return verdicts.find((verdict) => verdict.line === line);
}

/** Verdicts of the file's own alerts; recordings of all files count. */
async function verdictsOf(
  input: AlertingInput,
  text: string,
  alerts: ReadonlySet<string>,
  former: readonly (string | undefined)[] = [],
): Promise<RuleVerdict[]> {
  // The file itself first: former queries go by the order of the proved alerts.
  const files = [{ path: input.rulesPath, text }, ...(input.otherFiles ?? [])];
  const verdicts = await verdictsIn(input, files, alerts, former);
  return verdicts.filter(({ file }) => file === input.rulesPath);
}

async function verdictsIn(
  input: AlertingInput,
  files: readonly RuleFileText[],
  alerts: ReadonlySet<string>,
  former: readonly (string | undefined)[] = [],
): Promise<RuleVerdict[]> {
  const found: RuleVerdict[] = [];
  const proving = proveRules({
    files,
    only: alerts,
    formerQueries: former,
    promtool: input.tools.promtool as string,
    jobs: 1,
    scrapeInterval: input.scrapeInterval,
    evaluationInterval: input.evaluationInterval,
    signal: input.signal,
  });
  for await (const verdict of proving) found.push(verdict);
  return found;
}

/** Alerts that are looked at for inhibition at most. */
const MOST_INHIBITORS = 20;

/**
 * Verdicts of the alerts that the Alertmanager's inhibition rules can have as a source, as far as their
 * own labels tell; without any such rule there are none.
 */
async function inhibitors(input: AlertingInput): Promise<RuleVerdict[]> {
  const { alertmanager, rulesPath, rulesText } = input;
  if (alertmanager === undefined) return [];
  let config: AlertmanagerConfig;
  try {
    config = readAlertmanager(alertmanager.text, alertmanager.path);
  } catch (error) {
    // That it can't be read is what the probe of the route says.
    if (error instanceof MlopsError && error.code === 'MLOPS-INPUT-001') return [];
    throw error;
  }
  const files = [{ path: rulesPath, text: rulesText }, ...(input.otherFiles ?? [])];
  const sources = readRuleFiles(files).rules.filter(
    (rule) => rule.kind === 'alert' && config.inhibitRules.some(({ source }) => canMatch(source, rule)),
  );
  const names = new Set(sources.slice(0, MOST_INHIBITORS).map(({ name }) => name));
  if (names.size === 0) return [];
  const verdicts = await verdictsIn(input, files, names);
  return verdicts.filter(({ labels }) => labels !== undefined);
}

/** Whether a rule's alert can satisfy matchers: those on labels that its series give are left open. */
function canMatch(matchers: readonly LabelMatcher[], { name, labels }: WrittenRule): boolean {
  const known: Readonly<Record<string, string>> = { ...labels, alertname: name };
  return matchers.every(
    (matcher) => known[matcher.label] === undefined || known[matcher.label]?.includes('{{') || matches(matcher, known),
  );
}

const WORDS: Readonly<Record<AlertVerdict, string>> = {
  proved: 'proved',
  never_fires: 'never fires',
  always_fires: 'always fires',
  not_provable: 'not provable',
  invalid: 'not valid',
};

const FIRES = (alert: string) => ({
  statement: `${alert} fires when its condition holds.`,
  expected: 'The real promtool sees the alert firing, with its labels and annotations, on and between scrapes.',
});

/** A proved rule beside what it was before the change. */
interface Change {
  rule: WrittenRule;
  /** Unset when the change doesn't touch it, or adds it. */
  was: WrittenRule | undefined;
  unfixed: RuleVerdict | undefined;
  isNew: boolean;
}

/** `before: never fires: …; now: proved: …`, for a rule that the change adds or changes. */
function beforeAndAfter(verdict: RuleVerdict, { was, unfixed, isNew }: Change): string | undefined {
  const now = `now: ${WORDS[verdict.verdict]}: ${verdict.reason}`;
  if (isNew) return `before: there was no such alert; ${now}`;
  if (was === undefined) return undefined;
  return `before: ${unfixed === undefined ? 'not known' : `${WORDS[unfixed.verdict]}: ${unfixed.reason}`}; ${now}`;
}

function probesOf(verdict: RuleVerdict, subject: string, change: Change): ProbeResult[] {
  const { alert, shown } = verdict;
  const evidence = evidenceOf(verdict);
  const make = (
    sign: ProbeResult['sign'],
    what: string,
    texts: Pick<ProbeResult, 'statement' | 'expected' | 'observed' | 'verdict'>,
  ) => alertProbe(sign, what, subject, texts, evidence);
  if (verdict.verdict !== 'proved') {
    const silent = verdict.verdict === 'always_fires';
    const texts = silent
      ? { statement: `${alert} stays silent on healthy series.`, expected: 'Some plausible series keep it silent.' }
      : FIRES(alert);
    return [
      make('positive', silent ? 'silent-when-healthy' : 'fires', {
        ...texts,
        observed: beforeAndAfter(verdict, change) ?? `${WORDS[verdict.verdict]}: ${verdict.reason}`,
        // A rule that nobody wrote yet is proposed with its proof or not at all.
        verdict: verdict.verdict === 'not_provable' && !change.isNew ? 'not-run' : 'failed',
      }),
    ];
  }
  const granted = verdict.assumptions.filter(({ status }) => status !== 'fact').map(({ text }) => text);
  const besides = verdict.findings.map(({ code, message }) => `${code}: ${message}`);
  const observedOf = (name: string) => shown.find((test) => test.name === name);
  const tests: [string, string, string, string][] = [
    ['fires', 'fires', FIRES(alert).statement, FIRES(alert).expected],
    [
      'waits',
      'waits',
      `${alert} waits before it fires.`,
      'Pending and not firing just before `for` has passed, firing right after.',
    ],
    [
      'silent',
      'silent-when-healthy',
      `${alert} stays silent on healthy series that its query really reads.`,
      'Every selector matches samples, and the alert fires at no evaluation.',
    ],
    [
      'recovers',
      'recovers',
      `${alert} is silent again after the values are healthy.`,
      'No longer firing when the values have been healthy.',
    ],
  ];
  const positive = tests.flatMap(([name, what, statement, expected]) => {
    const test = observedOf(name);
    if (test === undefined) return [];
    const more =
      name === 'fires'
        ? `${granted.length > 0 ? ` Taken for granted: ${granted.join('; ')}.` : ''}${besides.length > 0 ? ` Found besides: ${besides.join('; ')}.` : ''}`
        : '';
    const observed = `promtool: ${test.text}.${more}`;
    return [make('positive', what, { statement, expected, observed, verdict: test.passed ? 'passed' : 'failed' })];
  });
  const mutants = verdict.mutants.filter(({ kind }) => kind !== 'former');
  const survivors = mutants.filter(({ killed }) => !killed).map(({ text }) => text);
  const negative = [
    make('negative', 'wrong-versions-are-noticed', {
      statement: `The test fails for ${alert} with its comparison reversed, its threshold moved, and for other wrong versions of it.`,
      expected: 'Each version with another comparison or threshold fails the test.',
      observed: `${mutants.length - survivors.length} of ${mutants.length} wrong versions fail the test${survivors.length > 0 ? `; not noticed: ${survivors.join('; ')}` : ''}`,
      verdict: mutants.length > survivors.length ? 'passed' : 'failed',
    }),
  ];
  negative.push(...unfixedProbe(verdict, change, make));
  return [...positive, ...negative];
}

type MakeProbe = (
  sign: ProbeResult['sign'],
  what: string,
  texts: Pick<ProbeResult, 'statement' | 'expected' | 'observed' | 'verdict'>,
) => ProbeResult;

/** That the state before the change fails what the change passes, where the test can show it. */
function unfixedProbe(verdict: RuleVerdict, change: Change, make: MakeProbe): ProbeResult[] {
  const { rule, was, isNew } = change;
  const { alert } = verdict;
  const observed = beforeAndAfter(verdict, change);
  if (observed === undefined) return [];
  if (isNew) {
    const statement = `Without the change nothing fires as ${alert}.`;
    const expected = 'The rule file as it was has no alert of this name.';
    return [make('negative', 'no-such-alert-before', { statement, expected, observed, verdict: 'passed' })];
  }
  const kinds =
    was !== undefined && isOtherQuery(was, rule) ? ['former'] : was?.for === 0 && rule.for > 0 ? ['for-removed'] : [];
  if (kinds.length === 0) {
    // Other labels or texts change nothing of when it fires.
    const statement = `${alert} is shown as it was before the change and as it is now.`;
    const expected = 'It still fires when its condition holds.';
    return [make('positive', 'before-and-after', { statement, expected, observed, verdict: 'passed' })];
  }
  const tried = verdict.mutants.filter(({ kind }) => kinds.includes(kind));
  const noticed = tried.some(({ killed }) => killed);
  return [
    make('negative', 'unfixed-rule-fails-the-test', {
      statement: `${alert} as it was before the change fails the same test.`,
      expected: 'The test that the changed rule passes fails for the rule as it was.',
      observed,
      // Where promtool broke down it isn't known.
      verdict: noticed ? 'passed' : tried.length === 0 ? 'not-run' : 'failed',
    }),
  ];
}

function evidenceOf(verdict: RuleVerdict) {
  const { evidence, reason, shown, mutants, assumptions } = verdict;
  const lines = [
    `${verdict.verdict}: ${reason}`,
    ...shown.map(({ name, passed, text }) => `${passed ? 'passed' : 'failed'} ${name}: ${text}`),
    ...mutants.map(({ kind, text, killed }) => `${killed ? 'noticed' : 'not noticed'} ${kind}: ${text}`),
    ...assumptions.map(({ status, text }) => `${status}: ${text}`),
  ];
  return [
    ...(evidence === undefined
      ? []
      : [yamlEvidence('rules.yml', evidence.rules), yamlEvidence('test.yml', evidence.tests)]),
    textEvidence('what promtool showed', lines.join('\n')),
  ];
}

const ROUTED = 'routes-to-a-receiver-that-notifies';

function routedTexts(alert: string, path: string) {
  return {
    statement: `${alert} is routed to somebody.`,
    expected: `By ${path} it reaches a receiver with an integration, and amtool says the same.`,
  };
}

async function routeProbes(
  input: AlertingInput,
  verdict: RuleVerdict,
  subject: string,
  others: readonly RuleVerdict[],
): Promise<ProbeResult[]> {
  const { alertmanager } = input;
  if (alertmanager === undefined) return [];
  const { alert } = verdict;
  const positive = routedTexts(alert, alertmanager.path);
  const negative = {
    statement: `By the routing as it was before the change, ${alert} reaches nobody.`,
    expected: 'It ends at a receiver without any integration, or muted, or unsent.',
  };
  const now = await routed(input, verdict, alertmanager.text, others);
  const texts = { ...positive, observed: now.observed, verdict: now.verdict };
  const probes = [alertProbe('positive', ROUTED, subject, texts, now.evidence)];
  if (!isRoutingChanged(input)) return probes;
  const before = await routed(input, verdict, alertmanager.before as string, others);
  const refused = before.verdict === 'failed' ? 'passed' : before.verdict === 'passed' ? 'failed' : 'not-run';
  probes.push(
    alertProbe(
      'negative',
      'unfixed-routing-notifies-nobody',
      subject,
      { ...negative, observed: before.observed, verdict: refused },
      before.evidence,
    ),
  );
  return probes;
}

async function routed(input: AlertingInput, verdict: RuleVerdict, text: string, others: readonly RuleVerdict[]) {
  const { alertmanager, tools, now, signal } = input;
  const path = alertmanager?.path ?? '';
  const none = (observed: string, result: ProbeResult['verdict']) => ({ observed, verdict: result, evidence: [] });
  if (verdict.labels === undefined) return none('not run: the labels of the firing alert are not known', 'not-run');
  const files = [{ path: input.rulesPath, text: input.rulesText }, ...(input.otherFiles ?? [])];
  const implied = implications({ files });
  let route: RouteVerdict;
  try {
    route = await proveRoute({
      config: readAlertmanager(text, path),
      labels: { alertname: verdict.alert, ...verdict.labels },
      stated: statedByRule({ files })(verdict),
      others: others
        .filter(({ file, line }) => file !== verdict.file || line !== verdict.line)
        .map((other) => ({ labels: { alertname: other.alert, ...other.labels }, always: implied(verdict, other) })),
      now,
      ...(tools.amtool === undefined ? {} : { amtool: tools.amtool }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof MlopsError && error.code === 'MLOPS-INPUT-001') return none(error.message, 'failed');
    throw error;
  }
  const reasons = route.findings.filter(({ code }) => code !== 'inline-secret' && code !== 'unknown-severity');
  const observed = [route.shown, ...reasons.map(({ message }) => message)].join(' ');
  const labels = Object.entries(route.labels ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const evidence = [textEvidence('labels', labels.sort().join('\n')), textEvidence('route', observed)];
  if (!route.notifies || reasons.length > 0 || route.checkedByAmtool === 'disagrees')
    return { observed, verdict: 'failed' as const, evidence };
  return {
    observed,
    verdict: route.checkedByAmtool === 'agrees' ? ('passed' as const) : ('not-run' as const),
    evidence,
  };
}

/** Metrics of these names come from Prometheus itself or from the usual exporters, not from the code of a repository. */
const FROM_ELSEWHERE =
  /^(up|scrape_.*|ALERTS(_FOR_STATE)?|(node|kube|container|process|go|python|prometheus|alertmanager|probe|machine|kubelet)_.*)$/;

function exportedProbe(input: AlertingInput, rule: WrittenRule | undefined, subject: string): ProbeResult[] {
  const { exported } = input;
  if (exported === undefined || rule === undefined) return [];
  const read = metricsOf(rule.expr).filter((metric) => !FROM_ELSEWHERE.test(metric) && !metric.includes(':'));
  if (read.length === 0) return [];
  const missing = read.filter((metric) => !isExported(metric, exported));
  return [
    alertProbe('positive', 'reads-exported-metrics', subject, {
      statement: `The metrics that ${rule.name} reads are exported by the code.`,
      expected: `The code exports ${read.join(', ')}.`,
      observed:
        missing.length === 0 ? 'the code exports all of them' : `nothing in the code exports ${missing.join(', ')}`,
      verdict: missing.length === 0 ? 'passed' : 'failed',
    }),
  ];
}

function isExported(metric: string, exported: readonly string[]): boolean {
  return exported.some((name) => {
    // Client libraries add these suffixes to what the code names.
    const base = name.replace(/_total$/, '');
    return [
      name,
      base,
      ...['total', 'bucket', 'count', 'sum', 'created', 'info'].map((suffix) => `${base}_${suffix}`),
    ].includes(metric);
  });
}

function liveChecks(input: AlertingInput, rules: readonly WrittenRule[]): LiveOnlyCheck[] {
  const metrics = rules.flatMap(({ name, expr }) => metricsOf(expr).map((metric) => ({ name, metric })));
  const checks: LiveOnlyCheck[] = metrics.map(({ name, metric }) => ({
    path: 'alerting',
    statement: `${metric} is scraped in production, with the labels that ${name} asks for.`.slice(0, 500),
    command: `promtool query instant "$PROMETHEUS_URL" 'count(${metric})'`.slice(0, 1000),
  }));
  const routedToo = input.alertmanager !== undefined;
  checks.push({
    path: 'alerting',
    statement: `A test alert ${routedToo ? 'reaches a person, and no silence or inhibition holds it back' : 'is routed to a person'}.`,
    command: 'amtool alert add alertname=TemporalMlopsTest severity=info --alertmanager.url="$ALERTMANAGER_URL"',
  });
  return checks;
}

function alertsNamed({ rules }: RuleReading, names: ReadonlySet<string>): WrittenRule[] {
  return rules.filter(({ kind, name }) => kind === 'alert' && names.has(name));
}

/** Name in probe ids: the alert's, made distinct where the file has several of that name. */
function subjectOf(rules: readonly { name: string }[], index: number): string {
  const name = rules[index]?.name ?? '';
  const same = rules.filter((rule) => rule.name === name);
  return same.length < 2 ? name : `${name}[${rules.slice(0, index + 1).filter((rule) => rule.name === name).length}]`;
}

function unknownAlert(alert: string, input: AlertingInput, { rules, unusable }: RuleReading): ProbeResult {
  const names = [...new Set(rules.filter(({ kind }) => kind === 'alert').map(({ name }) => name))];
  return alertProbe('positive', 'fires', alert, {
    statement: FIRES(alert).statement,
    expected: `${input.rulesPath} has an alerting rule of this name.`,
    observed:
      unusable[0]?.reason ??
      `there is no alert ${alert}; the file has ${names.length === 0 ? 'none' : names.slice(0, 20).join(', ')}`,
    verdict: 'failed',
  });
}

function plainQuery(query: string): string {
  return query.replace(/\s+/g, ' ').trim();
}
