import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const PATH = '.github/workflows/deploy.yml';
const workflow = (run: string) =>
  `on: push\njobs:\n  d:\n    runs-on: x\n    steps:\n      - run: |\n          echo start\n          ${run}\n`;
const rule = (run: string) => findings('RBK-004', { ...TRAINING, [PATH]: workflow(run) });

describe('RBK-004 helm-upgrade-without-rollback', () => {
  it('finds an upgrade that is not rolled back, on its own line', () => {
    expect(rule('helm upgrade --install scorer ./chart')).toMatchObject([{ path: PATH, line: 8, severity: 'medium' }]);
  });

  it('adds the flag and nothing else', () => {
    const files = { ...TRAINING, [PATH]: workflow('helm upgrade --install scorer ./chart  # release') };
    expect(changedLines(files[PATH] as string, fixed('RBK-004', files))).toEqual([
      '-          helm upgrade --install scorer ./chart  # release',
      '+          helm upgrade --atomic --install scorer ./chart  # release',
    ]);
  });

  it('finds the Azure task that wraps helm, and reads its arguments', () => {
    const pipeline = (rest: string) =>
      `trigger: none\nsteps:\n- task: HelmDeploy@0\n  inputs:\n    command: upgrade\n    chartPath: chart\n${rest}- script: echo done\n`;
    const at = (rest: string) => findings('RBK-004', { ...TRAINING, 'azure-pipelines.yml': pipeline(rest) });
    expect(at('')).toMatchObject([{ line: 3, fixable: false }]);
    expect(at('    arguments: --atomic\n')).toEqual([]);
  });

  it.each([
    'helm upgrade --atomic scorer ./chart',
    'helm upgrade --rollback-on-failure scorer ./chart',
    'helm upgrade --dry-run scorer ./chart',
    'helm upgrade scorer ./chart $HELM_ARGS',
    'helm upgrade --install prometheus prometheus-community/prometheus',
    'helm upgrade scorer ./chart || helm rollback scorer',
    'helm template scorer ./chart',
  ])('is silent on %s', (run) => expect(rule(run)).toEqual([]));

  it('is silent without a model', () => {
    expect(findings('RBK-004', { [PATH]: workflow('helm upgrade a ./chart') })).toEqual([]);
  });
});
