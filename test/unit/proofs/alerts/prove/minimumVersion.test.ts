import { describe, expect, it } from 'vitest';
import { neededVersion } from '../../../../../src/proofs/alerts/prove/minimumVersion.js';

describe('neededVersion', () => {
  const unknown = (name: string) =>
    `could not parse expression: 1:1: parse error: unknown function with name "${name}"`;

  it('names the release that brought a function, and the one that took it away', () => {
    expect(neededVersion(unknown('mad_over_time'), 'mad_over_time(x[5m])', '2.42.0')).toBe(
      'needs promtool ≥ 2.49 (mad_over_time; installed is 2.42.0)',
    );
    expect(neededVersion(unknown('holt_winters'), 'holt_winters(x[5m], 0.5, 0.5)', '3.1.0')).toBe(
      'needs promtool < 3.0 (holt_winters; installed is 3.1.0)',
    );
    expect(neededVersion(unknown('limitk'), 'limitk(1, x)', '2.42.0')).toContain('≥ 2.54');
  });

  it('knows syntax that came later, where the grammar of today reads it', () => {
    const quoted = 'parse error: unexpected string "\\"a.b\\"" in label matching, expected identifier or "}"';
    expect(neededVersion(quoted, '{"a.b"} > 1', '2.42.0')).toContain('≥ 3.0');
    expect(neededVersion(quoted, '{"a.b" > 1', '2.42.0')).toBeUndefined();
  });

  it('finds nothing in the objection to a plain mistake', () => {
    expect(neededVersion(unknown('rrate'), 'rrate(x[5m])', '2.42.0')).toBeUndefined();
    expect(neededVersion('expected type range vector', 'rate(x)', '2.42.0')).toBeUndefined();
  });
});
