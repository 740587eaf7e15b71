import { MlopsError } from '../../contract/errors.js';
import type { LiveOnlyCheck, ProbeResult, ProofResult } from '../../contract/probe.js';
import { checkRules } from '../../monitoring/promtool.js';
import { alertProbe, textEvidence } from './alertProbe.js';
import { parsePromql, selectorsOf, Unsupported } from './promql.js';
import { proveRoute } from './proveRoute.js';
import { proveRule } from './proveRule.js';
import { type PrometheusInput, proveRuleLoading } from './proveRuleLoading.js';
import { type AlertRule, type RuleFile, readRuleFile } from './ruleFile.js';

export interface AlertingInput {
  /** The rule file after the change. */
  rulesText: string;
  rulesPath: string;
  /** Names of the alerts to prove; with several rules of one name, all of them. */
  alerts: readonly string[];
  /** The rule file before the change. */
  before?: { rulesText: string } | undefined;
  alertmanager?: { text: string; path: string; before?: string | undefined } | undefined;
  /** Set when the change makes a Prometheus configuration load rules. */
  prometheus?: PrometheusInput | undefined;
  /** Names of all metrics that the repository's code exports; unset when it isn't known. */
  exported?: readonly string[] | undefined;
  /** Seconds between two scrapes, 30 when unset, and between two evaluations of a group that names no interval, 60. */
  scrapeInterval?: number | undefined;
  evaluationInterval?: number | undefined;
  /** Absolute paths; a tool that is unset was not found. */
  tools: { promtool?: string | undefined; amtool?: string | undefined };
  signal?: AbortSignal | undefined;
}

/**
 * Proves alerts with the real promtool and amtool, each on copies in a folder of its own. What can't
 * be shown is a probe `not-run` with the reason, never `passed`.
 *
 * @throws MlopsError MLOPS-PRF-003 when a tool fails to run; the signal's reason when it is aborted.
 */
