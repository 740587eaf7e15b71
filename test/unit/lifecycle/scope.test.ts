import { describe, expect, it } from 'vitest';
import { isSuppressed, resolvePath, wantedByReaders } from '../../../src/lifecycle/scope.js';

const entry = (path: string, size = 10, mode: '100644' | '120000' | '160000' = '100644') => ({
  path,
  size,
  mode,
  oid: 'x',
});

describe('wantedByReaders', () => {
  it.each([
    'a.py',
    'k8s/x.yaml',
    'Dockerfile',
    'docker/Dockerfile.gpu',
    'requirements-dev.txt',
    'dvc.lock',
    'pyproject.toml',
    '.github/workflows/x.yml',
  ])('wants %s', (path) => expect(wantedByReaders(entry(path))).toBe(true));

  it.each([
    'a.png',
    'model.pkl',
    'node_modules/a/x.yaml',
    'x/.venv/a.py',
    'vendor/x.go',
    'third_party/x.py',
    'data.csv',
  ])('does not want %s', (path) => expect(wantedByReaders(entry(path))).toBe(false));

  it('wants no links, no submodules and nothing above 1 MiB', () => {
    expect(wantedByReaders(entry('a.py', 10, '120000'))).toBe(false);
    expect(wantedByReaders(entry('a.py', -1, '160000'))).toBe(false);
    expect(wantedByReaders(entry('a.py', 1024 * 1024))).toBe(true);
    expect(wantedByReaders(entry('a.py', 1024 * 1024 + 1))).toBe(false);
  });
});

describe('isSuppressed', () => {
  it('leaves out tests, examples and documentation, by folder and by name', () => {
    expect(
      ['tests/a.py', 'x/docs/k.yaml', 'examples/a/b.py', 'src/test_a.py', 'load_tests/x.yaml'].map(isSuppressed),
    ).not.toContain(false);
    expect(['src/latest.py', 'contest/a.py', 'src/a.py'].map(isSuppressed)).not.toContain(true);
  });
});

describe('resolvePath', () => {
  it('never leaves the repository', () => {
    expect(resolvePath('a/b', '../c/./d')).toBe('a/c/d');
    expect(resolvePath('a', '../../etc')).toBeUndefined();
    expect(resolvePath('a', '/etc/passwd')).toBeUndefined();
  });
});
