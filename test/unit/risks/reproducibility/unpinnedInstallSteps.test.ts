import { describe, expect, it } from 'vitest';
import { type Files, findings, TRAINING } from '../ruleTrial.js';

const rule = (files: Files) =>
  findings('REP-002', { ...TRAINING, ...files }).map(({ path, line, severity }) => `${path}:${line} ${severity}`);
const conda = (entry: string) => ({
  'conda.yml': `name: e\ndependencies:\n  - python=3.10.*\n  - pip:\n      - ${entry}\n`,
});

describe('REP-002 in conda environments and steps', () => {
  it('finds a package of a conda environment with no version, and none with one', () => {
    expect(rule(conda('scikit-learn'))).toEqual(['conda.yml:5 high']);
    expect(rule(conda('scikit-learn==1.4.2'))).toEqual([]);
  });

  it('finds an install of a workflow on its line', () => {
    const workflow = (name: string) => ({
      '.github/workflows/t.yml': `on: push\njobs:\n  t:\n    steps:\n      - run: |\n          echo a\n          pip install ${name}\n`,
    });
    expect(rule(workflow('mlflow'))).toEqual(['.github/workflows/t.yml:7 high']);
    expect(rule(workflow('mlflow==2.9.2'))).toEqual([]);
    expect(rule(workflow('ruff'))).toEqual([]);
  });
});