export async function proveAlerting(input: AlertingInput): Promise<ProofResult> {
  const probes: ProbeResult[] = [];
  const liveOnly: LiveOnlyCheck[] = [];
  const { promtool, amtool } = input.tools;
  if (input.alerts.length > 0) {
    const file = readable(() => readRuleFile(input.rulesText, input.rulesPath));
    const before =
      input.before === undefined ? undefined : readable(() => readRuleFile(input.before?.rulesText ?? '', ''));
    probes.push(await proveFile(input, file));
    for (const alert of new Set(input.alerts)) {
      const rules = file instanceof MlopsError ? [] : file.alerts.filter((rule) => rule.alert === alert);
      const earlier = before instanceof MlopsError ? [] : (before?.alerts.filter((rule) => rule.alert === alert) ?? []);
      if (rules.length === 0) probes.push(unknownAlert(alert, input.rulesPath, file));
      for (const [index, rule] of rules.entries()) {
        const subject = rules.length === 1 ? alert : `${alert}[${index + 1}]`;
        const unfixed = earlier.length === rules.length ? earlier[index]?.expr : undefined;
        const proof = await proveRule({
          rule,
          subject,
          recorded: (file as RuleFile).recorded,
          unfixedExpr: unfixed === undefined || sameQuery(unfixed, rule.expr) ? undefined : unfixed,
          promtool,
          scrapeInterval: input.scrapeInterval,
          evaluationInterval: input.evaluationInterval,
          signal: input.signal,
        });
        probes.push(...proof.probes);
        probes.push(...exportedProbe(rule, subject, input.exported));
        if (input.alertmanager !== undefined) {
          const { alertmanager, signal } = input;
          probes.push(...(await proveRoute({ alert, subject, labels: proof.labels, alertmanager, amtool, signal })));
        }
        liveOnly.push(...liveChecks(rule, input.alertmanager !== undefined));
      }
    }
  }
  if (input.prometheus !== undefined) {
    const mustLoad = input.rulesPath === '' ? undefined : input.rulesPath;
    probes.push(...(await proveRuleLoading(input.prometheus, mustLoad, promtool, input.signal)));
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

/** Whether promtool loads the whole file: a fault elsewhere in it keeps every rule from being loaded. */
async function proveFile(input: AlertingInput, file: RuleFile | MlopsError): Promise<ProbeResult> {
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
  if (file instanceof MlopsError) return made('failed', file.message);
  if (input.tools.promtool === undefined) return made('not-run', 'not run: promtool not found');
  const run = await checkRules({
    tool: input.tools.promtool,
    files: { 'rules.yml': file.promtoolText },
    ruleFile: 'rules.yml',
    signal: input.signal,
  });
  const output = `${run.stdout.trim()}\n${run.stderr.trim()}`.trim();
  const said = output.split('\n').slice(1).join(' ').trim();
  return run.exitCode === 0
    ? made('passed', `promtool accepts it: ${said}`, output)
    : made('failed', `promtool refuses it: ${said}`, output);
}

/** Metrics of these names come from Prometheus itself or from the usual exporters, not from the code of a repository. */
const FROM_ELSEWHERE =
  /^(up|scrape_.*|ALERTS(_FOR_STATE)?|(node|kube|container|process|go|python|prometheus|alertmanager|probe|machine|kubelet)_.*)$/;

function exportedProbe(rule: AlertRule, subject: string, exported: readonly string[] | undefined): ProbeResult[] {
  if (exported === undefined) return [];
  const read = metricsOf(rule.expr).filter((metric) => !FROM_ELSEWHERE.test(metric) && !metric.includes(':'));
  if (read.length === 0) return [];
  const missing = read.filter((metric) => !isExported(metric, exported));
  return [
    alertProbe('positive', 'reads-exported-metrics', subject, {
      statement: `The metrics that ${rule.alert} reads are exported by the code.`,
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

function liveChecks(rule: AlertRule, routed: boolean): LiveOnlyCheck[] {
  const checks: LiveOnlyCheck[] = metricsOf(rule.expr).map((metric) => ({
    path: 'alerting',
    statement: `${metric} is scraped in production, with the labels that ${rule.alert} asks for.`.slice(0, 500),
    command: `promtool query instant "$PROMETHEUS_URL" 'count(${metric})'`.slice(0, 1000),
  }));
  checks.push({
    path: 'alerting',
    statement: `A test alert ${routed ? 'reaches a person, and no silence or inhibition holds it back' : 'is routed to a person'}.`,
    command: 'amtool alert add alertname=TemporalMlopsTest severity=info --alertmanager.url="$ALERTMANAGER_URL"',
  });
  return checks;
}

function metricsOf(expr: string): string[] {
  try {
    return [...new Set(selectorsOf(parsePromql(expr)).map((selector) => selector.metric))].filter((metric) =>
      /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric),
    );
  } catch (error) {
    if (error instanceof Unsupported) return [];
    throw error;
  }
}

function unknownAlert(alert: string, path: string, file: RuleFile | MlopsError): ProbeResult {
  const names = file instanceof MlopsError ? [] : [...new Set(file.alerts.map((rule) => rule.alert))];
  return alertProbe('positive', 'fires', alert, {
    statement: `${alert} fires when its condition holds.`,
    expected: `${path} has an alerting rule of this name.`,
    observed:
      file instanceof MlopsError
        ? file.message
        : `there is no alert ${alert}; the file has ${names.length === 0 ? 'none' : names.slice(0, 20).join(', ')}`,
    verdict: 'failed',
  });
}

function sameQuery(a: string, b: string): boolean {
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim();
  return plain(a) === plain(b);
}

function readable<T>(read: () => T): T | MlopsError {
  try {
    return read();
  } catch (error) {
    if (error instanceof MlopsError && error.code === 'MLOPS-INPUT-001') return error;
    throw error;
  }
}
