import { describe, expect, it } from 'vitest';
import { readAzureMl } from '../../../../src/lifecycle/readers/azureMl.js';
import { readBentofile } from '../../../../src/lifecycle/readers/bentofile.js';
import { isFeatureStore, readFeatureStore } from '../../../../src/lifecycle/readers/featureStore.js';
import { isGreatExpectationsPath, readGreatExpectations } from '../../../../src/lifecycle/readers/greatExpectations.js';
import { readMlemObject } from '../../../../src/lifecycle/readers/mlemObject.js';
import { readMlproject } from '../../../../src/lifecycle/readers/mlproject.js';
import { yamlOf } from '../yamlOf.js';

describe('readMlproject', () => {
  it('reads the entry points with the folder that they run in', () => {
    const parts = readMlproject(
      'ml/MLproject',
      yamlOf(
        'name: churn\nconda_env: conda.yaml\nentry_points:\n  main:\n    parameters: { lr: { type: float, default: 0.1 } }\n    command: "python train.py {lr}"\n  empty: {}\n',
      ),
    );
    expect(parts).toHaveLength(1);
    expect(parts[0]).toMatchObject({ kind: 'MLproject entry point', name: 'main', line: 4, labels: ['main', 'churn'] });
    expect(parts[0]?.commands).toEqual([{ text: 'python train.py {lr}', line: 6, folder: 'ml' }]);
  });
});

describe('readBentofile', () => {
  it('is a deployment, of the model that it packs', () => {
    const [part] = readBentofile('bentofile.yaml', yamlOf('service: "service:svc"\nmodels:\n  - churn:latest\n'));
    expect(part).toMatchObject({ stage: 'deployment', name: 'service:svc', model: 'churn', line: 1 });
    expect(readBentofile('bentofile.yaml', yamlOf('labels: { a: b }\n'))).toEqual([]);
  });
});

describe('readMlemObject', () => {
  it('reads deployments only', () => {
    const text = 'app_name: churn\nmodel_link:\n  path: clf\nobject_type: deployment\ntype: heroku\n';
    expect(readMlemObject('.mlem/deployment/churn.mlem', yamlOf(text))).toMatchObject([
      {
        stage: 'deployment',
        name: 'churn',
        model: 'clf',
        line: 4,
        evidence: 'object_type: deployment, type heroku, model clf',
      },
    ]);
    expect(readMlemObject('model/clf.mlem', yamlOf('object_type: model\n'))).toEqual([]);
  });
});

describe('readAzureMl', () => {
  it('reads the configurations of CLI v1, and that requests are logged', () => {
    const parts = readAzureMl('ml/deploy.yml', yamlOf('computeType: AKS\nappInsightsEnabled: True\n'));
    expect(parts.map(({ stage, kind, line }) => [stage, kind, line])).toEqual([
      ['deployment', 'Azure ML deployment configuration', 1],
      ['monitoring', 'Application Insights', 2],
    ]);
    expect(readAzureMl('ml/i.yml', yamlOf('entryScript: score.py\nruntime: python\n'))).toMatchObject([
      { stage: 'deployment', uses: ['ml/score.py'] },
    ]);
  });

  it('says nothing of insights that are off, and of a compute that trains', () => {
    expect(
      readAzureMl('a.yml', yamlOf('computeType: ACI\nappInsightsEnabled: False\n')).map(({ stage }) => stage),
    ).toEqual(['deployment']);
    expect(readAzureMl('a.yml', yamlOf('computeType: AmlCompute\n'))).toEqual([]);
  });

  it('tells CLI v2 files by their schema, and finds their command and model', () => {
    const schema = (name: string): string =>
      `$schema: https://azuremlschemas.azureedge.net/latest/${name}.schema.json\n`;
    expect(
      readAzureMl('d.yml', yamlOf(`${schema('managedOnlineDeployment')}name: blue\nmodel: azureml:churn@latest\n`)),
    ).toMatchObject([{ stage: 'deployment', name: 'blue', model: 'churn' }]);
    const [job] = readAzureMl('ml/job.yml', yamlOf(`${schema('commandJob')}code: src\ncommand: python train.py\n`));
    expect(job?.stage).toBeUndefined();
    expect(job?.commands).toEqual([{ text: 'python train.py', line: 3, folder: 'ml/src' }]);
    expect(readAzureMl('x.yml', yamlOf(`${schema('environment')}name: e\n`))).toEqual([]);
    expect(readAzureMl('x.yml', yamlOf('$schema: https://json-schema.org/x\n'))).toEqual([]);
  });
});

describe('readFeatureStore', () => {
  it('reads a project of Feast and its online store', () => {
    const store = yamlOf('project: churn\nregistry: data/registry.db\nprovider: local\nonline_store:\n  type: redis\n');
    expect(isFeatureStore(store)).toBe(true);
    expect(readFeatureStore('feature_store.yaml', store)).toMatchObject([
      { stage: 'training', name: 'churn', evidence: 'project: churn, online store redis' },
    ]);
    expect(isFeatureStore(yamlOf('project: a\nname: b\n'))).toBe(false);
  });
});

describe('readGreatExpectations', () => {
  it('is a check of training data', () => {
    expect(isGreatExpectationsPath('gx/checkpoints/daily.yml')).toBe(true);
    expect(isGreatExpectationsPath('configs/checkpoints/daily.yml')).toBe(false);
    expect(readGreatExpectations('gx/checkpoints/daily.yml', yamlOf('name: daily\nvalidations: []\n'))).toMatchObject([
      { stage: 'training', kind: 'data validation', name: 'daily', line: 2 },
    ]);
  });
});
