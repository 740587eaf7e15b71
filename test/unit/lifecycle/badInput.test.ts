import { describe, expect, it } from 'vitest';
import type { Snapshot, SnapshotEntry } from '../../../src/contract/snapshot.js';
import { buildLifecycle } from '../../../src/lifecycle/buildLifecycle.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';

const TRAIN = 'from sklearn.svm import SVC\nSVC().fit(X, y)\n';
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const read = (files: Record<string, string | Uint8Array>) =>
  buildLifecycle(memorySnapshot({ 'ok/train.py': TRAIN, ...files }));
const reasonFor = (path: string, content: string | Uint8Array): string | undefined =>
  read({ [path]: content }).map.unreadable.find((entry) => entry.path === path)?.reason;

describe('files that cannot be read', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['ml/latin.py', latin1('# caf\u00e9\nmodel.fit(x)\n'), 'not UTF-8'],
    ['ml/zero.py', 'a = 1\0\n', 'binary: it holds NUL bytes'],
    ['ml/big.ipynb', new Uint8Array(2 * 1024 * 1024), 'larger than 1 MiB'],
    ['ml/n.ipynb', '{"nbformat": 4', 'broken JSON at line 1: "}" is missing'],
    ['grafana/d.json', '{"title": ', 'broken JSON at line 1: a value is missing'],
    [
      'ml/lfs.ipynb',
      'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n',
      "a Git LFS pointer: its content isn't in the repository",
    ],
    [
      '.gitlab-ci.yml',
      'a: [1\n',
      'broken YAML at line 2: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['azure-pipelines.yml', `${'['.repeat(3000)}`, 'nested deeper than 64 levels'],
    ['MLproject', `a: &a [x]\nb: [${'*a, '.repeat(200)}]\n`, 'more than 100 aliases'],
    ['Pipfile.lock', '[', 'broken JSON at line 1: a value is missing'],
  ])('%s is named with the reason, and the rest is read', (path, content, reason) => {
    const { map } = read({ [path]: content });
    expect(map.unreadable.filter((entry) => entry.path === path)).toEqual([{ path, reason }]);
    expect(map.components.map((component) => component.path)).toEqual(['ok/train.py']);
  });

  it('reads a byte order mark and CRLF as what they are', () => {
    expect(reasonFor('ml/a.py', `\uFEFF${TRAIN.replaceAll('\n', '\r\n')}`)).toBeUndefined();
    const { map } = read({
      '.gitlab-ci.yml': '\uFEFFfit:\r\n  script:\r\n    - python ok/train.py\r\n',
      Makefile: 'train:\r\n\tpython ok/train.py\r\n',
      'main.tf': '\uFEFFresource "aws_sagemaker_endpoint" "e" {\r\n}\r\n',
    });
    expect(map.components.map(({ kind, lines }) => `${kind} ${lines.start}`)).toEqual([
      'training script 2',
      'training GitLab CI job 3',
      'training Makefile target 2',
      'Terraform aws_sagemaker_endpoint 1',
    ]);
  });

  it('does not take bytes of a 50 MB file that is no format of a reader, nor name it', () => {
    const huge: SnapshotEntry = { path: 'data/x.csv', mode: '100644', oid: '0'.repeat(40), size: 50 * 1024 * 1024 };
    const base = memorySnapshot({ 'ok/train.py': TRAIN });
    const asked: string[] = [];
    const snapshot: Snapshot = {
      ...base,
      entries: [huge, { ...huge, path: 'ml/huge.py' }, ...base.entries],
      text: (path) => {
        asked.push(path);
        return base.text(path);
      },
    };
    const { map } = buildLifecycle(snapshot);
    expect(map.unreadable).toEqual([{ path: 'ml/huge.py', reason: 'larger than 1 MiB' }]);
    expect(asked).not.toContain('ml/huge.py');
    expect(asked).not.toContain('data/x.csv');
  });

  it('names submodules, and links that a reader would have wanted, without following them', () => {
    const base = memorySnapshot({ 'ok/train.py': TRAIN });
    const entry = (path: string, mode: SnapshotEntry['mode']): SnapshotEntry => ({
      path,
      mode,
      oid: '0'.repeat(40),
      size: 3,
    });
    const entries = [entry('lib', '160000'), entry('loop', '120000'), entry('ml/train.py', '120000'), ...base.entries];
    expect(buildLifecycle({ ...base, entries }).map.unreadable).toEqual([
      { path: 'lib', reason: "a submodule: its content isn't in this repository" },
      { path: 'ml/train.py', reason: 'a symbolic link, which is not followed' },
    ]);
  });

  it('leaves vendored code, tests and examples alone', () => {
    const paths = ['node_modules/a', '.venv/lib', 'third_party/x', 'site-packages/y', 'tests', 'examples', 'docs/z'];
    const { map, facts } = read(Object.fromEntries(paths.map((path) => [`${path}/train.py`, TRAIN])));
    expect(facts.pythonModules.map(({ path }) => path)).toEqual(['ok/train.py']);
    expect(map.components).toHaveLength(1);
  });
});
