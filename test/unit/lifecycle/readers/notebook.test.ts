import { describe, expect, it } from 'vitest';
import { readNotebook } from '../../../../src/lifecycle/readers/notebook.js';

const notebook = (cells: unknown[], metadata: unknown = {}): string =>
  JSON.stringify({ nbformat: 4, metadata, cells }, null, 1);
const code = (...source: string[]): unknown => ({ cell_type: 'code', source });

describe('readNotebook', () => {
  it('reads code cells as one module, with the lines of the notebook file', () => {
    const text = notebook([
      { cell_type: 'markdown', source: ['model.fit(no)'] },
      code('%matplotlib inline\n', '!pip install x\n', 'from sklearn.svm import SVC\n', 'model = SVC()'),
      code('model.fit(X,\n', '          y)'),
    ]);
    const reading = readNotebook('n.ipynb', text);
    if ('reason' in reading) throw new Error(reading.reason);
    const lines = text.split('\n');
    const fit = reading.module.calls.find(({ callee }) => callee === 'model.fit');
    expect(reading.cells).toBe(2);
    expect(lines[(fit?.line ?? 0) - 1]).toContain('model.fit(X,');
    expect(lines[(fit?.endLine ?? 0) - 1]).toContain('y)');
    expect(reading.module.roles).toEqual(['train']);
    expect(lines[(reading.module.roleEvidence[0]?.line ?? 0) - 1]).toContain('model.fit(X,');
    expect(reading.module.syntaxErrors).toBe(false);
  });

  it('reads a source that is one string, and takes a cell of another language for none', () => {
    const reading = readNotebook(
      'n.ipynb',
      notebook([
        { cell_type: 'code', source: '%%bash\npython train.py\nx = (' },
        { cell_type: 'code', source: 'a = 1\nb = f(a)' },
      ]),
    );
    if ('reason' in reading) throw new Error(reading.reason);
    expect(reading.module.syntaxErrors).toBe(false);
    expect(reading.module.calls.map(({ callee }) => callee)).toEqual(['f']);
  });

  it.each([
    ['{"nbformat": 4, "cells": [', 'broken JSON at line 1: a value is missing'],
    ['{"cells": []}', 'no notebook: "nbformat" is missing'],
    [notebook([], { kernelspec: { language: 'R' } }), "the notebook's language is R"],
    [`${'['.repeat(5000)}`, 'nested deeper than 128 levels'],
  ])('says why %j cannot be read', (text, reason) => {
    expect(readNotebook('n.ipynb', text)).toEqual({ reason });
  });
});
