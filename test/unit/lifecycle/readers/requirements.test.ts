import { describe, expect, it } from 'vitest';
import { readPyproject, readRequirements } from '../../../../src/lifecycle/readers/requirements.js';

describe('readRequirements', () => {
  it('reads names, specifiers, pins and lines', () => {
    const text =
      '# base\nscikit_learn==1.4.2  # model\nPandas>=2,<3\nmlflow\n\nuvicorn[standard]==0.30.*\nx @ git+https://h/x@0123456789012345678901234567890123456789\n';
    const { requirements } = readRequirements('requirements.txt', text);
    expect(requirements.map(({ name, specifier, pinned, line }) => [name, specifier, pinned, line])).toEqual([
      ['scikit-learn', '==1.4.2', true, 2],
      ['pandas', '>=2,<3', false, 3],
      ['mlflow', '', false, 4],
      ['uvicorn', '==0.30.*', false, 6],
      ['x', 'git+https://h/x@0123456789012345678901234567890123456789', true, 7],
    ]);
    expect(requirements[0]?.version).toBe('1.4.2');
    const range = requirements[1]?.range;
    expect(text.slice(range?.start, range?.end)).toBe('Pandas>=2,<3');
  });

  it('joins continuation lines with hashes, keeps markers, and reads -r and -c', () => {
    const file = readRequirements(
      'requirements.txt',
      '-r base.txt\n-c constraints.txt\n--index-url https://x\nnumpy==2.0.0 ; python_version < "3.13" \\\n    --hash=sha256:aa\ntorch==2.1\r\n',
    );
    expect(file.includes).toEqual(['base.txt']);
    expect(file.constraints).toEqual(['constraints.txt']);
    expect(file.requirements).toMatchObject([
      { name: 'numpy', hashed: true, marker: 'python_version < "3.13"', line: 4, endLine: 5 },
      { name: 'torch', version: '2.1', line: 6 },
    ]);
  });

  it('leaves out what is no requirement', () => {
    expect(readRequirements('requirements.txt', './local\nhttps://x/y.whl\n%%%\n').requirements).toEqual([]);
  });
});

describe('readPyproject', () => {
  it('reads project and Poetry tables, extras in brackets included', () => {
    const files = readPyproject(
      'pyproject.toml',
      '[project]\nname = "x"\ndependencies = [\n  "uvicorn[standard]>=0.3",\n  "numpy==2.0.0",\n]\n[project.optional-dependencies]\ndev = ["pytest"]\n[tool.poetry.dependencies]\npython = "^3.11"\nmlflow = "2.9.0"\n',
    );
    expect(
      files.map(({ group, requirements }) => [group, requirements.map(({ name, pinned }) => [name, pinned])]),
    ).toEqual([
      [
        'dependencies',
        [
          ['uvicorn', false],
          ['numpy', true],
        ],
      ],
      ['optional:dev', [['pytest', false]]],
      ['poetry', [['mlflow', true]]],
    ]);
  });
});
