import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed } from '../ruleTrial.js';

const files = (code: string) => ({ 'pipelines/train.py': code });
const rule = (code: string) => findings('DET-002', files(code));

const FOREST = 'from sklearn.ensemble import RandomForestClassifier\n';

describe('DET-002 unseeded-stochastic-estimator', () => {
  it('finds a forest without a seed', () => {
    expect(rule(`${FOREST}model = RandomForestClassifier(n_estimators=10)\n`)).toMatchObject([
      { path: 'pipelines/train.py', line: 2, severity: 'medium', subject: 'RandomForestClassifier', fixable: true },
    ]);
  });

  it.each([
    ['SGDClassifier', 'from sklearn.linear_model import SGDClassifier\nSGDClassifier()\n'],
    ['KMeans', 'from sklearn import cluster\ncluster.KMeans(3)\n'],
    ['a random search', 'import sklearn.model_selection as ms\nms.RandomizedSearchCV(m, p)\n'],
    [
      'a logistic regression by saga',
      'from sklearn.linear_model import LogisticRegression\nLogisticRegression(solver="saga")\n',
    ],
    ['a support vector classifier that gives probabilities', 'from sklearn.svm import SVC\nSVC(probability=True)\n'],
    ['a randomized decomposition', 'from sklearn.decomposition import TruncatedSVD\nTruncatedSVD(2)\n'],
  ])('finds %s', (_, code) => {
    expect(rule(code)).toHaveLength(1);
  });

  it.each([
    ['a seed', `${FOREST}RandomForestClassifier(random_state=0)\n`],
    ['a seed from a variable', `${FOREST}RandomForestClassifier(random_state=seed)\n`],
    ['parameters that are not known', `${FOREST}RandomForestClassifier(**params)\n`],
    ['a seed that is set later', `${FOREST}m = RandomForestClassifier()\nm.set_params(random_state=1)\n`],
    ['XGBoost, whose seed is 0', 'from xgboost import XGBClassifier\nXGBClassifier()\n'],
    ['LightGBM', 'from lightgbm import LGBMClassifier\nLGBMClassifier()\n'],
    ['a linear regression', 'from sklearn.linear_model import LinearRegression\nLinearRegression()\n'],
    ['a ridge', 'from sklearn.linear_model import Ridge\nRidge()\n'],
    ['a logistic regression by lbfgs', 'from sklearn.linear_model import LogisticRegression\nLogisticRegression()\n'],
    ['a support vector classifier', 'from sklearn.svm import SVC\nSVC()\n'],
    ['a class of the repository’s own', 'from mine import RandomForestClassifier\nRandomForestClassifier()\n'],
    ['broken code', `${FOREST}RandomForestClassifier(\ndef (\n`],
  ])('is silent on %s', (_, code) => {
    expect(rule(code)).toEqual([]);
  });

  it('does not look at tests', () => {
    expect(findings('DET-002', { 'tests/test_model.py': `${FOREST}RandomForestClassifier()\n` })).toEqual([]);
  });

  it('adds a line to a call that has one argument a line', () => {
    const code = `${FOREST}model = RandomForestClassifier(\n    n_estimators=10,\n    max_depth=3,\n)\n`;
    expect(changedLines(code, fixed('DET-002', files(code)))).toEqual(['+    random_state=42,']);
  });

  it('appends to the last argument where no comma follows it', () => {
    const code = `${FOREST}model = RandomForestClassifier(\n    n_estimators=10,\n    max_depth=3\n)\n`;
    expect(changedLines(code, fixed('DET-002', files(code)))).toEqual([
      '-    max_depth=3',
      '+    max_depth=3, random_state=42',
    ]);
  });
});
