import type { UnusableFile } from '../prove/readRuleFiles.js';
import type { RuleVerdict } from '../verdict.js';

/**
 * Verdicts as the XML that CI servers read (the schema of Apache Ant's JUnit task): a suite a file, a
 * case a rule. Faults are failures, what could not be proved is skipped with its reason. A file that can't
 * be used is a suite of one case with an error, so that it isn't taken for a file without rules.
 */
export function junit(verdicts: readonly RuleVerdict[], unusable: readonly UnusableFile[]): string {
  const files = new Map<string, RuleVerdict[]>();
  for (const verdict of verdicts) files.set(verdict.file, [...(files.get(verdict.file) ?? []), verdict]);
  const suites = [...files].map(([file, rules]) => {
    const failures = rules.filter(isFault).length;
    const skipped = rules.filter(({ verdict }) => verdict === 'not_provable').length;
    const seconds = rules.reduce((sum, rule) => sum + rule.seconds, 0);
    const cases = rules.map((rule) =>
      testCase(rule)
        .map((line) => `    ${line}`)
        .join('\n'),
    );
    return [
      `  <testsuite name="${xml(file)}" tests="${rules.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds.toFixed(3)}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  const all = [...suites, ...unusable.map(unusableSuite)];
  const faults = verdicts.filter(isFault).length;
  const tests = verdicts.length + unusable.length;
  const root = `<testsuites tests="${tests}" failures="${faults}" errors="${unusable.length}">`;
  return `${['<?xml version="1.0" encoding="UTF-8"?>', root, ...all, '</testsuites>'].join('\n')}\n`;
}

function unusableSuite({ file, reason }: UnusableFile): string {
  return [
    `  <testsuite name="${xml(file)}" tests="1" failures="0" errors="1" skipped="0" time="0.000">`,
    `    <testcase name="the file" classname="${xml(file)}" time="0.000">`,
    `      <error type="unusable" message="${xml(reason)}"/>`,
    '    </testcase>',
    '  </testsuite>',
  ].join('\n');
}

export function isFault({ verdict }: RuleVerdict): boolean {
  return verdict === 'never_fires' || verdict === 'always_fires' || verdict === 'invalid';
}

function testCase(rule: RuleVerdict): string[] {
  const head = `<testcase name="${xml(`${rule.alert} (line ${rule.line})`)}" classname="${xml(rule.file)}" time="${rule.seconds.toFixed(3)}">`;
  const findings = rule.findings.map(({ code, message }) => `${code}: ${message}`).join('\n');
  const body = [
    ...(isFault(rule) ? [`  <failure type="${rule.verdict}" message="${xml(rule.reason)}"/>`] : []),
    ...(rule.verdict === 'not_provable' ? [`  <skipped message="${xml(rule.reason)}"/>`] : []),
    ...(findings === '' ? [] : [`  <system-out>${xml(findings)}</system-out>`]),
  ];
  return [head, ...body, '</testcase>'];
}

/** Escapes, and leaves out the characters that XML 1.0 can't hold. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
