import { describe, expect, it } from 'vitest';
import { ModuleIndex } from '../../../src/lifecycle/moduleIndex.js';
import { readPython } from '../../../src/lifecycle/readers/python.js';

const index = new ModuleIndex(
  ['a/app/main.py', 'b/app/main.py', 'b/ml/train.py', 'training/__init__.py'].map((path) =>
    readPython(path, 'import os\n'),
  ),
);
const run = (command: string, folder = ''): string[] => index.runBy(command, folder).map(({ path }) => path);

describe('ModuleIndex.runBy', () => {
  it.each<[string, string, string[]]>([
    ['python ml/train.py --lr 1', 'b', ['b/ml/train.py']],
    ['python /app/ml/train.py', '', ['b/ml/train.py']],
    ['cd x && python -m ml.train', '', ['b/ml/train.py']],
    ['["python", "-m", "ml.train"]', '', ['b/ml/train.py']],
    ['uvicorn app.main:app', 'a', ['a/app/main.py']],
    ['uvicorn app.main:app', 'b', ['b/app/main.py']],
    ['if python ml/train.py; then echo ok; fi', 'b', ['b/ml/train.py']],
  ])('finds what %j runs in %j', (command, folder, expected) => {
    expect(run(command, folder)).toEqual(expected);
  });

  it.each([
    'if [ -f "b/ml/train.py" ]; then echo yes; fi',
    'flake8 b/ml/train.py',
    'cp b/ml/train.py /tmp/ && git add b/ml/train.py',
    'docker build -t training:latest .',
    'python other.py',
  ])('finds nothing that %j runs', (command) => {
    expect(run(command)).toEqual([]);
  });

  it('gives both where two projects are equally near', () => {
    expect(run('uvicorn app.main:app')).toEqual(['a/app/main.py', 'b/app/main.py']);
  });
});
