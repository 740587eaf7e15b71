import type { AlertmanagerRoute, LabelMatcher } from './facts.js';

/** Characters of a pattern and of a value that are matched. */
const MAX_PATTERN = 256;

/**
 * Receivers that an alert with these labels reaches, as Alertmanager's dispatcher walks the tree:
 * depth first, the first child that matches wins unless it says `continue`, a node without a
 * matching child keeps the alert, and a node without a receiver has its parent's (prometheus.io,
 * "Alerting: configuration").
 */
export function receiversOf(root: AlertmanagerRoute, labels: Readonly<Record<string, string>>): string[] {
  return [...new Set(routesOf(root, labels, ''))];
}

function routesOf(route: AlertmanagerRoute, labels: Readonly<Record<string, string>>, inherited: string): string[] {
  const receiver = route.receiver?.value ?? inherited;
  const found: string[] = [];
  for (const child of route.routes) {
    if (child.badMatchers.length > 0 || !child.matchers.every((matcher) => matches(matcher, labels))) continue;
    found.push(...routesOf(child, labels, receiver));
    if (!child.continue) break;
  }
  return found.length > 0 ? found : [receiver];
}

/** Whether a matcher holds; an absent label counts as the empty string. Regular expressions are anchored. */
export function matches(matcher: LabelMatcher, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, matcher.label) ? (labels[matcher.label] as string) : '';
  switch (matcher.operator) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return matchesPattern(matcher.value, value);
    case '!~':
      return !matchesPattern(matcher.value, value);
  }
}

function matchesPattern(pattern: string, value: string): boolean {
  // Alertmanager's engine is linear, JavaScript's isn't: repeated groups that repeat inside are refused.
  if (pattern.length > MAX_PATTERN || value.length > MAX_PATTERN || /[+*}][^()]*\)[+*{]/.test(pattern)) return false;
  try {
    return new RegExp(`^(?:${pattern})$`, 's').test(value);
  } catch {
    return false;
  }
}
