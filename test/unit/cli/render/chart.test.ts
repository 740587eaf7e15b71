import { describe, expect, it } from 'vitest';
import { cell, cellOfEnd, renderChart } from '../../../../src/cli/render/chart.js';
import type { Chart } from '../../../../src/proofs/alerts/chart.js';
import { plainTerminal } from './plainTerminal.js';

// Range 3.9 to 6.1 on seven rows: 6 on the first, 5 on the fourth, 4 on the last. 41 columns leave 30
// for 90 seconds: 60 s is column 19 (60 / 90 × 29 = 19.3).
const chart: Chart = {
  title: 'Hot fires: temperature > 5',
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
  spans: [{ from: 60, to: 90, state: 'firing' }],
};

describe('renderChart', () => {
  it('draws values, threshold, and when the alert fires in the columns of their time', () => {
    expect(renderChart(chart, plainTerminal(41))).toEqual([
      '  Hot fires: temperature > 5',
      `      6.1 ┤${' '.repeat(19)}${'●'.repeat(11)}`,
      `          ┤${' '.repeat(30)}`,
      `          ┤${' '.repeat(30)}`,
      `        5 ┤${'╌'.repeat(30)}`,
      `          ┤${' '.repeat(30)}`,
      `          ┤${' '.repeat(30)}`,
      `      3.9 ┤${'●'.repeat(19)}${' '.repeat(11)}`,
      `    alert  ${' '.repeat(19)}${'█'.repeat(11)}`,
      // The firing begins below column 19.
      `           0${' '.repeat(18)}1m${' '.repeat(4)}1m30s`,
      '           ● temperature',
      '           ░ pending  █ firing',
    ]);
  });

  it('tells when the alert begins to fire and when it ends, as far as there is room', () => {
    const spans = [
      { from: 40, to: 45, state: 'pending' as const },
      { from: 45, to: 60, state: 'firing' as const },
    ];
    const axis = (width: number) =>
      renderChart({ ...chart, spans }, plainTerminal(width)).find((row) => /0 .*1m30s/.test(row));
    // 30 columns: 45 s is column 15 (14.5), 60 s column 19; 40 s, column 13, is too near.
    expect(axis(41)?.slice(11)).toBe(`0${' '.repeat(14)}45s 1m    1m30s`);
    expect(axis(111)?.slice(11)).toMatch(/^0 +40s +45s +1m +1m30s$/);
  });

  it('keeps a value off the row of the threshold that it only nearly reaches', () => {
    const near = { ...chart, lines: [{ name: 'x', points: [[0, 5.0001] as const, [90, 0] as const] }] };
    const rows = renderChart(near, plainTerminal(41));
    const ofThreshold = rows.findIndex((row) => row.includes('╌'));
    expect(rows[ofThreshold]).not.toContain('●');
    expect(rows[ofThreshold - 1]).toContain('●');
  });

  it('lets lines over one another take turns, and leaves a hole where there is no value', () => {
    const points = [[0, 1] as const, [30, null] as const, [60, 1] as const, [90, 1] as const];
    const two: Chart = { title: 't', from: 0, to: 90, spans: [], lines: ['a', 'b'].map((name) => ({ name, points })) };
    const [row] = renderChart(two, plainTerminal(41)).filter((line) => line.includes('●'));
    // Columns 0 to 9 hold the first value, 10 to 18 none; even ones are of the first line.
    expect(row?.slice(11)).toBe(`${'●○'.repeat(5)}${' '.repeat(9)}${'○●'.repeat(5)}○`);
  });

  it('fits 80 columns, is plain ASCII where nothing else can be shown, and lets no control character through', () => {
    const title = `\u001b[2J${'long title '.repeat(20)}`;
    const lines = renderChart({ ...chart, title }, plainTerminal(80, { unicode: false }));
    for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]{0,80}$/);
  });
});

describe('a column', () => {
  it('cuts what does not fit: names at the end, places at the beginning, where the line stays', () => {
    expect(cell('HighErrorRate', 8, plainTerminal(80))).toBe('HighErr…');
    expect(cellOfEnd('rules/a/b.yml:12', 10, plainTerminal(80))).toBe('…/b.yml:12');
    expect(cellOfEnd('b.yml:12', 10, plainTerminal(80))).toBe('b.yml:12  ');
    expect(cell('温度温度', 5, plainTerminal(80))).toBe('温度…');
  });
});
