import { describe, expect, it } from 'vitest';
import { buildLifecycle } from '../../../../src/lifecycle/buildLifecycle.js';
import { memorySnapshot } from '../../../support/memorySnapshot.js';

describe('DVC files', () => {
  it('resolves paths against the file and wdir, and reads params, outs with options and the lock', () => {
    const { facts } = buildLifecycle(
      memorySnapshot({
        'p/dvc.yaml':
          'stages:\n  train:\n    wdir: ..\n    cmd: [a, b]\n    deps: [src/t.py]\n    params:\n      - train.lr\n      - conf.yaml: [x]\n    outs:\n      - m.pkl: { cache: false }\n  each:\n    foreach: [1]\n    do: { cmd: "x ${item}" }\n    \n',
        'p/dvc.lock':
          "schema: '2.0'\nstages:\n  train:\n    cmd: a\n    deps:\n    - path: t.py\n      hash: md5\n      md5: abc\n      size: 3\n    params:\n      params.yaml:\n        train.lr: 0.1\n",
      }),
    );
    expect(facts.dvcPipelines[0]?.stages).toMatchObject([
      {
        name: 'train',
        cmd: 'a && b',
        deps: ['src/t.py'],
        outs: ['m.pkl'],
        params: [
          { file: 'params.yaml', key: 'train.lr' },
          { file: 'conf.yaml', key: 'x' },
        ],
        expanded: false,
      },
      { name: 'each', cmd: 'x ${item}', expanded: true },
    ]);
    expect(facts.dvcLocks[0]?.stages).toMatchObject([
      {
        name: 'train',
        deps: [{ path: 'p/t.py', md5: 'abc', hash: 'md5', size: 3, line: 6 }],
        params: { 'p/params.yaml': { 'train.lr': 0.1 } },
      },
    ]);
  });
});
