import { describe, expect, it } from 'vitest';
import { isUnmet, observedAlerts, observedValues } from '../../../../src/proofs/alerting/promtoolOutput.js';

// As promtool 2.42 prints it.
const OUTPUT = `  FAILED:
    name: fires,
    alertname: A, time: 5m, 
        exp:[], 
        got:[
            0:
              Labels:{a="b", alertname="A", instance="localhost", v="1"}
              Annotations:{s="v 1: \\"q\\" \\\\ x \\u00e9", t="multi\\nline"}
            1:
              Labels:{alertname="A"}
              Annotations:{}
            ]
`;

describe('observedAlerts', () => {
  it('reads labels and annotations with Go’s escapes', () => {
    expect(observedAlerts(OUTPUT)).toEqual([
      {
        labels: { a: 'b', alertname: 'A', instance: 'localhost', v: '1' },
        annotations: { s: 'v 1: "q" \\ x é', t: 'multi\nline' },
      },
      { labels: { alertname: 'A' }, annotations: {} },
    ]);
  });

  it('finds none where promtool got none', () => {
    expect(observedAlerts('  FAILED:\n  parse error')).toEqual([]);
  });
});

it('reads the values of samples', () => {
  const output = 'got: {__name__="ALERTS_FOR_STATE", alertname="A"} 6E+02, {alertname="B"} 0E+00';
  expect(observedValues(output)).toEqual([600, 0]);
  expect(observedValues('got: nil')).toEqual([]);
});

describe('isUnmet', () => {
  const run = (exitCode: number, stderr: string) => isUnmet({ exitCode, stdout: '', stderr });

  it('tells a failed expectation from a file that cannot be read and from success', () => {
    expect(run(1, OUTPUT)).toBe(true);
    expect(run(1, '    expr: "x", time: 1m,\n        exp: nil\n        got: {} 1E+00')).toBe(true);
    expect(run(1, '  FAILED:\nr.yml: 5:11: group "g", rule 1, "A": could not parse expression')).toBe(false);
    expect(run(0, OUTPUT)).toBe(false);
  });
});
