import { describe, expect, it } from 'vitest';
import { findPromTools } from '../../../../src/worker/tools/promTools.js';
import { fakeRunner } from './fakeRunner.js';

describe('findPromTools', () => {
  it('takes configured paths before the PATH', async () => {
    const runner = fakeRunner({
      path: { promtool: '/usr/bin/promtool', amtool: '/usr/bin/amtool' },
      executables: ['/opt/promtool'],
    });
    const found = await findPromTools({ runner, configured: { promtool: '/opt/promtool' } });
    expect(found).toEqual({ promtool: '/opt/promtool', amtool: '/usr/bin/amtool', missing: undefined });
  });

  it('does not fall back to the PATH for a configured path that is not there', async () => {
    const runner = fakeRunner({ path: { promtool: '/usr/bin/promtool', amtool: '/usr/bin/amtool' } });
    const found = await findPromTools({ runner, configured: { promtool: '/opt/promtool' } });
    expect(found.promtool).toBeUndefined();
    expect(found.missing).toMatch(/^promtool not found; alerting cannot be proved and is reported as not run/);
  });

  it('installs the distribution’s packages when root, with one line and without output', async () => {
    const path: Record<string, string> = { 'apt-get': '/usr/bin/apt-get' };
    const lines: string[] = [];
    const runner = fakeRunner({
      path,
      answers: [
        [
          /install/,
          { stdout: 'Setting up prometheus' },
          () => Object.assign(path, { promtool: '/usr/bin/promtool', amtool: '/usr/bin/amtool' }),
        ],
      ],
    });
    const found = await findPromTools({ runner, install: true, uid: 0, progress: (line) => lines.push(line) });
    expect(found.missing).toBeUndefined();
    expect(runner.commands).toEqual([
      '/usr/bin/apt-get update',
      '/usr/bin/apt-get install -y --no-install-recommends prometheus prometheus-alertmanager',
    ]);
    expect(lines).toEqual([
      'Installing promtool and amtool: apt-get install -y --no-install-recommends prometheus prometheus-alertmanager',
    ]);
  });

  it('shows what apt said when it failed, and the command that mends it', async () => {
    const lines: string[] = [];
    const runner = fakeRunner({
      path: { 'apt-get': '/usr/bin/apt-get' },
      answers: [[/install/, { code: 100, stderr: 'E: Unable to locate package prometheus' }]],
    });
    const found = await findPromTools({ runner, install: true, uid: 0, progress: (line) => lines.push(line) });
    expect(lines[1]).toBe('E: Unable to locate package prometheus');
    expect(found.missing).toContain('apt-get install -y --no-install-recommends prometheus prometheus-alertmanager');
  });

  it.each([
    ['not root', { install: true, uid: 1000 }],
    ['not allowed to', { install: false, uid: 0 }],
  ])('installs nothing when %s', async (_why, options) => {
    const runner = fakeRunner({ path: { 'apt-get': '/usr/bin/apt-get' } });
    const found = await findPromTools({ runner, ...options });
    expect(runner.commands).toEqual([]);
    expect(found.missing).toContain('promtool and amtool not found');
    expect(found.missing).toContain('sudo');
  });

  it('points to the project’s downloads where there is no apt', async () => {
    const found = await findPromTools({ runner: fakeRunner({}), install: true, uid: 0 });
    expect(found.missing).toContain('https://prometheus.io/download');
    expect(found.missing).toContain('tools.promtool and tools.amtool');
  });
});
