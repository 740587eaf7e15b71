import type { Expr } from '../../promql/ast.js';
import { parseQuery } from '../../promql/parse.js';
import { printQuery } from '../../promql/print.js';
import type { ProofInput } from './prove/proofContext.js';
import { proveRules } from './prove/proveRules.js';
import { readRuleFiles, type WrittenRule } from './prove/readRuleFiles.js';
import type { PrometheusAlerting } from './route/prometheusAlerting.js';
import { proveRoute } from './route/proveRoute.js';
import type { AlertmanagerConfig } from './route/readAlertmanager.js';
import { type Stated, statedLabels } from './route/statedLabels.js';
import type { RuleVerdict } from './verdict.js';

export interface AlertsInput extends ProofInput {
  alertmanager?: AlertmanagerConfig | undefined;
  /** External labels and relabelling that an alert passes on its way. */
  prometheus?: PrometheusAlerting | undefined;
  /** Absolute path of amtool; unset: not found. */
  amtool?: string | undefined;
  /** Seconds since 1970, from when on time intervals of routes are looked at. */
  now: number;
}

/**
 * Proves the alerting rules of some files and, with an Alertmanager configuration, where each alert
 * goes when it fires. Verdicts come in the order of the files, all routes after all rules, since an
 * alert can be inhibited by one of a later file.
 *
 * @throws MlopsError MLOPS-PRF-003 when a tool can't be run; the signal's reason when it is aborted.
 */
export async function proveAlerts(input: AlertsInput): Promise<RuleVerdict[]> {
  const verdicts: RuleVerdict[] = [];
  for await (const verdict of proveRules(input)) verdicts.push(verdict);
  const { alertmanager } = input;
  if (alertmanager === undefined) return verdicts;
  const implied = implications(input);
  const stated = statedByRule(input);
  const labelled = verdicts.filter((verdict) => verdict.labels !== undefined);
  const routed: RuleVerdict[] = [];
  for (const verdict of verdicts) {
    const { labels } = verdict;
    if (labels === undefined) {
      routed.push(verdict);
      continue;
    }
    const route = await proveRoute({
      config: alertmanager,
      labels: { alertname: verdict.alert, ...labels },
      stated: stated(verdict),
      others: labelled
        .filter((other) => other !== verdict)
        .map((other) => ({
          labels: { alertname: other.alert, ...other.labels },
          always: implied(verdict, other),
        })),
      ...(input.prometheus === undefined ? {} : { prometheus: input.prometheus }),
      ...(input.amtool === undefined ? {} : { amtool: input.amtool }),
      now: input.now,
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
    const accepted = new Set(verdict.accepted.map(({ code }) => code));
    routed.push({
      ...verdict,
      findings: [...verdict.findings, ...route.findings.filter(({ code }) => !accepted.has(code))],
      route,
    });
  }
  return routed;
}

/** For each rule, the labels of its alert that don't depend on which series it fires for. */
export function statedByRule(input: Pick<AlertsInput, 'files'>): (verdict: RuleVerdict) => Stated {
  const rules = new Map(readRuleFiles(input.files).rules.map((rule) => [`${rule.file}\n${rule.line}`, rule]));
  return ({ file, line }) => {
    const rule = rules.get(`${file}\n${line}`);
    // A rule that fired has been parsed.
    return rule === undefined ? () => false : statedLabels(parseQuery(rule.expr), rule.labels);
  };
}

/**
 * Whether one alert fires whenever another does, told from the rules alone. Both stand in one group,
 * so that they are evaluated at the same moments, and ask the same query, or compare the same
 * expression with numbers in the same direction where what the second asks for is no stricter. It is
 * pending no longer and stays no shorter. Labels with templates are another matter: their values at
 * other moments aren't known. Anything else is only possible.
 */
export function implications(input: Pick<AlertsInput, 'files'>): (verdict: RuleVerdict, other: RuleVerdict) => boolean {
  const conditions = new Map<string, Condition | undefined>();
  for (const rule of readRuleFiles(input.files).rules) {
    if (rule.kind === 'alert') conditions.set(`${rule.file}\n${rule.line}`, conditionOf(rule));
  }
  return (verdict, other) => {
    const strict = conditions.get(`${verdict.file}\n${verdict.line}`);
    const loose = conditions.get(`${other.file}\n${other.line}`);
    if (!strict || !loose || strict.group !== loose.group) return false;
    if (loose.for > strict.for || loose.keepFiringFor < strict.keepFiringFor) return false;
    if (strict.query === loose.query) return true;
    const [from, to] = [strict.comparison, loose.comparison];
    if (!from || !to || from.expression !== to.expression || from.upward !== to.upward) return false;
    const beyond = from.upward ? from.bound - to.bound : to.bound - from.bound;
    return beyond > 0 || (beyond === 0 && (to.inclusive || !from.inclusive));
  };
}

interface Condition {
  group: string;
  query: string;
  comparison: Comparison | undefined;
  for: number;
  keepFiringFor: number;
}

interface Comparison {
  expression: string;
  upward: boolean;
  bound: number;
  inclusive: boolean;
}

function conditionOf(rule: WrittenRule): Condition | undefined {
  if (Object.values(rule.labels).some((value) => value.includes('{{'))) return undefined;
  try {
    const query = parseQuery(rule.expr);
    const { groupKey: group, keepFiringFor } = rule;
    return { group, query: printQuery(query), comparison: comparisonIn(query), for: rule.for, keepFiringFor };
  } catch {
    // What can't be parsed implies nothing.
    return undefined;
  }
}

function comparisonIn(query: Expr): Comparison | undefined {
  if (query.kind !== 'binary' || query.bool || query.right.kind !== 'number') return undefined;
  const { operator } = query;
  if (operator !== '>' && operator !== '>=' && operator !== '<' && operator !== '<=') return undefined;
  return {
    expression: printQuery(query.left),
    upward: operator.startsWith('>'),
    bound: query.right.value,
    inclusive: operator.endsWith('='),
  };
}
