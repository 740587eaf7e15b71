import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAlertFiles } from '../../../../src/cli/prove/alertFiles.js';

const RULES = 'groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n';

let folder: string;
const at = (name: string) => join(folder, name);
const read = (...names: string[]) => readAlertFiles(names.map(at), Readable.from([]));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alert-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readAlertFiles', () => {
  it('names a pipe to which nothing writes instead of waiting for it', async () => {
    execFileSync('mkfifo', [at('pipe.yml')]);
    const { files, unread } = await read('pipe.yml');
    expect(files).toEqual([]);
    expect(unread).toEqual([
      {
        file: at('pipe.yml'),
        reason: 'it is a pipe to which nothing writes',
        mend: 'Start what writes to it first, or name a file.',
      },
    ]);
  });

  it('reads a pipe to its end, as of a shell’s <(command)', async () => {
    execFileSync('mkfifo', [at('pipe.yml')]);
    // More than a pipe holds, so that the writer is there until it is read; it has opened the pipe when it speaks.
    const text = `${RULES}#${'x'.repeat(200_000)}`;
    const writer = spawn('sh', ['-c', 'exec 3<>"$0"; echo; cat >&3', at('pipe.yml')]);
    writer.stdin.end(text);
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    const { files, unread } = await read('pipe.yml');
    expect(unread).toEqual([]);
    expect(files.map(({ path, text: read }) => [path, read === text])).toEqual([[at('pipe.yml'), true]]);
  });

  it('names each file that is not there or no UTF-8, says how to mend it, and reads the others', async () => {
    writeFileSync(at('wide.yml'), Buffer.from(`\ufeff${RULES}`, 'utf16le'));
    writeFileSync(at('good.yml'), RULES);
    const { files, unread } = await read('none.yml', 'wide.yml', 'good.yml');
    expect(files.map(({ path }) => path)).toEqual([at('good.yml')]);
    expect(unread).toMatchObject([
      { file: at('none.yml'), reason: 'there is no such file or folder' },
      { file: at('wide.yml'), reason: 'The input is not UTF-8.', mend: 'Save it as UTF-8 and try again.' },
    ]);
  });

  it('takes from a folder the files that speak of rules, and names one that holds none', async () => {
    mkdirSync(at('rules'));
    mkdirSync(at('empty'));
    writeFileSync(at('rules/b.yml'), RULES);
    writeFileSync(at('rules/prometheus.yml'), 'global: {}\n');
    const { files, unread } = await read('rules', 'empty');
    expect(files.map(({ path }) => path)).toEqual([at('rules/b.yml')]);
    expect(unread).toEqual([{ file: at('empty'), reason: 'the folder holds no .yml or .yaml file' }]);
  });
});
