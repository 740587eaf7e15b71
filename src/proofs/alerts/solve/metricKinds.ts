import type { Assumption, MetricFacts, MetricKind } from '../world.js';
import type { Template } from './queryShape.js';

/** Functions that make sense only of values that never fall, except where they begin again. */
const OF_COUNTERS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets']);
const FAMILY_ENDING = /_(bucket|count|sum|total)$/;
const KEEPING_VALUE = ['instant', 'last_over_time', 'avg_over_time', 'min_over_time', 'max_over_time'];

export interface InferredKind {
  kind: MetricKind;
  assumption: Assumption | undefined;
}

/**
 * What kind of metric a selector reads: what is known of it, else what the functions over it and the
 * conventions of metric names say (https://prometheus.io/docs/practices/naming/,
 * https://prometheus.io/docs/instrumenting/writing_exporters/).
 */
export function kindOf(metric: string, templates: readonly Template[], facts: MetricFacts | undefined): InferredKind {
  const stated = statedKind(metric, facts);
  // An info metric is exposed as a gauge where the format has no kind of its own for it.
  if (isFlag(metric) && (stated === undefined || stated === 'gauge' || stated === 'info')) {
    return { kind: 'info', assumption: undefined };
  }
  const { kind, because } = inferredKind(metric, templates);
  const about = { about: 'kind', metric } as const;
  if (stated === undefined) {
    const isUnseen = facts !== undefined && facts.kindOf(metric) === undefined && facts.seriesOf(metric) === undefined;
    const text = `${metric} is a ${kind}: ${because}`;
    return { kind, assumption: { ...about, text, status: isUnseen ? 'unseen' : 'assumed' } };
  }
  // Only what the query does with the values can be wrong; a name is just a poorer hint than the metadata.
  const through = counting(templates);
  if (through !== undefined && stated !== 'counter' && stated !== 'histogram') {
    const text = `${metric} is a counter, as ${through}() needs: its metadata says ${stated}`;
    return { kind: stated, assumption: { ...about, text, status: 'contradicted' } };
  }
  return { kind: stated, assumption: { ...about, text: `${metric} is a ${stated}`, status: 'fact' } };
}

/** Whether the values of a metric are 0 and 1 alone, by the conventions. */
export function isFlag(metric: string): boolean {
  return metric === 'up' || /_info$/.test(metric);
}

function inferredKind(metric: string, templates: readonly Template[]): { kind: MetricKind; because: string } {
  if (metric.endsWith('_bucket')) return { kind: 'histogram', because: 'its name ends in _bucket' };
  const through = counting(templates);
  if (through !== undefined) return { kind: 'counter', because: `${through}() reads it` };
  if (/_total$/.test(metric)) {
    const isLevel = templates.some(({ reading }) => reading.divisor && KEEPING_VALUE.includes(reading.via));
    if (!isLevel) return { kind: 'counter', because: 'its name ends in _total' };
  }
  return { kind: 'gauge', because: 'nothing says that it is a counter' };
}

/** A function over the values that makes sense of counters only. */
function counting(templates: readonly Template[]): string | undefined {
  return templates.find(({ reading }) => OF_COUNTERS.has(reading.via))?.reading.via;
}

/** What the metadata of a metric, or of the family that it belongs to, says; undefined: nothing. */
function statedKind(metric: string, facts: MetricFacts | undefined): MetricKind | undefined {
  const own = facts?.kindOf(metric);
  const known = own ?? facts?.kindOf(metric.replace(FAMILY_ENDING, ''));
  if (known === undefined || known === 'unknown') return undefined;
  if (known === 'histogram' || known === 'summary') return partOf(metric, known);
  // Series of a family have endings only where it is a counter, a histogram or a summary.
  return own === undefined && !(known === 'counter' && metric.endsWith('_total')) ? undefined : known;
}

function partOf(metric: string, known: 'histogram' | 'summary'): MetricKind {
  if (metric.endsWith('_bucket')) return 'histogram';
  return /_(count|sum)$/.test(metric) ? 'counter' : known === 'summary' ? 'gauge' : 'histogram';
}
