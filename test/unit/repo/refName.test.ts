import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isRefName } from '../../../src/repo/refName.js';

const NAMES = [
  'main', 'feature/x', 'm#champion#1', 'm@v1.0.0', 'm#a!#2', 'dir=m@v1', 'é', '-x', 'a.b', 'a@b',
  'a..b', '.a', 'a/.b', 'a.lock', 'a.lock/b', 'a/', '/a', 'a//b', 'a.', 'a b', 'a:b', 'a*', 'a?', 'a[', 'a\\b',
  'a^', 'a~1', 'a@{b', 'a\tb', 'a\u007fb',
]; // biome-ignore format: a list of names

describe('isRefName', () => {
  it.each(NAMES)('says of %j what git check-ref-format says', (name) => {
    let git = true;
    try {
      execFileSync('git', ['check-ref-format', `refs/tags/${name}`]);
    } catch {
      git = false;
    }
    expect(isRefName(name)).toBe(git);
  });
});
