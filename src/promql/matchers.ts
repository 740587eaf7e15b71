import type { Matcher, VectorSelector } from './ast.js';
import { compileRegularExpression } from './regularExpression.js';

/**
 * Whether a label value satisfies a matcher; a label that isn't there has the empty value.
 *
 * @throws UnsupportedQuery when the regular expression can't be tried safely.
 */
export function matches(matcher: Pick<Matcher, 'operator' | 'value'>, value: string): boolean {
  switch (matcher.operator) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return compileRegularExpression(matcher.value).test(value);
    case '!~':
      return !compileRegularExpression(matcher.value).test(value);
  }
}

/**
 * Whether a selector reads a series with these labels, `__name__` among them.
 *
 * @throws UnsupportedQuery when a regular expression can't be tried safely.
 */
export function selects({ metric, matchers }: VectorSelector, labels: Readonly<Record<string, string>>): boolean {
  return (
    (metric === undefined || labels.__name__ === metric) &&
    matchers.every((matcher) => matches(matcher, labels[matcher.label] ?? ''))
  );
}
