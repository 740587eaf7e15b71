import { describe, expect, it } from 'vitest';
import { assertPlanPrefix } from '../../../src/cli/planPrefix.js';

const digest = '3f9c0a41d2be'.padEnd(64, '7');

describe('assertPlanPrefix', () => {
  it('accepts twelve digits and the whole digest', () => {
    expect(() => assertPlanPrefix('3f9c0a41d2be', digest)).not.toThrow();
    expect(() => assertPlanPrefix(digest, digest)).not.toThrow();
  });

  it.each([
    ['eleven digits', '3f9c0a41d2b', 'MLOPS-INPUT-001'],
    ['nothing', '', 'MLOPS-INPUT-001'],
    ['upper case', '3F9C0A41D2BE', 'MLOPS-INPUT-001'],
    ['more than a digest', `${digest}0`, 'MLOPS-INPUT-001'],
    ['something else', 'latest-plan-1', 'MLOPS-INPUT-001'],
    ['another plan', '3f9c0a41d2bf', 'MLOPS-APR-005'],
    ['digits from the middle', digest.slice(1, 20), 'MLOPS-APR-005'],
  ])('refuses %s', (_what, prefix, code) => {
    expect(() => assertPlanPrefix(prefix, digest)).toThrow(expect.objectContaining({ code, where: '--plan' }));
  });
});
