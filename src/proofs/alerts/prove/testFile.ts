import { Document, Scalar, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import { formatDuration } from '../../../promql/duration.js';
import type { TestInput } from './inputs.js';
import type { ObservedAlert, ObservedSample } from './promtoolOutput.js';
import { asciiJson, escaped } from './reducedRules.js';
import { seriesName } from './seriesNotation.js';

export interface ExpressionTest {
  expr: string;
  /** Seconds. */
  at: number;
  samples: readonly ObservedSample[];
  /** What it shows. */
  comment?: string;
}

export interface AlertTest {
  alert: string;
  /** Seconds. */
  at: number;
  alerts: readonly ObservedAlert[];
  comment?: string;
}

/** One test of a promtool file. */
export interface TestGroup {
  name: string;
  /** Lines that say what it shows. */
  comment: readonly string[];
  input: TestInput;
  alertTests: readonly AlertTest[];
  expressionTests: readonly ExpressionTest[];
}

export interface TestFile {
  /** Relative to the test file. */
  ruleFiles: readonly string[];
  /** Seconds. */
  evaluationInterval: number;
  /** Names of groups, where one reads what another records. */
  groupOrder: readonly string[];
  head: readonly string[];
  /** Series as {@link seriesName} gives them → what a comment says of them. */
  seriesNotes?: ReadonlyMap<string, string>;
  groups: readonly TestGroup[];
}

/** The file as a person would check it in: names, comments, block style. */
export function testFileText(file: TestFile): string {
  // The tools read YAML 1.1, in which `yes` or `012` in plain form are no strings.
  const document = new Document(contentOf(file), { version: '1.1' });
  document.commentBefore = commentText(file.head);
  const tests = document.get('tests') as YAMLSeq<YAMLMap>;
  file.groups.forEach((group, index) => {
    const node = tests.items[index] as YAMLMap;
    node.spaceBefore = index > 0;
    if (group.comment.length > 0) node.commentBefore = commentText(group.comment);
    commentItems(
      node.get('input_series'),
      group.input.series.map(({ series }) => ({ comment: file.seriesNotes?.get(series) })),
    );
    commentItems(node.get('alert_rule_test'), group.alertTests);
    commentItems(node.get('promql_expr_test'), group.expressionTests);
  });
  // Only double quotes know escapes; in others promtool takes blanks away around what it thinks a line break.
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && escaped(node.value) !== node.value) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escaped(document.toString({ lineWidth: 0 }));
}

/** The same without comments, quicker to make: for tests that nobody reads. */
export function terseTestFile(file: Omit<TestFile, 'head'>): string {
  return asciiJson(contentOf({ ...file, head: [] }));
}

function contentOf(file: TestFile): unknown {
  return {
    rule_files: file.ruleFiles,
    evaluation_interval: formatDuration(file.evaluationInterval),
    ...(file.groupOrder.length < 2 ? {} : { group_eval_order: file.groupOrder }),
    tests: file.groups.map((group) => ({
      name: group.name,
      interval: formatDuration(group.input.interval),
      input_series: group.input.series,
      ...(group.alertTests.length === 0
        ? {}
        : {
            alert_rule_test: group.alertTests.map(({ alert, at, alerts }) => ({
              eval_time: formatDuration(at),
              alertname: alert,
              exp_alerts: alerts.map(({ labels, annotations }) => {
                const { alertname: _, ...others } = labels;
                return { exp_labels: others, exp_annotations: annotations };
              }),
            })),
          }),
      ...(group.expressionTests.length === 0
        ? {}
        : {
            promql_expr_test: group.expressionTests.map(({ expr, at, samples }) => ({
              expr,
              eval_time: formatDuration(at),
              exp_samples: samples.map(({ labels, value }) => ({ labels: seriesName(labels), value })),
            })),
          }),
    })),
  };
}

function commentItems(list: unknown, tests: readonly { comment?: string | undefined }[]): void {
  if (list === undefined) return;
  tests.forEach(({ comment }, index) => {
    const item = (list as YAMLSeq<YAMLMap>).items[index];
    if (item !== undefined && comment !== undefined) item.commentBefore = commentText([comment]);
  });
}

/** Text from rules may hold line breaks, which would end a comment. */
function commentText(lines: readonly string[]): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the file
  return lines.map((line) => ` ${line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g, ' ')}`).join('\n');
}
