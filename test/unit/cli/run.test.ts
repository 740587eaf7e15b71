import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../src/cli/run.js';
import { OUTCOMES } from '../../../src/contract/outcome.js';
import { testStreams } from './testStreams.js';

async function run(args: string[], options: Parameters<typeof testStreams>[0] = {}) {
  const streams = testStreams(options);
  const code = await runCommandLine(args, streams);
  return { code, stdout: streams.stdout(), stderr: streams.stderr() };
}

const COMMANDS = [
  'demo',
  'worker',
  'start',
  'tasks',
  'status',
  'plan',
  'approve',
  'reject',
  'revise',
  'withdraw',
  'extend',
  'report',
  'verify',
  'keys',
  'doctor',
];

describe('the command line', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('names every command in its help, and explains the exit codes', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    for (const outcome of OUTCOMES.filter((each) => !['verified', 'no_change_needed'].includes(each)))
      expect(stdout).toContain(outcome);
  });

  it.each(COMMANDS)('has help for %s, with the options that every command has', async (command) => {
    const { code, stdout } = await run([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--json');
    expect(stdout).toContain('--config');
  });

  it.each([
    ['an unknown command', ['deploy']],
    ['an unknown option', ['tasks', '--all']],
    ['a missing argument', ['status']],
    ['an argument too many', ['tasks', 'x']],
    ['a limit that is no number', ['tasks', '--limit', 'many']],
    ['no command', []],
  ])('exits with 2 for %s', async (_what, args) => {
    const { code, stdout } = await run(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('renders wrong usage as every other error, with the help of the very command', async () => {
    expect((await run(['tasks', '--opne'])).stderr.split('\n')).toEqual([
      "error MLOPS-INPUT-001: unknown option '--opne'",
      '  (Did you mean --open?)',
      '  where: temporal-mlops tasks',
      '  mend:  See `temporal-mlops tasks --help`.',
      '',
    ]);
    const { code, stdout, stderr } = await run(['--json', 'xyzzy']);
    expect(code).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'MLOPS-INPUT-001',
        message: "unknown command 'xyzzy'",
        where: 'temporal-mlops',
        mend: 'See `temporal-mlops --help`.',
      },
    });
  });

  it('renders an error with what, where and how to mend it, without a stack, and exits with 1', async () => {
    const missing = join(folder, 'none.yaml');
    const { code, stdout, stderr } = await run(['doctor', '--config', missing]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error MLOPS-INPUT-002: /);
    expect(stderr).toContain(`  where: ${missing}`);
    expect(stderr).toContain('  mend:  ');
    expect(stderr).not.toContain('    at ');
  });

  it('shows the stack with --debug', async () => {
    expect((await run(['doctor', '--config', join(folder, 'none.yaml'), '--debug'])).stderr).toContain('    at ');
  });

  it('gives errors as JSON on standard output with --json, and nothing else', async () => {
    const { code, stdout, stderr } = await run(['start', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'MLOPS-INPUT-001', where: 'start' } });
    expect(stderr).toBe('');
  });

  it('makes a key once, for its owner only, and prints the public half', async () => {
    const file = join(folder, 'alice.jwk');
    const first = await run(['keys', 'create', 'alice', '--out', file, '--json']);
    expect(first.code).toBe(0);
    const printed = JSON.parse(first.stdout) as { kid: string; publicKey: string };
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { kid: string; x: string; d: string };
    expect(printed).toEqual({ file, kid: stored.kid, publicKey: stored.x });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await run(['keys', 'create', 'alice', '--out', file]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('MLOPS-CFG-004');
    const shown = await run(['keys', 'show', 'alice', '--key', file]);
    expect(shown.stdout).toContain(`publicKey: ${stored.x}`);
    expect(shown.stdout).not.toContain(stored.d);
  });

  it('prints the line of the worker’s configuration for a record key', async () => {
    const file = join(folder, 'record.jwk');
    const { stdout } = await run(['keys', 'create', 'record', '--out', file]);
    expect(stdout).toContain(`  recordKey: file:${file}`);
    expect(stdout).not.toContain('publicKey');
  });

  it('says which folder of a key cannot be made', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await run(['keys', 'create', 'alice', '--out', join(file, 'below', 'alice.jwk')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error MLOPS-CFG-004: The key's folder cannot be made/);
    expect(stderr).toContain(`  where: ${join(file, 'below')}`);
  });

  it('does not begin a demo whose record could not be written', async () => {
    const report = join(folder, 'none', 'record.json');
    const { code, stdout, stderr } = await run(['demo', '--yes', '--report', report]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`  where: ${report}`);
  });

  describe('start', () => {
    const payload = readFileSync('examples/payloads/alertmanager-firing.json', 'utf8');
    const start = async (body: string | Buffer, ...more: string[]) => {
      const config = join(folder, 'temporal-mlops.yaml');
      writeFileSync(
        config,
        'version: 1\nrecordKey: file:r.jwk\ntargets:\n  a: { repository: ./a.git, branch: main }\nroutes:\n  - { match: { model: other }, target: a }\n',
      );
      const file = join(folder, 'payload.json');
      writeFileSync(file, body);
      return run(['start', '--config', config, ...(more.length > 0 ? more : ['--alertmanager', file])]);
    };

    it.each([
      ['a cut payload', payload.slice(0, 300), 'The payload is no JSON: '],
      ['an empty payload', '\n', 'The payload is empty.'],
      ['a payload that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'The input is not UTF-8.'],
      ['a payload of version 3', payload.replace('"4"', '"3"'), 'This is no Alertmanager webhook of version "4"'],
    ])('names the file of %s', async (_what, body, message) => {
      const { code, stderr } = await start(body);
      expect(code).toBe(1);
      expect(stderr).toContain(`error MLOPS-INPUT-001: ${message}`);
      expect(stderr).toContain(`  where: ${join(folder, 'payload.json')}`);
    });

    it('shows the labels that no route matches', async () => {
      const { code, stderr } = await start(`\ufeff${payload}`);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error MLOPS-INPUT-003: The alert does not match the one route\. Its labels/);
      expect(stderr).toContain('model="fraud-scorer"');
    });

    it.each([
      ['no words', ' '],
      ['too many words', 'x'.repeat(2049)],
    ])('starts nothing for a request of %s', async (_what, text) => {
      const { code, stderr } = await start('', '--request', text, '--target', 'a');
      expect(code).toBe(2);
      expect(stderr).toContain('  where: --request');
    });
  });

  it('refuses a demo that can neither ask nor decide', async () => {
    expect((await run(['demo', '--json'])).stdout).toContain('Add --yes or --no.');
    expect((await run(['demo', '--yes', '--no'])).stderr).toContain('MLOPS-INPUT-001');
  });

  it('says that a record is not consistent and exits with 1', async () => {
    const file = join(folder, 'record.json');
    writeFileSync(file, '{}\n');
    const { code, stdout } = await run(['verify', file]);
    expect(code).toBe(1);
    expect(stdout).toContain('Not consistent: it proves nothing.');
  });

  it('says which record cannot be read', async () => {
    const { code, stderr } = await run(['verify', join(folder, 'none.json')]);
    expect(code).toBe(1);
    expect(stderr).toContain('MLOPS-INPUT-002');
  });

  it('says that no server answers', async () => {
    const { code, stderr } = await run(['tasks', '--address', '127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error MLOPS-TMP-001: /);
    expect(stderr).toContain('  where: 127.0.0.1:1');
  });
});
