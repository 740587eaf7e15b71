import { describe, expect, it } from 'vitest';
import { renderEnding } from '../../../../src/cli/demo/ending.js';
import type { Report } from '../../../../src/contract/report.js';
import { plainTerminal } from '../render/plainTerminal.js';
import { validations } from '../samples.js';

const commit = 'ab'.repeat(20);
const report: Report = {
  format: 'temporal-mlops/report/1',
  task: 'chg/alertmanager/x',
  run: 'run-1',
  outcome: 'applied_unverified',
  sentence: 's',
  trigger: { kind: 'request', text: 't' },
  target: { id: 'fraud', repository: '/srv/fraud.git', branch: 'main' },
  boundary: { stages: ['monitoring'], files: [], aliases: [], commit },
  validations,
  residual: [],
  followUps: [],
  qualityChecks: [],
  reasons: ['rollback: the artifact is gone'],
  undo: `git revert --no-edit ${commit}`,
};
const link = `http://127.0.0.1:8233/${'x'.repeat(60)}`;

describe('the end of the demo', () => {
  const lines = renderEnding(
    {
      outcome: 'applied_unverified',
      sentence: 's',
      report,
      files: [{ name: 'JSON', path: `/tmp/${'y'.repeat(60)}` }],
      link,
      verify: 'temporal-mlops verify r.json',
      undoIn: 'in a clone',
    },
    plainTerminal(40),
  );

  it('gives commit, files, link and undo unbroken, because they are for copying', () => {
    expect(lines).toContain(commit);
    expect(lines).toContain(`JSON      /tmp/${'y'.repeat(60)}`);
    expect(lines).toContain(`web UI    ${link}`);
    expect(lines).toContain(`git revert --no-edit ${commit}`);
  });

  it('counts the probes that passed and shows those that did not', () => {
    expect(lines.join('\n')).toContain('✓ 2 of 2 probes passed, 1 of them by');
    expect(lines.join('\n')).toContain('✗ + the previous artifact is intact');
  });

  it('says why the outcome is not verified', () => {
    expect(lines).toContain('✗ applied_unverified');
    expect(lines).toContain('  rollback: the artifact is gone');
  });

  it('speaks of no commit and no undo when nothing was changed', () => {
    const { undo: _undo, ...rest } = report;
    const nothing = { ...rest, boundary: { stages: [], files: [], aliases: [] } };
    const text = renderEnding(
      { outcome: 'rejected', sentence: '', report: nothing, files: [], verify: 'v', undoIn: '' },
      plainTerminal(80),
    ).join('\n');
    expect(text).not.toContain('Commit');
    expect(text).not.toContain('Undo');
    expect(text).not.toContain('Validation');
  });
});
