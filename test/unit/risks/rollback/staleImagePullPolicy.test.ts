import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const job = (image: string, policy = '') =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\nspec:\n  template:\n    spec:\n      containers:\n        - name: c # ours\n          image: ${image}\n${policy === '' ? '' : `          imagePullPolicy: ${policy}\n`}          command: [run]\n`;
const files = (text: string, path = 'k8s/job.yaml') => ({ ...TRAINING, [path]: text });
const rule = (text: string, path?: string) => findings('RBK-011', files(text, path));

describe('RBK-011 stale-image-pull-policy', () => {
  it('finds a moving tag, or none, that nodes keep', () => {
    expect(rule(job('me/a', 'IfNotPresent'))).toMatchObject([{ line: 10, fixable: true }]);
    expect(rule(job('me/a:latest', 'Never'))).toHaveLength(1);
    expect(rule(job('me/a:main'))).toHaveLength(1);
  });

  it('sets the policy and changes nothing else', () => {
    const named = job('me/a', 'IfNotPresent');
    expect(changedLines(named, fixed('RBK-011', files(named)))).toEqual([
      '-          imagePullPolicy: IfNotPresent',
      '+          imagePullPolicy: Always',
    ]);
    const branch = job('me/a:main');
    expect(changedLines(branch, fixed('RBK-011', files(branch)))).toEqual(['+          imagePullPolicy: Always']);
  });

  it('is silent where nodes pull, on versions and in other environments', () => {
    for (const text of [job('me/a'), job('me/a:latest'), job('me/a', 'Always'), job('me/a:1.2.0', 'IfNotPresent')])
      expect(rule(text)).toEqual([]);
    expect(rule(job('me/a', 'Never'), 'overlays/dev/job.yaml')).toEqual([]);
  });
});
