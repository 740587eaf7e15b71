import { z } from 'zod';

/** What a pattern keeps an eye on. */
export const WATCHED_KINDS = [
  'model quality',
  'drift',
  'prediction volume',
  'feature freshness',
  'serving errors',
  'serving latency',
  'serving absence',
  'training staleness',
] as const;
export type WatchedKind = (typeof WATCHED_KINDS)[number];

/** An alerting rule that a pattern gives. */
export interface PatternAlert {
  alert: string;
  /** PromQL. */
  expr: string;
  /** Seconds that the condition must hold. */
  for: number;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** One line above the rule: what it says, and where its bound comes from. */
  comment: string;
}

/** A rule that is right up to its parameters. Each is described in `docs/monitoring-patterns.md`. */
export interface MonitoringPattern<Schema extends z.ZodType = z.ZodType> {
  /** Kebab-case; its heading in the documentation. */
  name: string;
  kind: WatchedKind;
  /** Bounds of every parameter; what is outside of them is no rule that anybody means. */
  parameters: Schema;
  /** `for` where nothing says otherwise, in seconds. */
  defaultFor: number;
  /**
   * The rule for some parameters.
   * @throws ZodError when one is outside of its bounds.
   */
  rule(parameters: z.input<Schema>): PatternAlert;
}

const LABEL = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/);

/** A metric's name in the classic character set. */
export const METRIC = z
  .string()
  .max(200)
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);

/** What every pattern takes. */
export const COMMON = z.strictObject({
  alert: z.string().regex(/^[A-Z][A-Za-z0-9]{2,79}$/),
  /** Labels that the series must have, with their values. */
  matchers: z.record(LABEL, z.string().max(200)).default({}),
  /** Labels that the alert is about; without any, each series stands for itself, or all are taken together. */
  by: z.array(LABEL).max(6).default([]),
  /** Seconds. */
  for: z.number().int().min(60).max(86_400),
  severity: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,31}$/)
    .optional(),
  /** Address of what to do when it fires. */
  runbook: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .refine((address) => !address.includes('{{'))
    .optional(),
  /** Where its bound is stated: `params.yaml:12`. */
  basis: z.string().min(1).max(300),
});

type Common = z.output<typeof COMMON>;

/** Fields of a rule that are the same for every pattern. */
export function ruleOf(
  { alert, for: wait, severity, runbook, basis }: Common,
  expr: string,
  summary: string,
  description: string,
): PatternAlert {
  return {
    alert,
    expr,
    for: wait,
    labels: severity === undefined ? {} : { severity },
    annotations: { summary, description, ...(runbook === undefined ? {} : { runbook_url: runbook }) },
    comment: `${summary}. Bound: ${basis}`,
  };
}

/** `metric{label="value"}`, with any matchers. */
export function selector(metric: string, matchers: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(matchers).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(', ')}}`;
}

/** An aggregation, kept apart by the labels; over everything when there are none. */
export function aggregated(operator: 'sum' | 'min' | 'max', by: readonly string[], inner: string): string {
  return by.length === 0 ? `${operator}(${inner})` : `${operator} by (${by.join(', ')}) (${inner})`;
}

/** The worst series for each value of the labels; each series by itself when there are none. */
export function worst(operator: 'min' | 'max', by: readonly string[], inner: string): string {
  return by.length === 0 ? inner : aggregated(operator, by, inner);
}
