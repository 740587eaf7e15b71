import { describe, expect, it } from 'vitest';
import { type Files, findings, TRAINING } from '../ruleTrial.js';

const workflow = (run: string, on = 'push', job = '') => ({
  '.github/workflows/tf.yml': `on: ${on}\njobs:\n  a:\n    runs-on: x\n${job}    steps:\n      - run: ${run}\n`,
});
const rule = (files: Files) => findings('REP-010', { ...TRAINING, ...files });
const APPLY = 'terraform -chdir=infra apply --auto-approve';

describe('REP-010 terraform-auto-approve', () => {
  it('finds an apply that nobody has to see', () => {
    expect(rule(workflow(APPLY))).toMatchObject([{ line: 6, fixable: false }]);
    expect(rule(workflow('terraform apply -auto-approve'))).toHaveLength(1);
  });

  it('is silent on a person who starts or approves it, on planned pull requests and on other commands', () => {
    expect(rule(workflow(APPLY, 'workflow_dispatch'))).toEqual([]);
    expect(rule(workflow(APPLY, 'push', '    environment: production\n'))).toEqual([]);
    const plan = {
      '.github/workflows/plan.yml': 'on: pull_request\njobs:\n  p:\n    steps:\n      - run: terraform plan\n',
    };
    expect(rule({ ...workflow(APPLY), ...plan })).toEqual([]);
    expect(rule(workflow('terraform apply'))).toEqual([]);
    expect(rule({ 'deploy.sh': `${APPLY}\n` })).toEqual([]);
  });
});
