import { expect, it } from 'vitest';
import type { Validation } from '../../../src/contract/probe.js';
import { liveOnlyChecks } from '../../../src/report/liveOnly.js';

it('names each check of the real environment once, though two alerts need it', () => {
  const validation = (path: Validation['path'], ...commands: string[]): Validation => ({
    path,
    verdict: 'proved',
    reason: '',
    probes: [],
    liveOnly: commands.map((command) => ({ path, statement: 's', command })),
  });
  expect(
    liveOnlyChecks([validation('alerting', 'a', 'b', 'a'), validation('rollback', 'a')]).map(({ id, check }) => [
      id,
      check.command,
    ]),
  ).toEqual([
    ['alerting/live-only/1', 'a'],
    ['alerting/live-only/2', 'b'],
    ['rollback/live-only/1', 'a'],
  ]);
});
