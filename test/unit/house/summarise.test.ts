import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../../../scripts/summarise.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'summarise-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function suite(name: string, ...files: { status: string; tests: string[] }[]): void {
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((state) => ({ status: state })),
  }));
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ testResults }));
}

function summarise(steps: string): { last: string | undefined; code: number | null; text: string } {
  writeFileSync(join(folder, 'steps.tsv'), steps);
  const { stdout, status } = spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' });
  return { last: stdout.trimEnd().split('\n').at(-1), code: status, text: stdout };
}

describe('the summary of a run', () => {
  it('adds the tests of each suite and one for each other step', () => {
    suite('unit', { status: 'passed', tests: ['passed', 'passed'] });
    suite('scenarios', { status: 'passed', tests: ['passed'] });
    expect(summarise('check\t0\nunit\t0\nscenarios\t0\n')).toMatchObject({ last: '4 passed, 0 failed', code: 0 });
  });

  it('fails with a failed test', () => {
    suite('unit', { status: 'failed', tests: ['passed', 'failed'] });
    expect(summarise('unit\t1\n')).toMatchObject({ last: '1 passed, 1 failed', code: 1 });
  });

  it('counts a test file that could not be loaded as one failure', () => {
    suite('unit', { status: 'passed', tests: ['passed'] }, { status: 'failed', tests: [] });
    expect(summarise('unit\t1\n')).toMatchObject({ last: '1 passed, 1 failed', code: 1 });
  });

  it('fails when a suite ends badly although each of its tests passed', () => {
    suite('unit', { status: 'passed', tests: ['passed'] });
    expect(summarise('unit\t1\n')).toMatchObject({ last: '1 passed, 1 failed', code: 1 });
  });

  it('fails when a suite left no results', () => {
    expect(summarise('unit\t137\n')).toMatchObject({ last: '0 passed, 1 failed', code: 1 });
  });

  it('fails when nothing ran', () => {
    expect(summarise('')).toMatchObject({ last: '0 passed, 0 failed', code: 1 });
  });

  it('says how many tests were not run', () => {
    suite('unit', { status: 'passed', tests: ['passed', 'skipped'] });
    expect(summarise('unit\t0\n').text).toContain('unit: 1 passed, 0 failed, 1 not run');
  });
});
