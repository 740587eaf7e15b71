import type { Expr, VectorSelector } from '../../../promql/ast.js';
import { printQuery } from '../../../promql/print.js';
import { selectorsOf, walk } from '../../../promql/walk.js';
import type { WrittenRule } from './readRuleFiles.js';

const TEMPLATE_LABEL = /(?:\$labels|\.Labels)\.([a-zA-Z_][a-zA-Z0-9_]*)/g;

/** Labels of the query's result that a rule's templates show, each with where. */
export function templateLabels(rule: Pick<WrittenRule, 'labels' | 'annotations'>): { label: string; where: string }[] {
  const places = [
    ...Object.entries(rule.annotations).map(([name, text]) => ({ where: `annotation ${name}`, text })),
    ...Object.entries(rule.labels).map(([name, text]) => ({ where: `label ${name}`, text })),
  ];
  const found = new Map<string, string>();
  for (const { where, text } of places) {
    for (const match of text.matchAll(TEMPLATE_LABEL)) {
      const label = match[1] as string;
      if (!found.has(label)) found.set(label, where);
    }
  }
  return [...found].map(([label, where]) => ({ label, where }));
}

/** How Prometheus puts it where an annotation or a label should be whose template it couldn't expand. */
const FAILED = /^<error expanding template: (.*)>$/s;
/** What stands before the place within the template. */
const BEFORE_PLACE = /^.*?executing "[^"]*" at /s;

/** Templates of a firing alert that failed when they were expanded, each with where and in Prometheus' words why. */
export function templateFailures(alert: {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}): { where: string; error: string }[] {
  const places = [
    ...Object.entries(alert.annotations).map(([name, text]) => ({ where: `annotation ${name}`, text })),
    ...Object.entries(alert.labels).map(([name, text]) => ({ where: `label ${name}`, text })),
  ];
  return places.flatMap(({ where, text }) => {
    const error = FAILED.exec(text)?.[1];
    return error === undefined ? [] : [{ where, error: error.replace(BEFORE_PLACE, 'at ').slice(0, 300) }];
  });
}

/** A selector at its plainest, as a test asks whether it reads anything. */
export function plainSelector(selector: VectorSelector): string {
  const { at: _, ...plain } = selector;
  return printQuery({ ...plain, offset: 0 });
}

/** Selectors, as {@link plainSelector}, that must read something for a silent test to mean anything: not those whose absence counts. */
export function selectorsThatMustRead(queries: readonly Expr[]): Set<string> {
  const found = new Set<string>();
  for (const query of queries) {
    walk(query, (expr, path) => {
      if (expr.kind !== 'vector') return;
      const chain = [...path, expr];
      const excused = path.some(
        (outer, index) =>
          (outer.kind === 'call' && (outer.function === 'absent' || outer.function === 'absent_over_time')) ||
          (outer.kind === 'binary' && outer.operator === 'unless' && outer.right === chain[index + 1]),
      );
      if (!excused) found.add(plainSelector(expr));
    });
  }
  return found;
}

/** An alert of the given files, as far as it may watch over another one's metrics. */
export interface Watcher {
  rule: WrittenRule;
  query: Expr;
}

/**
 * The alert that notices when a metric is gone: one on its absence, or one on `up` that doesn't
 * exclude its job.
 */
export function watcherOf(
  selectors: readonly VectorSelector[],
  watchers: readonly Watcher[],
  self: WrittenRule,
): WrittenRule | undefined {
  for (const { rule, query } of watchers) {
    if (rule === self) continue;
    let watches = false;
    walk(query, (expr) => {
      if (expr.kind === 'call' && (expr.function === 'absent' || expr.function === 'absent_over_time')) {
        for (const absent of selectorsOf(expr)) {
          if (selectors.some((selector) => selector.metric === absent.metric && agree(selector, absent)))
            watches = true;
        }
      }
      if (expr.kind === 'vector' && expr.metric === 'up') {
        const sameFile = rule.file === self.file;
        const wide = !expr.matchers.some(({ label }) => label === 'job');
        if (selectors.every((selector) => agree(selector, expr)) && (sameFile || wide)) watches = true;
      }
    });
    if (watches) return rule;
  }
  return undefined;
}

/** Whether no label is demanded to have one value by one selector and another by the other. */
function agree(one: VectorSelector, other: VectorSelector): boolean {
  return one.matchers.every(
    ({ label, operator, value }) =>
      operator !== '=' ||
      other.matchers.every((matcher) => matcher.label !== label || matcher.operator !== '=' || matcher.value === value),
  );
}

/** Ranges, in seconds, that hold fewer than two scrapes for certain (`never`) or at times (`at times`). */
export interface NarrowRange {
  expr: string;
  range: number;
  how: 'never' | 'at times';
}

const NEED_TWO = new Set([
  'rate',
  'irate',
  'increase',
  'delta',
  'idelta',
  'deriv',
  'predict_linear',
  'holt_winters',
  'double_exponential_smoothing',
]);

/**
 * Range selectors that are too narrow for the scrape interval. A function that needs two samples
 * gets none but one, off the grid, when its range is no longer than the interval; between one and two
 * intervals it depends on where the scrapes lie. Other functions miss samples below one interval.
 */
export function narrowRanges(query: Expr, scrape: number): NarrowRange[] {
  const found: NarrowRange[] = [];
  walk(query, (expr) => {
    if (expr.kind !== 'call') return;
    for (const argument of expr.args) {
      if (argument.kind !== 'matrix') continue;
      const { range } = argument;
      const needsTwo = NEED_TWO.has(expr.function);
      const name = `${expr.function}(${argument.selector.metric ?? '…'}[${range}s])`;
      if (needsTwo && range <= scrape) found.push({ expr: name, range, how: 'never' });
      else if (range < (needsTwo ? 2 : 1) * scrape) found.push({ expr: name, range, how: 'at times' });
    }
  });
  return found;
}
