import { describe, expect, it } from 'vitest';
import { findings } from '../ruleTrial.js';

const MLFLOW = 'from mlflow import MlflowClient\n\nclient = MlflowClient()\n';
const rule = (code: string, more: Record<string, string> = {}) =>
  findings('LIN-008', { 'src/pkg/promote.py': code, ...more });

const ALIAS = `${MLFLOW}

def promote(name, version):
    client.set_registered_model_alias(name, "champion", version)
`;

/** The gate that only logs: it reads the metrics and compares nothing. */
const GTO = `import json, logging, subprocess

def git(*arguments):
    return subprocess.run(["git", *arguments], check=True)

def promotion_gate():
    metrics = json.loads(open("metrics.json").read())
    logging.info("auc=%s", metrics["auc"])
    return metrics

def promote(version, stage):
    metrics = promotion_gate()
    stage_tag = f"scorer#{stage}#3"
    git("tag", "--annotate", stage_tag, "--message", str(metrics["auc"]))
`;

const workflow = (gate: string) => ({
  '.github/workflows/train.yml': `on: push\njobs:\n  train:\n    runs-on: x\n    steps:\n${gate}      - run: python -m pkg.promote v1\n`,
});

describe('LIN-008 promotion-without-quality-gate', () => {
  it('finds an alias that is moved without a comparison', () => {
    expect(rule(ALIAS)).toMatchObject([
      {
        path: 'src/pkg/promote.py',
        line: 7,
        severity: 'critical',
        subject: 'promote',
        blocks: 'promotion',
        fixable: false,
      },
    ]);
  });

  it('names the gate that reads the metric and only logs it before a tag is created', () => {
    const [risk] = rule(GTO);
    expect(risk).toMatchObject({ line: 14, subject: 'promote' });
    expect(risk?.message).toContain('promotion_gate before it reads the metrics without comparing them');
    expect(risk?.evidence).toContain('src/pkg/promote.py:7: metrics = json.loads(open("metrics.json").read())');
  });

  it.each([
    ['a stage', `${MLFLOW}client.transition_model_version_stage("m", 1, stage="Production")\n`],
    [
      'an approval in SageMaker',
      'import boto3\nsm = boto3.client("sagemaker")\nsm.update_model_package(ModelPackageArn=a, ModelApprovalStatus="Approved")\n',
    ],
    ['traffic in Vertex', 'model.deploy(endpoint=e, traffic_split={"0": 100})\n'],
    [
      'an alias from a command-line default',
      `${MLFLOW}p.add_argument("--alias", default="champion")\na = p.parse_args()\nclient.set_registered_model_alias("m", a.alias, 3)\n`,
    ],
    ['an alias from a constant', `${MLFLOW}ALIAS = "prod"\nclient.set_registered_model_alias("m", ALIAS, 3)\n`],
    [
      'a tag by subprocess',
      'import subprocess\ntag = f"{name}#champion#{n}"\nsubprocess.run(["git", "tag", "-a", tag, "-m", "x"])\n',
    ],
  ])('finds %s', (_, code) => {
    expect(rule(code)).toHaveLength(1);
  });

  it.each([
    [
      'a comparison with a threshold',
      ALIAS.replace('    client.set', '    if auc < 0.8:\n        raise ValueError\n    client.set'),
    ],
    [
      'a comparison that is kept in a name',
      ALIAS.replace('    client.set', '    better = pvalue < 0.05\n    if better:\n        print(1)\n    client.set'),
    ],
    [
      'a decision made elsewhere',
      ALIAS.replace('    client.set', '    if not evaluation.is_accepted:\n        raise ValueError\n    client.set'),
    ],
    ['an assertion', ALIAS.replace('    client.set', '    assert metrics["auc"] >= 0.8\n    client.set')],
    ['a rollback', ALIAS.replace('def promote', 'def rollback')],
    ['an alias that is not live', ALIAS.replace('champion', 'candidate')],
    ['a stage that is not live', `${MLFLOW}client.transition_model_version_stage("m", 1, "Staging")\n`],
    ['listing tags', 'import subprocess\ntag = f"{name}#champion#*"\nsubprocess.run(["git", "tag", "--list", tag])\n'],
    ['a tag that moves no stage', 'import subprocess\ntag = f"v{version}"\nsubprocess.run(["git", "tag", tag])\n'],
    ['broken code', `${ALIAS}def (\n`],
  ])('is silent on %s', (_, code) => {
    expect(rule(code)).toEqual([]);
  });

  it('is silent where a module that it imports, or that imports it, compares', () => {
    const gate = { 'src/pkg/gate.py': 'def passes(auc):\n    return auc >= 0.8\n' };
    expect(rule(`from pkg.gate import passes\n${ALIAS}`, gate)).toEqual([]);
    const caller = { 'src/pkg/pipeline.py': 'from pkg.promote import promote\nif rmse < 3:\n    promote("m", 1)\n' };
    expect(rule(ALIAS, caller)).toEqual([]);
    expect(rule(ALIAS, gate)).toHaveLength(1);
  });

  it('is silent where CI runs it behind a gate on the model that can fail, and only there', () => {
    const gate = '      - name: Model quality gate\n        run: pytest tests/test_model_quality.py\n';
    expect(rule(ALIAS, workflow(gate))).toEqual([]);
    expect(rule(ALIAS, workflow(gate.replace('.py\n', '.py || true\n')))).toHaveLength(1);
    expect(
      rule(ALIAS, workflow(gate.replace('        run', '        continue-on-error: true\n        run'))),
    ).toHaveLength(1);
    expect(rule(ALIAS, workflow(''))).toHaveLength(1);
    expect(rule(ALIAS, workflow('      - run: pytest tests/test_api.py\n'))).toHaveLength(1);
  });

  it('finds Python inside of a workflow that promotes without a word of a comparison', () => {
    const yaml = 'args:\n  - |\n    client.set_registered_model_alias(name=n, alias="production", version=v)\n';
    expect(findings('LIN-008', { 'argo/template.yml': yaml })).toMatchObject([{ path: 'argo/template.yml', line: 3 }]);
    expect(findings('LIN-008', { 'argo/template.yml': `# nothing is compared\n${yaml}` })).toHaveLength(1);
    expect(findings('LIN-008', { 'argo/template.yml': `  - python evaluate.py\n${yaml}` })).toEqual([]);
  });
});
