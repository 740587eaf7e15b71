import { describe, expect, it } from 'vitest';
import type { DependencyManifest } from '../../../../src/lifecycle/facts.js';
import { isCondaEnvironment, readCondaEnvironment } from '../../../../src/lifecycle/readers/condaEnvironment.js';
import { readDependencyGroups } from '../../../../src/lifecycle/readers/dependencyGroups.js';
import { lockKind, readLockFile } from '../../../../src/lifecycle/readers/lockFile.js';
import { readPython } from '../../../../src/lifecycle/readers/python.js';
import { readSetupCfg } from '../../../../src/lifecycle/readers/setupCfg.js';
import { readSetupPy } from '../../../../src/lifecycle/readers/setupPy.js';
import { LineTable } from '../../../../src/lifecycle/sourceText.js';
import { yamlOf } from '../yamlOf.js';

const shown = (manifests: DependencyManifest[]): string[] =>
  manifests.flatMap(({ group, requirements }) =>
    requirements.map(
      ({ name, specifier, pinned, line }) => `${group}:${name}${specifier} ${pinned ? 'pinned' : 'open'} ${line}`,
    ),
  );

describe('readSetupCfg', () => {
  it('reads install_requires and the extras, with lines; other options are none', () => {
    const text =
      '[metadata]\nname = x\n[options]\npackages = find:\ninstall_requires =\n    numpy>=1.20\n    # comment\n    scikit-learn==1.4.2 ; python_version > "3.8"\npython_requires = >=3.8\n[options.extras_require]\ndev =\n    pytest\n';
    expect(shown(readSetupCfg('setup.cfg', text))).toEqual([
      ':numpy>=1.20 open 6',
      ':scikit-learn==1.4.2 pinned 8',
      'dev:pytest open 12',
    ]);
  });

  it('gives nothing for an empty or other file', () => {
    expect(readSetupCfg('setup.cfg', '[flake8]\nmax-line-length = 100\n')).toEqual([]);
    expect(readSetupCfg('setup.cfg', '')).toEqual([]);
  });
});

describe('readSetupPy', () => {
  const read = (text: string): string[] => shown(readSetupPy(readPython('setup.py', text), new LineTable(text)));

  it('reads literal lists, also by name, and the extras', () => {
    expect(
      read(
        'from setuptools import setup\nBASE = ["torch==2.1.0"]\nsetup(name="x", install_requires=BASE,\n  extras_require={"gpu": ["xgboost>=2"]})\n',
      ),
    ).toEqual([':torch==2.1.0 pinned 2', 'gpu:xgboost>=2 open 4']);
  });

  it('does not guess at what is computed', () => {
    expect(
      read('from setuptools import setup\nsetup(install_requires=open("requirements.txt").read().splitlines())\n'),
    ).toEqual([]);
    expect(read('print("no setup")\n')).toEqual([]);
  });
});

describe('readCondaEnvironment', () => {
  const environment = yamlOf(
    'name: e\nchannels: [conda-forge]\ndependencies:\n  - python=3.10\n  - conda-forge::numpy==1.24.3\n  - pandas=2.0.1=py310h\n  - scikit-learn>=1.3\n  - pip:\n    - mlflow==2.9.2\n    - -r requirements.txt\n',
  );

  it('tells exact versions as conda does: one equals sign is a prefix', () => {
    expect(isCondaEnvironment(environment)).toBe(true);
    expect(shown(readCondaEnvironment('environment.yml', environment))).toEqual([
      ':python=3.10 open 4',
      ':numpy==1.24.3 pinned 5',
      ':pandas=2.0.1=py310h pinned 6',
      ':scikit-learn>=1.3 open 7',
      'pip:mlflow==2.9.2 pinned 9',
    ]);
  });

  it('is not a Helm chart or a Kubernetes object with dependencies', () => {
    expect(isCondaEnvironment(yamlOf('apiVersion: v2\nname: c\ndependencies: [{ name: redis, version: 1 }]\n'))).toBe(
      false,
    );
    expect(isCondaEnvironment(yamlOf('dependencies: [a, b]\n'))).toBe(false);
  });
});

describe('readLockFile', () => {
  it('reads the packages of Poetry, uv and PDM', () => {
    const text =
      '# generated\n[[package]]\nname = "Scikit_Learn"\nversion = "1.4.2"\n\n[package.dependencies]\nname = "no"\nversion = "0"\n\n[[package]]\nname = "torch"\nversion = "2.1.0"\nsource = { registry = "x" }\n';
    const file = readLockFile('uv.lock', 'uv.lock', text);
    expect('reason' in file ? [] : shown([file])).toEqual([':scikit-learn==1.4.2 pinned 3', ':torch==2.1.0 pinned 11']);
  });

  it('reads Pipenv, and says why it cannot', () => {
    const file = readLockFile(
      'Pipfile.lock',
      'Pipfile.lock',
      '{"default": {"numpy": {"version": "==1.26.4"}, "x": {"git": "y"}}, "develop": {}}',
    );
    expect('reason' in file ? [] : shown([file])).toEqual([':numpy==1.26.4 pinned 1']);
    expect(readLockFile('Pipfile.lock', 'Pipfile.lock', '{"default": ')).toEqual({
      reason: 'broken JSON at line 1: a value is missing',
    });
  });

  it('knows lock files by name', () => {
    expect(lockKind('poetry.lock')).toBe('poetry.lock');
    expect(lockKind('yarn.lock')).toBeUndefined();
    expect(lockKind('constructor')).toBeUndefined();
  });
});

describe('readDependencyGroups', () => {
  it('reads PEP 735, PDM and uv groups; the main list belongs to another reader', () => {
    const text =
      '[project]\ndependencies = ["a"]\n[dependency-groups]\ntest = ["pytest>=8", {include-group = "lint"}]\nlint = [\n  "ruff",\n]\n[tool.uv]\ndev-dependencies = ["mypy==1.8.0"]\n[tool.pdm.dev-dependencies]\ndocs = ["mkdocs[x]>=1"]\n';
    expect(shown(readDependencyGroups('pyproject.toml', text))).toEqual([
      'test:pytest>=8 open 4',
      'lint:ruff open 6',
      'dev-dependencies:mypy==1.8.0 pinned 9',
      'docs:mkdocs>=1 open 11',
    ]);
  });
});
