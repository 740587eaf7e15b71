import { describe, expect, it } from 'vitest';
import { neverTouchedBecause, plainPath, runsInCi } from '../../../src/approval/protectedPath.js';

const never = (path: string, policyPath = 'mlops.yaml') => neverTouchedBecause(path, policyPath) !== undefined;

describe('plainPath', () => {
  it('decodes what git calls the file and composes it', () => {
    expect(plainPath('a b/100%25.yml')).toBe('a b/100%.yml');
    expect(plainPath('cafe\u0301.yml')).toBe('caf\u00e9.yml');
  });

  it('refuses what could lead elsewhere or be misread', () => {
    const bad = ['/etc/passwd', '../x', 'a/../b', 'a/./b', 'a//b', 'a/', '.', 'a\\b', 'a%0Ab', '%FF', '%zz'];
    const lookalikes = ['．．/x', 'a／..／b', '.\u200b./x', 'a/\u200b/b'];
    for (const path of [...bad, ...lookalikes]) expect([path, plainPath(path)]).toEqual([path, undefined]);
  });
});

describe('neverTouchedBecause', () => {
  it('holds for the policy wherever it lies, code owners, git’s own files and hooks', () => {
    const paths = [
      'mlops.yaml',
      'CODEOWNERS',
      'docs/CODEOWNERS',
      '.github/CODEOWNERS',
      '.gitlab/CODEOWNERS',
      '.gitattributes',
      'sub/.gitattributes',
      '.gitmodules',
      '.gitignore',
      '.git/config',
      'sub/.git/hooks/pre-commit',
      '.githooks/pre-push',
      '.husky/pre-commit',
      'hooks/anything',
      'ops/hooks/pre-receive',
      'ops/hooks/commit-msg.py',
      '.mlops/record',
      '.lfsconfig',
    ];
    for (const path of paths) expect([path, never(path)]).toEqual([path, true]);
    expect(never('ops/policy.yaml', 'ops/policy.yaml')).toBe(true);
  });

  it('sees through case, compatibility forms, invisible characters, trailing dots, streams and short names', () => {
    const disguised = [
      'MLOPS.YAML',
      'Mlops.yaml',
      'mlops.yaml.',
      'mlops.yaml ',
      'mlops.yaml::$DATA',
      'ｍｌｏｐｓ.yaml',
      'CodeOwners',
      'ſub/CODEOWNERS',
      '.GIT/config',
      '.g\u200cit/config',
      '.Git\u00adAttributes',
      'git~1/config',
      '.gitattributes.',
    ];
    for (const path of disguised) expect([path, never(path)]).toEqual([path, true]);
  });

  it('leaves ordinary files and CI configuration to the policy', () => {
    const paths = [
      'monitoring/rules.yml',
      'sub/mlops.yaml.md',
      'src/hooks/useModel.ts',
      '.github/workflows/ci.yml',
      '.gitlab-ci.yml',
      'git/x',
      'legit.py',
    ];
    for (const path of paths) expect([path, never(path)]).toEqual([path, false]);
  });
});

describe('runsInCi', () => {
  it('knows what CI runs by itself, in any folder and case', () => {
    const paths = [
      '.github/workflows/ci.yml',
      '.GitHub/actions/x/action.yml',
      '.gitlab-ci.yml',
      '.gitlab/ci/build.yml',
      'Jenkinsfile',
      'ci/Jenkinsfile.release',
      'deploy.jenkinsfile',
      '.circleci/config.yml',
      'azure-pipelines.yml',
      'azure-pipelines-nightly.yaml',
      '.pre-commit-config.yaml',
      'Makefile',
      'sub/makefile',
      'GNUmakefile',
      'Makefile.am',
      'build/rules.mk',
      'noxfile.py',
      'tox.ini',
      'bitbucket-pipelines.yml',
      '.travis.yml',
      'cloudbuild.yaml',
      'buildspec.yml',
      'Justfile',
      'Taskfile.yml',
      '.buildkite/pipeline.yml',
      '.drone.yml',
    ];
    for (const path of paths) expect([path, runsInCi(path)]).toEqual([path, true]);
  });

  it('leaves the rest alone', () => {
    const paths = [
      'monitoring/rules.yml',
      'docs/makefile-guide.md',
      'src/tox.py',
      'github/x.yml',
      'deploy/inference-service.yaml',
    ];
    for (const path of paths) expect([path, runsInCi(path)]).toEqual([path, false]);
  });
});
