import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Component, LifecycleMap } from '../../../src/contract/lifecycle.js';
import { type Label, readLabels } from '../../support/corpus/labels.js';
import { type FindingToMatch, matchRisks } from '../../support/corpus/matchRisks.js';
import { measureCorpus } from '../../support/corpus/measureCorpus.js';
import { renderFigures } from '../../support/corpus/renderFigures.js';

const EMPTY_MAP: LifecycleMap = { commit: 'x', components: [], edges: [], unknowns: [], unreadable: [] };

function label(kind: string, path: string, rest: Partial<Label> = {}): Label {
  return { kind, path, why: '', weak: false, in_archive: true, also: [], ...rest };
}

function finding(answers: string[], path: string, line: number): FindingToMatch {
  return { rule: 'X-001', path, line, message: 'm', answers };
}

function judge(one: FindingToMatch, labels: { risks?: Label[]; neutral?: Label[]; clean?: Label[] }, map = EMPTY_MAP) {
  const { judged, missed } = matchRisks([one], { risks: [], neutral: [], clean: [], ...labels }, map);
  return { as: judged[0]?.as, missed: missed.length };
}

describe('matching findings with labels', () => {
  it('takes a line within ten of the label for the same place, and one eleven away for another', () => {
    const risks = [label('a', 'f', { line: 20 })];
    expect(judge(finding(['a'], 'f', 30), { risks })).toEqual({ as: 'true', missed: 0 });
    expect(judge(finding(['a'], 'f', 31), { risks })).toEqual({ as: 'unmatched', missed: 1 });
    expect(judge(finding(['a'], 'g', 20), { risks })).toEqual({ as: 'unmatched', missed: 1 });
    expect(judge(finding(['b'], 'f', 20), { risks })).toEqual({ as: 'unmatched', missed: 1 });
  });

  it('takes the further places of a label for it too', () => {
    const risks = [label('a', 'f', { line: 20, also: ['g:7'] })];
    expect(judge(finding(['a'], 'g', 7), { risks })).toEqual({ as: 'true', missed: 0 });
  });

  it('finds a risk of the whole repository anywhere', () => {
    const risks = [label('no-rollback-path', 'f', { line: 1, scope: 'repo' })];
    expect(judge(finding(['no-rollback-path'], 'elsewhere', 99), { risks })).toEqual({ as: 'true', missed: 0 });
  });

  it('finds a risk of a component in the same project only', () => {
    const component = (path: string, project: string): Component => ({
      ...{ id: path, stage: 'deployment', kind: 'k', name: 'n', path, evidence: '', project },
      lines: { start: 1, end: 1 },
    });
    const map = { ...EMPTY_MAP, components: [component('a/x', 'a'), component('a/y', 'a'), component('b/z', 'b')] };
    const risks = [label('k', 'a/x', { scope: 'component' })];
    expect(judge(finding(['k'], 'a/y', 1), { risks }, map).as).toBe('true');
    expect(judge(finding(['k'], 'b/z', 1), { risks }, map).as).toBe('unmatched');
  });

  it('looks at risks first, then at what is neutral, then at what is clean', () => {
    const at = (kind: string) => [label(kind, 'f', { line: 5 })];
    const one = finding(['a'], 'f', 5);
    expect(judge(one, { risks: at('a'), neutral: at('a'), clean: at('a') }).as).toBe('true');
    expect(judge(one, { neutral: at('a'), clean: at('a') }).as).toBe('neutral');
    expect(judge(one, { clean: at('a') }).as).toBe('false');
  });

  it('holds a clean label against findings within three lines, or in the whole file when it names no line', () => {
    expect(judge(finding(['a'], 'f', 8), { clean: [label('a', 'f', { line: 5 })] }).as).toBe('false');
    expect(judge(finding(['a'], 'f', 9), { clean: [label('a', 'f', { line: 5 })] }).as).toBe('unmatched');
    expect(judge(finding(['a'], 'f', 900), { clean: [label('a', 'f')] }).as).toBe('false');
  });

  it('holds a clean label of an absence against the whole repository', () => {
    const clean = [label('no-promotion-gate', 'f', { line: 5 })];
    expect(judge(finding(['no-promotion-gate'], 'other', 1), { clean }).as).toBe('false');
  });
});

