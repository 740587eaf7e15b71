import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/contract/digest.js';
import { FOCUS_AREAS, type Risk } from '../../../src/contract/risk.js';
import { severityRank } from '../../../src/contract/severity.js';
import { assess, fixFor, RULES } from '../../../src/risks/catalogue.js';
import { contextOf, type Files } from './ruleTrial.js';

const ROOT = join(import.meta.dirname, '../../..');
const SAMPLE = join(ROOT, 'examples/fraud-scorer');

function filesBelow(folder: string, at = ''): Files {
  const files: Files = {};
  for (const entry of readdirSync(join(folder, at), { withFileTypes: true })) {
    const path = at === '' ? entry.name : `${at}/${entry.name}`;
    // Earlier states of the sample, from which its history is made.
    if (path === 'history') continue;
    if (entry.isDirectory()) Object.assign(files, filesBelow(folder, path));
    else files[path] = readFileSync(join(folder, path), 'utf8');
  }
  return files;
}

describe('the catalogue of rules', () => {
  it('has an id and a name for each rule once, in all seven focus areas', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
    expect(new Set(RULES.map(({ area }) => area))).toEqual(new Set(FOCUS_AREAS));
  });

  it.each(RULES.map((rule) => [rule.id, rule] as const))(
    'has a page for %s that names it and its source',
    (id, rule) => {
      expect(rule.page).toBe(`${rule.area}/${rule.name}.md`);
      const page = join(ROOT, 'docs/risks', rule.page);
      expect(existsSync(page)).toBe(true);
      const text = readFileSync(page, 'utf8');
      expect(text).toContain(`# ${id} ${rule.name}`);
      for (const heading of ['## What', '## Why', '## When it is silent', '## Fix']) expect(text).toContain(heading);
    },
  );

  it('finds the faults of the sample and nothing else', () => {
    const risks = assess(contextOf(filesBelow(SAMPLE)));
    expect(risks.map(({ rule, path, subject, fixable }) => [rule, path, subject, fixable].join(' '))).toEqual([
      'LIN-009 .github/workflows/train.yml Model quality gate true',
      'INC-001 monitoring/alertmanager.yml ml-oncall true',
      'MON-001 monitoring/rules/fraud-scorer.rules.yml FeatureDriftHigh true',
      'LIN-008 src/fraud_scorer/promote.py promote false',
      'RBK-002 deploy/inference-service.yaml InferenceService/fraud-scorer kserve-container false',
      'REP-002 requirements.txt requirements false',
      'DET-001 src/fraud_scorer/train.py train_test_split in main true',
      'REP-004 .github/workflows/train.yml iterative/setup-dvc@v1 false',
      'REP-001 Dockerfile python:3.11-slim false',
      'DET-002 src/fraud_scorer/train.py SGDClassifier in main true',
      'CAN-011 deploy/inference-service.yaml gradual rollout false',
    ]);
  });

  it('gives the same list for the same files, the worst first', () => {
    const files = filesBelow(SAMPLE);
    const risks = assess(contextOf(files));
    expect(assess(contextOf(files))).toEqual(risks);
    const ranks = risks.map(({ severity }) => severityRank(severity));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
  });

  it('keeps the contract’s bounds on evidence and says why there is no fix', () => {
    for (const risk of assess(contextOf(filesBelow(SAMPLE)))) {
      expect(risk.evidence.length).toBeGreaterThan(0);
      expect(risk.evidence.length).toBeLessThanOrEqual(5);
      for (const line of risk.evidence) expect(line.length).toBeLessThanOrEqual(200);
      expect(risk.unfixableBecause === undefined).toBe(risk.fixable);
      expect(risk.message.split('. ')).toHaveLength(1);
    }
  });

  it('makes ids that stay when lines move', () => {
    const code = 'from sklearn.model_selection import train_test_split\ntrain_test_split(x)\n';
    const [risk] = assess(contextOf({ 'train.py': code }));
    const [moved] = assess(contextOf({ 'train.py': `# a comment\n\n${code}` }));
    expect(risk?.id).toBe(`DET-001:${digestOf(['train.py', 'train_test_split']).slice(0, 12)}`);
    expect(moved).toMatchObject({ id: risk?.id, line: (risk?.line ?? 0) + 2 });
  });

  it('fixes the whole sample in any order, to a state without the fixable risks', () => {
    let files = filesBelow(SAMPLE);
    for (let round = 0; round < 10; round += 1) {
      const context = contextOf(files);
      const risk =
        assess(context).filter(({ fixable }) => fixable)[round % 2 === 0 ? 0 : -1] ??
        assess(context).find(({ fixable }) => fixable);
      if (!risk) break;
      const fix = fixFor(risk, context);
      if ('unfixable' in fix) throw new Error(fix.unfixable);
      for (const { path, content } of fix.edits)
        files = { ...files, [path]: new TextDecoder('utf-8', { ignoreBOM: true }).decode(content) };
    }
    // With a gate in CI that can fail, the promotion stands behind a comparison.
    expect(assess(contextOf(files)).map(({ rule }) => rule)).toEqual([
      'RBK-002',
      'REP-002',
      'REP-004',
      'REP-001',
      'CAN-011',
    ]);
  });

  it('has no fix for a rule without one, and refuses a rule that does not exist', () => {
    const context = contextOf(filesBelow(SAMPLE));
    const risk = assess(context).find(({ rule }) => rule === 'RBK-002') as Risk;
    expect(fixFor(risk, context)).toEqual({ unfixable: risk.unfixableBecause });
    expect(() => fixFor({ ...risk, rule: 'XYZ-001' }, context)).toThrowError(
      expect.objectContaining({ code: 'MLOPS-INT-001' }),
    );
  });

  it('gives nothing for an empty repository and throws for no content', () => {
    expect(assess(contextOf({}))).toEqual([]);
    const hostile: Files = {
      'train.py': `${'('.repeat(5000)}train_test_split(`,
      'rules.yml':
        'groups: [{rules: [{alert: "__proto__", expr: "a{b=~\\"(((\\"} > 1", labels: {__proto__: x, constructor: y}}]}]',
      'alertmanager.yml':
        'route: {receiver: __proto__, routes: [{match_re: {a: "((((.*)*)*)*"}}]}\nreceivers: [{name: __proto__}, {}, 3]',
      'prometheus.yml': 'scrape_configs: []\nrule_files: ["[", "***", "{a,b}", 3, null]',
      Dockerfile: 'FROM\nRUN pip install',
      'requirements.txt': '-r\n==\n@@@@\n',
      '.github/workflows/a.yml': 'on: [\njobs: {a: {steps: [3, null, {run: "|| true"}]}}',
      'k8s/a.yaml': 'kind: Deployment\nspec: {template: {spec: {containers: [null, {image: 3}]}}}',
      'kustomization.yaml': 'images: {a: b}',
    };
    expect(() => assess(contextOf(hostile))).not.toThrow();
  });
});
