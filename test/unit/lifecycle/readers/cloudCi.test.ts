import { describe, expect, it } from 'vitest';
import { readCircleCi } from '../../../../src/lifecycle/readers/circleCi.js';
import { isCloudBuild, readCloudBuild } from '../../../../src/lifecycle/readers/cloudBuild.js';
import { isCodeBuild, readCodeBuild } from '../../../../src/lifecycle/readers/codeBuild.js';
import { yamlOf } from '../yamlOf.js';

describe('readCloudBuild', () => {
  const build = yamlOf(`steps:
- name: gcr.io/cloud-builders/docker
  args: [push, $_IMAGE]
- name: $_CICD
  entrypoint: python
  args: [build/utils.py, --mode, deploy-model]
  dir: sub
  id: Deploy model
`);

  it('gives each step the command that its builder or entry point runs', () => {
    expect(isCloudBuild(build)).toBe(true);
    const parts = readCloudBuild('build.yaml', build);
    expect(parts.map(({ name, commands }) => [name, commands[0]?.text, commands[0]?.folder])).toEqual([
      ['step 1', 'docker push $_IMAGE', ''],
      ['Deploy model', 'python build/utils.py --mode deploy-model', 'sub'],
    ]);
  });

  it('is not a workflow of GitHub, whose steps have names too', () => {
    expect(isCloudBuild(yamlOf('steps:\n- name: Test\n  run: pytest\n'))).toBe(false);
    expect(isCloudBuild(yamlOf('steps: []\n'))).toBe(false);
  });
});

describe('readCodeBuild', () => {
  it('reads the commands of each phase', () => {
    const spec = yamlOf(
      'version: 0.2\nphases:\n  install:\n    runtime-versions: { python: 3.9 }\n  build:\n    commands:\n      - cdk deploy\n    finally: [echo done]\n',
    );
    expect(isCodeBuild(spec)).toBe(true);
    const parts = readCodeBuild('buildspec.yml', spec);
    expect(parts.map(({ name, line }) => [name, line])).toEqual([['build', 5]]);
    expect(parts[0]?.commands.map(({ text }) => text)).toEqual(['cdk deploy', 'echo done']);
    expect(isCodeBuild(yamlOf('version: 2\nphases: { build: {} }\n'))).toBe(false);
  });
});

describe('readCircleCi', () => {
  it('reads run steps, short and long, conditional ones and those of its own commands', () => {
    const parts = readCircleCi(
      '.circleci/config.yml',
      yamlOf(`commands:
  fetch:
    steps:
      - run: dvc pull
jobs:
  train:
    docker: [{ image: "cimg/python:3.11" }]
    steps:
      - checkout
      - fetch
      - when:
          condition: x
          steps:
            - run: { command: python train.py, working_directory: ml }
`),
    );
    expect(parts[0]?.commands).toEqual([
      { text: 'dvc pull', line: 4, folder: '' },
      { text: 'python train.py', line: 14, folder: 'ml' },
    ]);
    expect(parts[0]?.images).toEqual(['cimg/python:3.11']);
  });

  it('ends with a command that calls itself', () => {
    const parts = readCircleCi(
      '.circleci/config.yml',
      yamlOf('commands: { a: { steps: [a, { run: x }] } }\njobs: { j: { steps: [a] } }\n'),
    );
    expect(parts[0]?.commands.length).toBeGreaterThan(0);
  });
});
