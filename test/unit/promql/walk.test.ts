import { expect, test } from 'vitest';
import { parseQuery } from '../../../src/promql/parse.js';
import { printQuery } from '../../../src/promql/print.js';
import { children, mapExpr, selectorsOf, valueTypeOf, walk } from '../../../src/promql/walk.js';

const QUERY = parseQuery('topk(scalar(a), rate(b[5m]) / -c) > max_over_time((d or e)[1h:])');

test('selectors come in the order of the text, those in parameters, ranges and subqueries included', () => {
  expect(selectorsOf(QUERY).map(({ metric }) => metric)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a walk gives what stands above each expression', () => {
  const above: string[] = [];
  walk(QUERY, (expr, path) => {
    if (expr.kind === 'vector' && expr.metric === 'b') above.push(...path.map(({ kind }) => kind));
  });
  expect(above).toEqual(['binary', 'aggregation', 'binary', 'call', 'matrix']);
});

test('mapping replaces expressions anywhere, shares the rest and leaves the original alone', () => {
  const before = printQuery(QUERY);
  const renamed = mapExpr(QUERY, (expr) => (expr.kind === 'vector' ? { ...expr, metric: `${expr.metric}2` } : expr));
  expect(printQuery(renamed)).toBe(before.replace(/\b([a-e])(?=[\s)[\]]|$)/g, '$12'));
  expect(printQuery(QUERY)).toBe(before);
  expect(mapExpr(QUERY, (expr) => expr)).toBe(QUERY);
});

test('types follow from the operands', () => {
  const types = ['1 + 2', 'time() - 1', 'a + 1', 'a[5m]', '"s"', 'sum(a)', '-time()', 'a[1h:]'];
  expect(types.map((query) => valueTypeOf(parseQuery(query)))).toEqual([
    ...['scalar', 'scalar', 'vector', 'matrix', 'string', 'vector', 'scalar', 'matrix'],
  ]);
  expect(children(parseQuery('1'))).toEqual([]);
});
