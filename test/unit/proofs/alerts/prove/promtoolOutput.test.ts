import { describe, expect, it } from 'vitest';
import { marked, readObservation } from '../../../../../src/proofs/alerts/prove/promtoolOutput.js';

/** As promtool 2.42 prints it. */
const OUTPUT = `    name: q,
    alertname: A, time: 20m, 
        exp:[
            0:
              Labels:{alertname="A", placeholder="x"}
              Annotations:{}
            ], 
        got:[
            0:
              Labels:{a="1", alertname="A", severity="warning"}
              Annotations:{d="v 1 of \\"1\\"\\n\\u00a0"}
            ]
    expr: "max(\\n\\"x\\")\\n# firing to", time: 40m,
        exp: nil
        got: {a="1, 2} 3", alertstate="firing"} 2.16E+03, {__name__="ALERTS", b="é"} +Inf
    expr: "up\\n# other", time: 40m,
        exp: nil
        got: {__name__="up"} 1E+00`;

describe('readObservation', () => {
  it('reads samples by the mark of their question, with names, quoted values and numbers as Go prints them', () => {
    const { samples } = readObservation(OUTPUT);
    expect(samples.get('firing to')).toEqual([
      { labels: { a: '1, 2} 3', alertstate: 'firing' }, value: 2160 },
      { labels: { __name__: 'ALERTS', b: 'é' }, value: Number.POSITIVE_INFINITY },
    ]);
  });

  it('reads the alerts that were got, not those that were expected', () => {
    expect(readObservation(OUTPUT).alerts).toEqual([
      { labels: { a: '1', alertname: 'A', severity: 'warning' }, annotations: { d: 'v 1 of "1"\n\u00a0' } },
    ]);
  });

  it('reads evaluations that Prometheus refused', () => {
    const { errors } = readObservation('    rule: A, time: 2m0s, err: found duplicate series for the match group');
    expect(errors).toEqual(['found duplicate series for the match group']);
  });

  it('marks an expression with a comment of its own line', () => {
    expect(marked('up', 'here 1')).toBe('up\n# here 1');
  });
});
