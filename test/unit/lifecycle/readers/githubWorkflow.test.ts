import { describe, expect, it } from 'vitest';
import { buildLifecycle } from '../../../../src/lifecycle/buildLifecycle.js';
import { memorySnapshot } from '../../../support/memorySnapshot.js';

describe('GitHub Actions workflows', () => {
  it('reads events, needs, steps and the whole line of continue-on-error', () => {
    const text =
      'on:\n  schedule: [{ cron: "0 3 * * *" }]\n  push:\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - name: quality\n        run: pytest || true\n        continue-on-error: true\n  promote:\n    needs: gate\n    steps: []\n';
    const [workflow] = buildLifecycle(memorySnapshot({ '.github/workflows/w.yml': text })).facts.githubWorkflows;
    expect(workflow).toMatchObject({
      events: ['schedule', 'push'],
      crons: [{ value: '0 3 * * *' }],
      concurrency: false,
    });
    expect(workflow?.jobs.map(({ id, needs }) => [id, needs])).toEqual([
      ['gate', []],
      ['promote', ['gate']],
    ]);
    const step = workflow?.jobs[0]?.steps[1];
    expect(step).toMatchObject({
      name: 'quality',
      line: 9,
      run: { value: 'pytest || true', line: 10 },
      continueOnError: { value: 'true' },
    });
    const range = step?.continueOnErrorPair?.range;
    expect(text.slice(range?.start, range?.end)).toBe('continue-on-error: true');
  });
});
