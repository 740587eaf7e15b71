import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { decoyNotes } from '../../../../../src/proofs/alerts/prove/decoyNotes.js';
import type { World, WorldSeries } from '../../../../../src/proofs/alerts/world.js';

function series(labels: Record<string, string>): WorldSeries {
  const form = { kind: 'level', value: 1 } as const;
  return { labels, kind: 'gauge', role: 'context', healthy: form, firing: form };
}

function world(...all: WorldSeries[]): World {
  return { series: all, warmUp: 0, settle: 0, recover: 0, holds: undefined, startsAt: 0, assumptions: [] };
}

describe('decoyNotes', () => {
  it('speaks of the series that no selector of any query reads, as tests name them', () => {
    const worlds = [
      world(series({ __name__: 'm', code: '500' }), series({ __name__: 'm', code: '200' }), series({ __name__: 'm' })),
      world(series({ __name__: 'n', code: '200' })),
    ];
    expect([...decoyNotes(worlds, [parseQuery('sum(m{code=~"5.."}) / sum(n) > 1')])]).toEqual([
      ['m{code="200"}', 'must not be matched'],
      ['m', 'must not be matched'],
    ]);
    expect(decoyNotes(worlds, [parseQuery('r > 1'), parseQuery('m'), parseQuery('n')]).size).toBe(0);
  });

  it('reads the name of a metric from matchers too', () => {
    const one = world(series({ __name__: 'm' }), series({ __name__: 'other' }));
    expect([...decoyNotes([one], [parseQuery('{__name__=~"m|n"}')]).keys()]).toEqual(['other']);
  });
});
