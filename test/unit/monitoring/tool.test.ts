import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findTool, runTool } from '../../../src/monitoring/tool.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tool-test-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function script(body: string): Promise<string> {
  const path = join(folder, 'promtool');
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('findTool', () => {
  it('takes the configured path before PATH', async () => {
    const path = await script('exit 0');
    expect(await findTool('promtool', path)).toBe(path);
  });

  it('finds the tool in a folder of PATH and skips a folder and a file that cannot be run', async () => {
    const first = join(folder, 'first');
    await mkdir(join(first, 'promtool'), { recursive: true });
    const second = join(folder, 'second');
    await mkdir(second);
    await writeFile(join(second, 'promtool'), 'no program');
    const path = await script('exit 0');
    vi.stubEnv('PATH', `relative:${first}:${second}:${folder}`);
    expect(await findTool('promtool')).toBe(path);
  });

  it.each([
    ['promtool', 'MLOPS-PRF-001'],
    ['amtool', 'MLOPS-PRF-002'],
  ] as const)('says that %s is missing with its own code', async (name, code) => {
    vi.stubEnv('PATH', folder);
    await expect(findTool(name)).rejects.toMatchObject({ code });
    await expect(findTool(name, join(folder, 'absent'))).rejects.toMatchObject({ code });
  });

  it('refuses a configured path that is relative', async () => {
    await script('exit 0');
    await expect(findTool('promtool', './promtool')).rejects.toMatchObject({ code: 'MLOPS-PRF-001' });
  });
});

describe('runTool', () => {
  it('shows the tool the given files and no other, and none of our environment', async () => {
    vi.stubEnv('MLOPS_TEST_SECRET', 'hunter2');
    const tool = await script(
      '/usr/bin/find . -type f | /usr/bin/sort; echo "secret=$MLOPS_TEST_SECRET"; echo "home=$HOME"',
    );
    const run = await runTool({ tool, args: [], files: { 'a.yml': 'x', 'deep/b.yml': 'y' } });
    expect(run.stdout).toBe('./a.yml\n./deep/b.yml\nsecret=\nhome=.\n');
  });

  it('gives the exit code and both streams without the folder’s name', async () => {
    const tool = await script('echo "at $PWD/a.yml"; echo "in $PWD" >&2; exit 3');
    expect(await runTool({ tool, args: [], files: {} })).toEqual({
      exitCode: 3,
      stdout: 'at a.yml\n',
      stderr: 'in .\n',
    });
  });

  it('removes its folder, also after a failure', async () => {
    const own = join(folder, 'tmp');
    await mkdir(own);
    vi.stubEnv('TMPDIR', own);
    await runTool({ tool: await script('exit 1'), args: [], files: { 'a.yml': '' } });
    await expect(runTool({ tool: join(folder, 'absent'), args: [], files: {} })).rejects.toMatchObject({
      code: 'MLOPS-PRF-003',
    });
    expect(await readdir(own)).toEqual([]);
  });

  it.each(['../x', '/x', 'a/../../x', 'a\0b', '.'])('refuses to write %j', async (path) => {
    const tool = await script('exit 0');
    await expect(runTool({ tool, args: [], files: { [path]: '' } })).rejects.toMatchObject({ code: 'MLOPS-PRF-003' });
  });

  it('stops a tool that takes too long', async () => {
    const tool = await script('exec /bin/sleep 30');
    await expect(runTool({ tool, args: ['test'], files: {}, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'MLOPS-PRF-003',
      message: expect.stringContaining('took too long'),
    });
  });

  it('stops a tool that writes too much', async () => {
    const tool = await script('exec /usr/bin/yes');
    await expect(runTool({ tool, args: [], files: {} })).rejects.toMatchObject({ code: 'MLOPS-PRF-003' });
  });

  it('stops when it is aborted, and says so with the reason given', async () => {
    const controller = new AbortController();
    const tool = await script('exec /bin/sleep 30');
    const run = runTool({ tool, args: [], files: {}, signal: controller.signal });
    controller.abort(new Error('the task was cancelled'));
    await expect(run).rejects.toThrow('the task was cancelled');
  });
});
