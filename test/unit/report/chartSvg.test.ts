import { describe, expect, it } from 'vitest';
import type { Chart } from '../../../src/proofs/alerts/chart.js';
import { chartSvg } from '../../../src/report/chartSvg.js';

// Range 3.9 to 6.1 on 144 pixels from 12; 90 seconds on 370 pixels from 56.
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
    const svg = chartSvg(chart, 'p');
    expect(svg).toContain('d="M56 149.5L179.3 149.5L302.7 18.5L426 18.5"');
    expect(svg).toContain('class="threshold" d="M56 84L426 84"');
    expect(svg).toContain('<rect class="pending" x="179.3" y="12" width="123.3" height="144"');
    expect(svg).toContain('<rect class="firing" x="302.7" y="12" width="123.3" height="144"');
    expect(svg).toContain('<title>firing from 1m to 1m30s</title>');
    for (const [at, time] of [
      ['179.3', '30s'],
      ['302.7', '1m'],
      ['426', '1m30s'],
    ]) {
      expect(svg).toMatch(new RegExp(`<text x="${at}" y="182"[^>]*>${time}</text>`));
    }
  });

  it('says in words what it shows, for who can not see it', () => {
    expect(chartSvg(chart, 'p')).toContain(
      'aria-labelledby="p-t p-d" font-family="system-ui, sans-serif" font-size="12" fill="#57606a"><title id="p-t">Hot fires</title>' +
        '<desc id="p-d">From 0 to 1m30s. Threshold 5. temperature is between 4 and 6. ' +
        'The alert is pending from 30s to 1m, firing from 1m to 1m30s.</desc>',
    );
    const silent = chartSvg(
      {
        ...chart,
        spans: [],
        lines: [
          {
            name: 'x',
            points: [
              [0, 4],
              [30, null],
            ],
          },
        ],
      },
      'p',
    );
    expect(silent).toContain('x stays at 4, with gaps. The alert is never pending or firing.');
  });

  it('tells lines by patterns too, not by colours alone', () => {
    const points = [[0, 1] as const, [90, 2] as const];
    const svg = chartSvg({ ...chart, lines: ['a', 'b'].map((name) => ({ name, points })) }, 'p');
    expect(svg).toMatch(/<title>a<\/title><path [^>]*stroke="#0969da" stroke-width="2"\/>/);
    expect(svg).toMatch(/<title>b<\/title><path [^>]*stroke="#8250df" stroke-width="2" stroke-dasharray="6 3"\/>/);
  });

  it('breaks a line where there is no value, and draws a lone value as a dot', () => {
    const points = [[0, 1] as const, [30, null] as const, [60, 2] as const, [90, Number.NaN] as const];
    const svg = chartSvg({ ...chart, threshold: undefined, lines: [{ name: 'x', points }] } as unknown as Chart, 'p');
    expect(svg).not.toContain('class="line-');
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
  });

  it('lets no text become markup', () => {
    const hostile = '</title><script>alert("1")</script>';
    const lines = [{ name: hostile, points: [[0, 1] as const] }];
    const svg = chartSvg({ ...chart, title: `${hostile}${'x'.repeat(200)}`, lines }, 'p');
    expect(svg).not.toContain('<script');
  });

  it('shows each number once where threshold and edge of the range are the same', () => {
    const lines = [{ name: 'up', points: [[0, 1] as const, [90, 0] as const] }];
    const svg = chartSvg({ ...chart, threshold: 0, lines }, 'p');
    expect(svg.match(/>0<\/text>/g)).toHaveLength(2); // the threshold, and the beginning of the time axis
  });
});
