import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CleanUp } from '../../../../src/cli/demo/cleanUp.js';
import { emptyWorkspace } from '../../../../src/cli/demo/workspace.js';

describe('cleaning up', () => {
  it('goes in reverse, once, and past what fails', async () => {
    const done: string[] = [];
    const cleanUp = new CleanUp();
    cleanUp.add(async () => done.push('folder'));
    cleanUp.add(async () => Promise.reject(new Error('server is gone')));
    cleanUp.add(async () => done.push('worker'));
    await Promise.all([cleanUp.run(), cleanUp.run()]);
    expect(done).toEqual(['worker', 'folder']);
  });

  it('leaves the reports that it named, or nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-clean-'));
    for (const name of ['report.md', 'record.jwk']) writeFileSync(join(folder, name), '');
    await emptyWorkspace(folder, ['report.md']);
    expect(readdirSync(folder)).toEqual(['report.md']);
    await emptyWorkspace(folder, []);
    expect(existsSync(folder)).toBe(false);
    rmSync(folder, { recursive: true, force: true });
  });
});