const LABELS = `
repo: acme/churn
lifecycle:
  training:
  - { path: src/train.py, lines: '4', evidence: fits }
  registration: []
  deployment:
  - { path: Dockerfile, evidence: absent file }
  monitoring:
  - { path: notes.ipynb, evidence: left out, in_archive: false }
risks:
- { kind: unseeded-training, path: src/train.py, line: 4, scope: line, why: no seed }
- { kind: no-data-version, path: src/train.py, line: 4, scope: repo, weak: true, why: none }
- { kind: secrets-in-repo, path: x.ipynb, line: 1, in_archive: false, why: left out }
clean:
- { kind: unpinned-dependency, path: requirements.txt, line: 1, why: "said to be fine" }
`;
const TRAIN = `from sklearn.ensemble import RandomForestClassifier

def train(x, y):
    model = RandomForestClassifier().fit(x, y)
    return model
`;

describe('measuring a corpus', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-labels-'));
    const files: Record<string, string> = { 'src/train.py': TRAIN, 'requirements.txt': 'scikit-learn\n' };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'in', path)), { recursive: true });
      writeFileSync(join(folder, 'in', path), text);
    }
    mkdirSync(join(folder, 'corpus/files'), { recursive: true });
    writeFileSync(join(folder, 'corpus/acme__churn.yaml'), LABELS);
    execFileSync('tar', ['-czf', join(folder, 'corpus/files/acme__churn.tar.gz'), '-C', join(folder, 'in'), '.']);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('counts by stage and kind, leaves out what the archive lacks, and ends with the summary', () => {
    const figures = measureCorpus(join(folder, 'corpus'));
    expect(figures.repositories).toBe(1);
    expect(figures.map.training).toEqual({
      precision: { right: 1, of: 1, share: 1 },
      recall: { right: 1, of: 1, share: 1 },
    });
    expect(figures.map.deployment.recall).toEqual({ right: 0, of: 1, share: 0 });
    expect(figures.map.monitoring.recall).toEqual({ right: 0, of: 0, share: null });
    expect(figures.risks['unseeded-training']).toMatchObject({
      precision: { right: 1, of: 1 },
      recall: { right: 1, of: 1 },
      rules: ['DET-001', 'DET-002'],
    });
    expect(figures.risks['no-data-version']).toMatchObject({ recall: { of: 0 }, recallWithWeak: { right: 0, of: 1 } });
    expect(figures.risks['unpinned-dependency']).toMatchObject({ precision: { right: 0, of: 1 } });
    expect(figures.riskFalse).toEqual([
      expect.objectContaining({ path: 'requirements.txt', line: 1, what: expect.stringContaining('said to be fine') }),
    ]);
    expect(figures.riskMisses).toEqual([
      expect.objectContaining({ path: 'src/train.py', line: 4, what: 'no-data-version: none', weak: true }),
    ]);
    expect(figures.summary.map.recall).toBe(0.5);
    expect(figures.summary.risks).toEqual({ precision: 0.5, recall: 1 });
    expect(figures.summary.risksWithWeak.recall).toBe(0.5);
    expect(Object.keys(figures).at(-1)).toBe('summary');
  });

  it('prints every miss and every false report with its place', () => {
    const text = renderFigures(measureCorpus(join(folder, 'corpus')));
    expect(text).toContain('acme/churn Dockerfile  deployment: absent file');
    expect(text).toContain('acme/churn src/train.py:4  no-data-version: none (weak');
    expect(text).toContain('acme/churn requirements.txt:1  REP-002');
  });

  it('names the file whose labels or archive cannot be used', () => {
    writeFileSync(join(folder, 'corpus/b__c.yaml'), 'repo: b/c\n');
    expect(() => readLabels(join(folder, 'corpus'))).toThrow(/b__c\.yaml/);
    writeFileSync(join(folder, 'corpus/b__c.yaml'), 'repo: b/c\nlifecycle: {}\n');
    expect(() => readLabels(join(folder, 'corpus'))).toThrow(/b__c\.tar\.gz is missing/);
    expect(() => readLabels(join(folder, 'in'))).toThrow(/no label file/);
  });
});
