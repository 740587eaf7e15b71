import { isMap, isScalar, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import { MlopsError } from '../../contract/errors.js';
import { parseDuration } from './duration.js';

/** One alerting rule as its file states it; every value is the text as written. */
export interface AlertRule {
  alert: string;
  expr: string;
  /** Seconds. */
  for: number;
  keepFiringFor: string | undefined;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Evaluation interval of its group in seconds, undefined when the group names none. */
  interval: number | undefined;
  /** Line of the rule in the file, from 1. */
  line: number;
}

export interface RuleFile {
  alerts: readonly AlertRule[];
  /** Names of the series that the file's recording rules make. */
  recorded: ReadonlySet<string>;
  /** The file as promtool reads it: for a Kubernetes PrometheusRule its `spec`. */
  promtoolText: string;
}

const MAX_RULE_FILE = 1024 * 1024;
const MAX_ALIASES = 100;

/**
 * Reads a Prometheus rule file, or a Kubernetes `PrometheusRule`.
 *
 * @throws MlopsError MLOPS-INPUT-001 when it isn't one.
 */
export function readRuleFile(text: string, path: string): RuleFile {
  if (text.length > MAX_RULE_FILE) throw invalid(path, 'it is larger than 1 MiB');
  // The failsafe schema keeps every value as the text that is written, as the Go reader sees it.
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, merge: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw invalid(path, problem.message.split('\n')[0] ?? 'it is no YAML');
  const kubernetes = document.getIn(['kind']) === 'PrometheusRule';
  const groups = document.getIn(kubernetes ? ['spec', 'groups'] : ['groups']);
  if (!isSeq(groups)) throw invalid(path, 'it has no list `groups`');
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    throw invalid(path, 'it has too many aliases');
  }
  const root = asMap(kubernetes ? asMap(plain).spec : plain);
  const alerts: AlertRule[] = [];
  const recorded = new Set<string>();
  asList(root.groups).forEach((group, groupIndex) => {
    const interval = asText(asMap(group).interval);
    asList(asMap(group).rules).forEach((item, ruleIndex) => {
      const rule = asMap(item);
      const record = asText(rule.record);
      if (record !== undefined) recorded.add(record);
      const alert = asText(rule.alert);
      const expr = asText(rule.expr);
      if (alert === undefined || expr === undefined) return;
      const node = groups.getIn([groupIndex, 'rules', ruleIndex], true);
      const offset = isMap(node) || isScalar(node) ? (node.range?.[0] ?? 0) : 0;
      const wait = asText(rule.for) ?? '0';
      const seconds = parseDuration(wait);
      const every = interval === undefined ? undefined : parseDuration(interval);
      if (seconds === undefined)
        throw invalid(path, `\`for: ${wait.slice(0, 60)}\` of ${alert.slice(0, 100)} is no duration`);
      if (interval !== undefined && (every === undefined || every === 0))
        throw invalid(path, 'an interval is no duration');
      alerts.push({
        alert,
        expr,
        for: seconds,
        keepFiringFor: asText(rule.keep_firing_for),
        labels: textsOf(rule.labels),
        annotations: textsOf(rule.annotations),
        interval: every,
        line: lines.linePos(offset).line,
      });
    });
  });
  return { alerts, recorded, promtoolText: kubernetes ? stringify(document.getIn(['spec'], true)) : text };
}

/** A rule file that holds one rule and nothing else, for promtool to work on; `expr` may be another one. */
export function reducedRuleFile(rule: AlertRule, expr: string = rule.expr): string {
  const { keepFiringFor } = rule;
  return stringify(
    {
      groups: [
        {
          name: 'proof',
          rules: [
            {
              alert: rule.alert,
              expr,
              for: `${Math.round(rule.for * 1000)}ms`,
              ...(keepFiringFor === undefined ? {} : { keep_firing_for: keepFiringFor }),
              labels: rule.labels,
              annotations: rule.annotations,
            },
          ],
        },
      ],
    },
    // The tools read YAML 1.1, in which `yes` or `012` in plain form are no strings.
    { version: '1.1', lineWidth: 0 },
  );
}

const TEMPLATE_LABEL = /(?:\$labels|\.Labels)\.([a-zA-Z_][a-zA-Z0-9_]*)/g;

/** Labels of the query's result that a rule's templates show. */
export function templateLabels(rule: AlertRule): string[] {
  const texts = [...Object.values(rule.labels), ...Object.values(rule.annotations)];
  const names = texts.flatMap((text) => [...text.matchAll(TEMPLATE_LABEL)].map((match) => match[1] as string));
  return [...new Set(names)].filter((name) => !name.startsWith('__') && name !== 'alertname');
}

function invalid(path: string, why: string): MlopsError {
  return new MlopsError('MLOPS-INPUT-001', `the rule file is not valid: ${why}`, {
    where: path,
    mend: 'Correct the file; `promtool check rules FILE` shows the place.',
  });
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asMap(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
