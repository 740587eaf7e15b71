import { describe, expect, it } from 'vitest';
import { mechanicalFixes } from '../../../src/planning/mechanicalFixes.js';
import { assess } from '../../../src/risks/catalogue.js';
import { contextOf, type Files } from '../risks/ruleTrial.js';

const SPLITS = `from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split

def one(x, y):
    a, b, c, d = train_test_split(x, y)
    return LinearRegression().fit(a, c)


def other(x, y):
    a, b, c, d = train_test_split(x, y)
    return LinearRegression().fit(a, c)
`;

function fixesOf(files: Files) {
  const context = contextOf(files);
  return mechanicalFixes(
    assess(context).filter(({ fixable }) => fixable),
    context,
  );
}

function textOf(content: Uint8Array | undefined): string {
  return new TextDecoder().decode(content);
}

describe('mechanical fixes of several risks', () => {
  it('are put together in one file and over several, each in only the lines that it means', () => {
    const { edits, fixed, left, patch } = fixesOf({ 'src/a.py': SPLITS, 'src/b.py': SPLITS });
    expect(fixed.map(({ risk }) => `${risk.path}:${risk.line}`).sort()).toEqual([
      'src/a.py:10',
      'src/a.py:5',
      'src/b.py:10',
      'src/b.py:5',
    ]);
    expect(left).toEqual([]);
    expect(edits.map(({ path }) => path)).toEqual(['src/a.py', 'src/b.py']);
    const seeded = SPLITS.replaceAll('train_test_split(x, y)', 'train_test_split(x, y, random_state=42)');
    expect(edits.map(({ content }) => textOf(content))).toEqual([seeded, seeded]);
    expect(patch.match(/^[-+] /gm)).toHaveLength(8);
  });

  it('have nothing to do a second time', () => {
    const [edit] = fixesOf({ 'src/a.py': SPLITS }).edits;
    expect(fixesOf({ 'src/a.py': textOf(edit?.content) })).toEqual({ edits: [], fixed: [], left: [], patch: '' });
  });

  it('keep line ends as they are', () => {
    const [edit] = fixesOf({ 'src/a.py': SPLITS.replaceAll('\n', '\r\n') }).edits;
    expect(textOf(edit?.content).replaceAll('\r\n', '')).not.toContain('\n');
  });
});
