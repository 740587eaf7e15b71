import { describe, expect, it } from 'vitest';
import { findings, TRAINING } from '../ruleTrial.js';

const PATH = '.github/workflows/ci.yml';
const SHA = '11bd71901bbe5b1630ceea73d27597364c9af683';
const workflow = (...uses: string[]) =>
  `on: push\njobs:\n  ci:\n    runs-on: x\n    steps:\n${uses.map((each) => `      - uses: ${each}\n`).join('')}`;
const rule = (...uses: string[]) => findings('REP-004', { ...TRAINING, [PATH]: workflow(...uses) });

describe('REP-004 mutable-action-or-component-ref', () => {
  it.each([
    ['iterative/setup-dvc@v1', 'medium'],
    ['aquasecurity/trivy-action@master', 'high'],
    ['actions/checkout@main', 'high'],
    ['actions/checkout@v4', 'low'],
    ['docker://alpine:3', 'medium'],
    ['owner/no-ref', 'high'],
  ])('finds %s as %s', (uses, severity) => {
    expect(rule(uses)).toMatchObject([{ path: PATH, line: 6, severity, fixable: false }]);
  });

  it.each([
    `actions/checkout@${SHA}`,
    './.github/actions/x',
    `docker://alpine@sha256:${'a'.repeat(64)}`,
    '${{ matrix.action }}',
  ])('is silent on %s', (uses) => expect(rule(uses)).toEqual([]));

  it('gives one finding an action and ref, with every place as evidence', () => {
    const other = '.github/workflows/release.yml';
    const files = { [PATH]: workflow('a/b@v1', 'c/d@main'), [other]: workflow('a/b@v1', 'a/b@v2') };
    const risks = findings('REP-004', { ...TRAINING, ...files });
    expect(risks.map(({ subject, path, line, severity }) => [subject, path, line, severity])).toEqual([
      ['c/d@main', PATH, 7, 'high'],
      ['a/b@v1', PATH, 6, 'medium'],
      ['a/b@v2', other, 7, 'medium'],
    ]);
    expect(risks[1]?.evidence).toEqual([`${PATH}:6: - uses: a/b@v1`, `${other}:6: - uses: a/b@v1`]);
  });

  it('names actions of GitHub itself at a tag only where there is nothing else, all in one', () => {
    expect(rule('actions/checkout@v4', 'a/b@v1').map(({ subject }) => subject)).toEqual(['a/b@v1']);
    const [risk, ...others] = rule('actions/checkout@v4', 'actions/setup-python@v5');
    expect(others).toEqual([]);
    expect(risk).toMatchObject({ severity: 'low', line: 6 });
    expect(risk?.message).toContain('actions/checkout@v4 and actions/setup-python@v5');
  });

  it('finds a reusable workflow', () => {
    const text = 'on: push\njobs:\n  call:\n    uses: owner/repo/.github/workflows/x.yml@main\n';
    expect(findings('REP-004', { ...TRAINING, [PATH]: text })).toMatchObject([{ line: 4, severity: 'high' }]);
  });

  it('is silent without a model and on broken YAML', () => {
    expect(findings('REP-004', { [PATH]: workflow('a/b@v1') })).toEqual([]);
    expect(findings('REP-004', { ...TRAINING, [PATH]: 'jobs: [' })).toEqual([]);
  });
});
