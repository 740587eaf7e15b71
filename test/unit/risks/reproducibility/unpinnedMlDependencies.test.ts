import { describe, expect, it } from 'vitest';
import { findings, TRAINING } from '../ruleTrial.js';

const rule = (files: Record<string, string>) => findings('REP-002', { ...TRAINING, ...files });

describe('REP-002 unpinned-ml-dependencies', () => {
  it('finds packages of the model without a version, at the first of them', () => {
    const [risk] = rule({ 'requirements.txt': 'fastapi==0.110.0\nscikit-learn\npandas>=2.0\nnumpy==1.26.4\n' });
    expect(risk).toMatchObject({
      path: 'requirements.txt',
      line: 2,
      severity: 'high',
      subject: 'requirements',
      fixable: false,
    });
    expect(risk?.message).toContain('scikit-learn and pandas');
  });

  it('thinks little of others', () => {
    expect(rule({ 'requirements.txt': 'scikit-learn==1.4.2\nfastapi\n' })).toMatchObject([
      { line: 2, severity: 'low' },
    ]);
  });

  it.each([
    ['pins', { 'requirements.txt': 'scikit-learn==1.4.2\n' }],
    ['a lock beside it', { 'requirements.txt': 'scikit-learn\n', 'uv.lock': 'version = 1\n' }],
    ['a lock above it', { 'app/requirements.txt': 'scikit-learn\n', 'poetry.lock': '' }],
    [
      'constraints',
      { 'requirements.txt': '-c constraints.txt\nscikit-learn\n', 'constraints.txt': 'scikit-learn==1.4.2\n' },
    ],
    [
      'constraints of the command',
      { 'requirements.txt': 'scikit-learn\n', Dockerfile: 'FROM x\nRUN pip install -r requirements.txt -c pins.txt\n' },
    ],
    [
      'a source with its compiled file',
      { 'requirements.in': 'scikit-learn\n', 'requirements.txt': 'scikit-learn==1.4.2\n' },
    ],
    ['files for developers', { 'requirements-dev.txt': 'pandas\n' }],
    ['a list that nothing installs', { 'requirements-core.txt': 'pandas\n' }],
    ['documentation', { 'docs/requirements.txt': 'pandas\n' }],
    ['a repository by its commit', { 'requirements.txt': `torch @ git+https://x/torch@${'a'.repeat(40)}\n` }],
    ['nothing at all', { 'requirements.txt': '# none yet\n' }],
  ])('is silent on %s', (_, files) => {
    expect(rule(files as Record<string, string>)).toEqual([]);
  });

  it('finds a list that an image installs, whatever its name', () => {
    const files = {
      'requirements-core.txt': 'pandas\n',
      Dockerfile: 'FROM x\nCOPY requirements-core.txt .\nRUN pip install -r requirements-core.txt\n',
    };
    const [risk] = rule(files);
    expect(risk).toMatchObject({ path: 'requirements-core.txt' });
    expect(risk?.evidence).toContain('Dockerfile:3: RUN pip install -r requirements-core.txt');
  });

  it('finds packages that an image installs by name', () => {
    expect(rule({ Dockerfile: 'FROM x\nRUN pip install mlflow boto3==1.34.0\n' })).toMatchObject([
      { path: 'Dockerfile', line: 2, severity: 'high', subject: 'pip install' },
    ]);
    expect(rule({ Dockerfile: 'FROM x\nRUN pip install mlflow==2.12.1\nRUN pip install -U pip setuptools\n' })).toEqual(
      [],
    );
  });

  it('is silent without a model', () => {
    expect(findings('REP-002', { 'requirements.txt': 'flask\n' })).toEqual([]);
  });
});
