import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed } from '../ruleTrial.js';

const IMPORT = 'from sklearn.model_selection import train_test_split, KFold, ShuffleSplit\n';
const module = (body: string, imports = IMPORT) => ({ 'src/train.py': `${imports}${body}\n` });
const rule = (body: string, imports = IMPORT) => findings('DET-001', module(body, imports));

describe('DET-001 unseeded-data-split', () => {
  it('finds a split without a seed, with its place', () => {
    expect(rule('def main():\n    a, b = train_test_split(frame, test_size=0.2)')).toMatchObject([
      {
        path: 'src/train.py',
        line: 3,
        severity: 'high',
        subject: 'train_test_split in main',
        evidence: ['src/train.py:3: a, b = train_test_split(frame, test_size=0.2)'],
      },
    ]);
  });

  it.each([
    ['a shuffled fold', 'KFold(5, shuffle=True)', IMPORT],
    ['a shuffle split', 'ShuffleSplit(n_splits=3)', IMPORT],
    ['a literal None', 'train_test_split(x, random_state=None)', IMPORT],
    ['a name of its own', 'split(x)', 'from sklearn.model_selection import train_test_split as split\n'],
    ['a sample that is a part of a split', 'train = frame.sample(frac=0.8)', 'import pandas as pd\n'],
    ['a torch split', 'a, b = random_split(data, [8, 2])', 'from torch.utils.data import random_split\n'],
  ])('finds %s', (_, body, imports) => {
    expect(rule(body, imports)).toHaveLength(1);
  });

  it.each([
    ['a seed', 'train_test_split(x, random_state=7)', IMPORT],
    ['a seed from a variable', 'train_test_split(x, random_state=cfg.seed)', IMPORT],
    ['no shuffling', 'train_test_split(x, shuffle=False)', IMPORT],
    ['a variable that decides on shuffling', 'train_test_split(x, shuffle=cfg.shuffle)', IMPORT],
    ['a fold that does not shuffle', 'KFold(5)', IMPORT],
    ['keywords that are not known', 'train_test_split(x, **options)', IMPORT],
    ['somebody else’s function of that name', 'train_test_split(x)', 'from mine import train_test_split\n'],
    ['a sample that is no part of a split', 'preview = frame.sample(n=5)', 'import pandas as pd\n'],
    ['a sample of the standard library', 'train = random.sample(rows, 5)', 'import random\nimport pandas as pd\n'],
    ['a shuffle of all rows', 'train = frame.sample(frac=1)', 'import pandas as pd\n'],
    ['a torch split with a generator', 'random_split(data, [8, 2], g)', 'from torch.utils.data import random_split\n'],
  ])('is silent on %s', (_, body, imports) => {
    expect(rule(body, imports)).toEqual([]);
  });

  it.each(['tests/train.py', 'src/test_train.py', 'docs/train.py', 'examples/train.py'])(
    'does not look at %s',
    (path) => {
      expect(findings('DET-001', { [path]: `${IMPORT}train_test_split(x)\n` })).toEqual([]);
    },
  );

  it('says nothing on a file that is not Python', () => {
    expect(rule('train_test_split(x)\nprint "no python 3" if (')).toEqual([]);
  });

  it('thinks less of it where a global seed comes first', () => {
    expect(rule('np.random.seed(1)\ntrain_test_split(x)', `import numpy as np\n${IMPORT}`)).toMatchObject([
      { severity: 'low' },
    ]);
    expect(rule('train_test_split(x)\nnp.random.seed(1)', `import numpy as np\n${IMPORT}`)).toMatchObject([
      { severity: 'high' },
    ]);
  });

  it('has no fix for torch, and keeps the two of one function apart', () => {
    expect(rule('random_split(d, [1])', 'from torch.utils.data import random_split\n')).toMatchObject([
      { fixable: false },
    ]);
    const two = rule('def f():\n    train_test_split(a)\n    train_test_split(b)');
    expect(two.map(({ subject }) => subject)).toEqual(['train_test_split in f', 'train_test_split in f (2)']);
    expect(new Set(two.map(({ id }) => id)).size).toBe(2);
  });

  it('appends the seed to the call and changes no other line', () => {
    const files = module('a, b = train_test_split(frame, test_size=0.2)  # keep');
    expect(changedLines(files['src/train.py'] as string, fixed('DET-001', files))).toEqual([
      '-a, b = train_test_split(frame, test_size=0.2)  # keep',
      '+a, b = train_test_split(frame, test_size=0.2, random_state=42)  # keep',
    ]);
  });

  it('gives a call with an argument a line a line more, with the file’s ending', () => {
    const text = `${IMPORT}a = train_test_split(\n    frame,\n    test_size=0.2,  # a fifth\n)\n`.replaceAll(
      '\n',
      '\r\n',
    );
    expect(fixed('DET-001', { 'src/train.py': text })).toBe(
      text.replace('# a fifth\r\n', '# a fifth\r\n    random_state=42,\r\n'),
    );
  });

  it('puts it behind a comma on the same line, replaces None, and fills an empty call', () => {
    expect(fixed('DET-001', module('train_test_split(x, y,)'))).toContain('train_test_split(x, y, random_state=42)');
    expect(fixed('DET-001', module('train_test_split(x, random_state=None)'))).toContain(
      'train_test_split(x, random_state=42)',
    );
    expect(fixed('DET-001', module('ShuffleSplit()'))).toContain('ShuffleSplit(random_state=42)');
  });

  it('takes the seed of the nearest params.yaml', () => {
    const files = { ...module('train_test_split(x)'), 'params.yaml': 'train:\n  lr: 0.1\n  seed: 1234\n' };
    expect(fixed('DET-001', files)).toContain('train_test_split(x, random_state=1234)');
  });

  it.each([
    ['two seeds', 'a: {seed: 1}\nb: {random_state: 2}\n'],
    ['a seed that is no number', 'seed: "${SEED}"\n'],
    ['broken YAML', 'seed: [1\n'],
  ])('takes 42 where params.yaml has %s', (_, params) => {
    expect(fixed('DET-001', { ...module('train_test_split(x)'), 'params.yaml': params })).toContain('random_state=42');
  });

  it('keeps a missing final newline', () => {
    expect(fixed('DET-001', { 'src/train.py': `${IMPORT}train_test_split(x)` })).toBe(
      `${IMPORT}train_test_split(x, random_state=42)`,
    );
  });
});
