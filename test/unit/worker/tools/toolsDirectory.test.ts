import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT, toolsDirectory } from '../../../../src/worker/tools/toolsDirectory.js';

describe('toolsDirectory', () => {
  it('is below the folder of package.json', async () => {
    expect(existsSync(join(PACKAGE_ROOT, 'package.json'))).toBe(true);
    const root = mkdtempSync(join(tmpdir(), 'mlops-root-'));
    expect(await toolsDirectory({ packageRoot: root })).toBe(join(root, '.tools'));
  });

  it('is in the user’s cache where the package cannot be written', async () => {
    const env = { XDG_CACHE_HOME: '/home/somebody/.cache' };
    expect(await toolsDirectory({ packageRoot: '/nonexistent', env })).toBe(
      '/home/somebody/.cache/temporal-mlops/tools',
    );
  });
});
