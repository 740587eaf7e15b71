import { stringify } from 'yaml';
import { formatDuration } from '../../../promql/duration.js';
import type { PatternAlert } from './monitoringPattern.js';

/** Longest comment, in characters. */
const LONGEST_COMMENT = 300;

/** A rule as an item of a list in block style, its dash in the first column, a comment above it. */
export function alertLines(alert: PatternAlert): string[] {
  const map = (key: string, values: Readonly<Record<string, string>>) =>
    Object.keys(values).length === 0
      ? []
      : [`  ${key}:`, ...Object.entries(values).map(([name, value]) => `    ${name}: ${scalar(value)}`)];
  return [
    `# ${alert.comment.replace(/[^\P{C} ]+/gu, ' ').slice(0, LONGEST_COMMENT)}`,
    `- alert: ${scalar(alert.alert)}`,
    `  expr: ${scalar(alert.expr)}`,
    `  for: ${formatDuration(alert.for)}`,
    ...map('labels', alert.labels),
    ...map('annotations', alert.annotations),
  ];
}

/** The same rule as a YAML reader gives it. */
export function alertData(alert: PatternAlert): Record<string, unknown> {
  return {
    alert: alert.alert,
    expr: alert.expr,
    for: formatDuration(alert.for),
    ...(Object.keys(alert.labels).length === 0 ? {} : { labels: { ...alert.labels } }),
    ...(Object.keys(alert.annotations).length === 0 ? {} : { annotations: { ...alert.annotations } }),
  };
}

/** On one line, quoted where YAML needs it. */
function scalar(value: string): string {
  return stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN', blockQuote: false, version: '1.1' }).trimEnd();
}
