import { describe, expect, it } from 'vitest';
import type { Chart } from '../../../src/proofs/alerts/chart.js';
import { chartSvg } from '../../../src/report/chartSvg.js';

// Range 3.9 to 6.1 on 144 pixels from 12; 90 seconds on 564 pixels from 64.
const chart: Chart = {
  title: 'Hot fires',
  from: 0,
  to: 90,
  threshold: 5,
  lines: [
    {
      name: 'temperature',
      points: [
        [0, 4],
        [30, 4],
        [60, 6],
        [90, 6],
      ],
    },
  ],
  spans: [
    { from: 30, to: 60, state: 'pending' },
    { from: 60, to: 90, state: 'firing' },
  ],
};

describe('chartSvg', () => {
  it('draws the line, the threshold, and the windows in which the alert is pending and firing', () => {
    const svg = chartSvg(chart);
    expect(svg).toContain('d="M64 149.5L252 149.5L440 18.5L628 18.5"');
    expect(svg).toContain('y1="84" y2="84" stroke="#cf222e"');
    expect(svg).toContain('<rect x="252" y="12" width="188" height="144"');
    expect(svg).toContain('<title>firing from 1m to 1m30s</title>');
  });

  it('breaks a line where there is no value, and draws a lone value as a dot', () => {
    const points = [[0, 1] as const, [30, null] as const, [60, 2] as const, [90, Number.NaN] as const];
    const svg = chartSvg({ ...chart, threshold: undefined, lines: [{ name: 'x', points }] } as unknown as Chart);
    expect(svg).not.toContain('<path');
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
  });

  it('lets no text become markup, and cuts a title that is wider than the picture', () => {
    const hostile = '</title><script>alert("1")</script>';
    const lines = [{ name: hostile, points: [[0, 1] as const] }];
    const svg = chartSvg({ ...chart, title: `${hostile}${'x'.repeat(200)}`, lines });
    expect(svg).not.toContain('<script');
    expect(svg).toContain('x…</text>');
  });

  it('shows each number once where threshold and edge of the range are the same', () => {
    const lines = [{ name: 'up', points: [[0, 1] as const, [90, 0] as const] }];
    const svg = chartSvg({ ...chart, threshold: 0, lines });
    expect(svg.match(/>0<\/text>/g)).toHaveLength(2); // the threshold, and the beginning of the time axis
  });
});
