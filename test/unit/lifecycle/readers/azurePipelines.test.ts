import { describe, expect, it } from 'vitest';
import { isAzurePipeline, readAzurePipeline } from '../../../../src/lifecycle/readers/azurePipelines.js';
import { yamlOf } from '../yamlOf.js';

const PIPELINE = `trigger: [main]
stages:
  - stage: Train
    jobs:
      - job: train
        displayName: Train the model
        steps:
          - template: templates/setup.yml
          - \${{ if eq(variables['x'], 'y') }}:
              - script: python -m ml.train
                workingDirectory: $(Build.SourcesDirectory)/src
  - stage: Deploy
    jobs:
      - deployment: prod
        strategy:
          runOnce:
            deploy:
              steps:
                - task: HelmDeploy@0
                  inputs: { command: upgrade, chartPath: charts/model }
                - task: AzureCLI@2
                  inputs:
                    inlineScript: |
                      az ml online-deployment create -f d.yml
`;

describe('readAzurePipeline', () => {
  const parts = readAzurePipeline('azure-pipelines.yml', yamlOf(PIPELINE));

  it('reads steps below conditions, with the folder that they run in', () => {
    expect(parts[0]?.name).toBe('train');
    expect(parts[0]?.commands).toEqual([{ text: 'python -m ml.train', line: 10, folder: 'src' }]);
    expect(parts[0]?.uses).toEqual(['templates/setup.yml']);
    expect(parts[0]?.labels).toContain('Train the model');
  });

  it('reads deployment jobs, tasks that wrap a tool and inline scripts', () => {
    expect(parts[1]?.name).toBe('prod');
    expect(parts[1]?.commands.map(({ text }) => text)).toEqual([
      'helm upgrade',
      'upgrade',
      'charts/model',
      'az ml online-deployment create -f d.yml\n',
    ]);
  });

  it('tells a pipeline or template from other YAML', () => {
    expect(isAzurePipeline('.pipelines/cd.yml', yamlOf('pool: x\nsteps: [{ script: ls }]\n'))).toBe(true);
    expect(isAzurePipeline('t.yml', yamlOf('steps: [{ task: "UsePythonVersion@0" }]\n'))).toBe(true);
    expect(isAzurePipeline('t.yml', yamlOf('steps: [{ name: gcr.io/x, args: [a] }]\n'))).toBe(false);
    expect(isAzurePipeline('t.yml', yamlOf('a: 1\n'))).toBe(false);
  });
});
