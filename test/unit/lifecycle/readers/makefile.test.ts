import { describe, expect, it } from 'vitest';
import { isMakefileName, readMakefile } from '../../../../src/lifecycle/readers/makefile.js';
import { readShellScript } from '../../../../src/lifecycle/readers/shellScript.js';

describe('readMakefile', () => {
  it('reads targets with recipes and needs; assignments and comments are none', () => {
    const parts = readMakefile(
      'ml/Makefile',
      'PY := python\n.PHONY: train\nall: train deploy ## everything\n\ntrain: data\n\t@$(PY) train.py\n\n\t-dvc push\n# note\ndeploy:\n\tkubectl apply -f k8s\n',
    );
    expect(parts.map(({ name, uses, line }) => ({ name, uses, line }))).toEqual([
      { name: 'all', uses: ['train', 'deploy'], line: 3 },
      { name: 'train', uses: ['data'], line: 5 },
      { name: 'deploy', uses: [], line: 10 },
    ]);
    expect(parts[1]?.commands).toEqual([
      { text: '$(PY) train.py', line: 6, folder: 'ml' },
      { text: 'dvc push', line: 8, folder: 'ml' },
    ]);
  });

  it.each([
    ['Makefile', true],
    ['GNUmakefile', true],
    ['build.mk', true],
    ['makefile.py', false],
  ])('tells %s by its name: %s', (name, expected) => {
    expect(isMakefileName(name)).toBe(expected);
  });
});

describe('readShellScript', () => {
  it('leaves comments out and joins continued lines', () => {
    const [part] = readShellScript('scripts/run.sh', '#!/bin/sh\n# kubectl apply\npython train.py \\\n  --lr 1\n');
    expect(part?.commands[0]?.text).toContain('python train.py    --lr 1');
    expect(part?.commands[0]?.text).not.toContain('kubectl');
    expect(part?.line).toBe(3);
  });

  it('gives nothing for an empty script', () => {
    expect(readShellScript('a.sh', '#!/bin/sh\n')).toEqual([]);
  });
});
