import { expect } from 'vitest';
import type { Risk } from '../../../src/contract/risk.js';
import { buildLifecycle } from '../../../src/lifecycle/buildLifecycle.js';
import { assess, fixFor } from '../../../src/risks/catalogue.js';
import type { RuleContext } from '../../../src/risks/rule.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';

export type Files = Record<string, string>;

/** A module that trains, so that a repository of literal files is about a model. */
export const TRAINING: Files = {
  'src/train.py': 'from sklearn.linear_model import LinearRegression\n\nmodel = LinearRegression().fit(x, y)\n',
};

/** A module that serves. */
export const SERVING: Files = {
  'src/serve.py':
    'import joblib\nfrom fastapi import FastAPI\n\napp = FastAPI()\nmodel = joblib.load("model.pkl")\n\n\n@app.post("/predict")\ndef predict(x: list):\n    return model.predict(x)\n',
};

export function contextOf(files: Files): RuleContext {
  const snapshot = memorySnapshot(files);
  return { snapshot, ...buildLifecycle(snapshot) };
}

/** What one rule finds. */
export function findings(rule: string, files: Files): Risk[] {
  return assess(contextOf(files)).filter((risk) => risk.rule === rule);
}

/**
 * Applies the fix of the rule's only finding and gives the text of the file it changes. The fix
 * must close the risk, bring no other, and have nothing to do a second time.
 */
export function fixed(rule: string, files: Files): string {
  const before = assess(contextOf(files));
  const own = before.filter((risk) => risk.rule === rule);
  expect(own.map(({ subject }) => subject)).toHaveLength(1);
  const risk = own[0] as Risk;
  expect(risk.fixable).toBe(true);
  const fix = fixFor(risk, contextOf(files));
  if ('unfixable' in fix) throw new Error(fix.unfixable);
  expect(fix.edits).toHaveLength(1);
  expect(fix.reason).not.toBe('');
  expect(fix.tradeOff).not.toBe('');
  const [edit] = fix.edits;
  const path = edit?.path as string;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(edit?.content);
  const changed = { ...files, [path]: text };
  expect(findings(rule, changed)).toEqual([]);
  const known = new Set(before.map(({ id }) => id));
  expect(assess(contextOf(changed)).filter(({ id }) => !known.has(id))).toEqual([]);
  expect('unfixable' in fixFor(risk, contextOf(changed))).toBe(true);
  return text;
}

/** Lines that stand in only one of two texts: `-` those of the first, `+` those of the second, in order. */
export function changedLines(before: string, after: string): string[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [
    ...a.slice(start, a.length - end).map((line) => `-${line}`),
    ...b.slice(start, b.length - end).map((line) => `+${line}`),
  ];
}
