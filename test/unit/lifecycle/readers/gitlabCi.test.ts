import { describe, expect, it } from 'vitest';
import { isGitlabCiPath, readGitlabCi } from '../../../../src/lifecycle/readers/gitlabCi.js';
import { yamlOf } from '../yamlOf.js';

const PIPELINE = `stages: [train, deploy]
image: python:3.11
.base:
  before_script:
    - pip install -r requirements.txt
train:
  extends: .base
  stage: train
  image: { name: "registry.example/train:1" }
  script:
    - - python train.py
      - dvc push
report:
  script: |
    cml comment create report.md
variables:
  A: "1"
`;

describe('readGitlabCi', () => {
  it('reads jobs with inherited scripts, flattened lists and their lines', () => {
    const parts = readGitlabCi('.gitlab-ci.yml', yamlOf(PIPELINE));
    expect(parts.map(({ name, kind, line }) => ({ name, kind, line }))).toEqual([
      { name: 'train', kind: 'GitLab CI job', line: 6 },
      { name: 'report', kind: 'GitLab CI job', line: 13 },
    ]);
    expect(parts[0]?.commands.map(({ text, line }) => `${line} ${text}`)).toEqual([
      '5 pip install -r requirements.txt',
      '11 python train.py',
      '12 dvc push',
    ]);
    expect(parts[0]?.images).toEqual(['registry.example/train:1']);
    expect(parts[1]?.images).toEqual(['python:3.11']);
    expect(parts[1]?.evidence).toBe('script: cml comment create report.md');
  });

  it('stops at a circle of extends, and reads nothing from keys that are no jobs', () => {
    const circle = 'a:\n  extends: b\n  script: [x]\nb:\n  extends: a\npages: 3\nworkflow: { rules: [] }\n';
    expect(readGitlabCi('.gitlab-ci.yml', yamlOf(circle)).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it.each([
    ['.gitlab-ci.yml', true],
    ['ci/train.gitlab-ci.yml', true],
    ['.gitlab/ci/train.yml', true],
    ['gitlab.yml', false],
  ])('tells by its path whether %s is one: %s', (path, expected) => {
    expect(isGitlabCiPath(path)).toBe(expected);
  });
});
