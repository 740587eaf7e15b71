import { axisNumber, axisTime, type Chart, chartRange } from '../proofs/alerts/chart.js';
import { escapeHtml } from './escape.js';

const WIDTH = 640;
const HEIGHT = 200;
const LEFT = 64;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 44;
/** Characters of 12 pixels, seldom wider than 6 on average. */
const MAX_TITLE = 90;
const COLOURS = ['#1f6feb', '#8250df', '#bf8700', '#1a7f37', '#bf3989', '#57606a'];

/** A chart as a self-contained SVG with the threshold and when the alert is pending and firing; all text is escaped. */
export function chartSvg(chart: Chart): string {
  const range = chartRange(chart);
  const x = (time: number) => LEFT + ((time - chart.from) / (chart.to - chart.from || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + ((range.high - value) / (range.high - range.low)) * (HEIGHT - TOP - BOTTOM);
  const spans = chart.spans.map(({ from, to, state }) => {
    const [fill, opacity] = state === 'firing' ? ['#cf222e', '0.18'] : ['#bf8700', '0.18'];
    const width = Math.max(1, x(to) - x(from));
    return `<rect x="${n(x(from))}" y="${TOP}" width="${n(width)}" height="${HEIGHT - TOP - BOTTOM}" fill="${fill}" fill-opacity="${opacity}"><title>${state} from ${axisTime(from)} to ${axisTime(to)}</title></rect>`;
  });
  const lines = chart.lines.map(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const paths = runsOf(points).map((run) => {
      const path = run.map(([time, value], at) => `${at === 0 ? 'M' : 'L'}${n(x(time))} ${n(y(value))}`).join('');
      return run.length === 1
        ? `<circle cx="${n(x((run[0] as [number, number])[0]))}" cy="${n(y((run[0] as [number, number])[1]))}" r="2" fill="${colour}"/>`
        : `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
    });
    return `<g><title>${escapeHtml(name)}</title>${paths.join('')}</g>`;
  });
  const threshold =
    chart.threshold === undefined
      ? ''
      : `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(chart.threshold))}" y2="${n(y(chart.threshold))}" stroke="#cf222e" stroke-dasharray="4 3"/><text x="${LEFT - 6}" y="${n(y(chart.threshold) + 4)}" text-anchor="end" fill="#cf222e">${axisNumber(chart.threshold)}</text>`;
  const bottom = HEIGHT - BOTTOM;
  const limit = chart.threshold === undefined ? undefined : axisNumber(chart.threshold);
  // A limit that the threshold's own text would cover says nothing more.
  const axisText = (value: number, at: number) =>
    axisNumber(value) === limit || (chart.threshold !== undefined && Math.abs(y(chart.threshold) + 4 - at) < 12)
      ? []
      : [`<text x="${LEFT - 6}" y="${at}" text-anchor="end">${axisNumber(value)}</text>`];
  const axis = [
    `<line x1="${LEFT}" x2="${LEFT}" y1="${TOP}" y2="${bottom}" stroke="#8c959f"/>`,
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}" stroke="#8c959f"/>`,
    ...axisText(range.high, TOP + 8),
    ...axisText(range.low, bottom),
    `<text x="${LEFT}" y="${bottom + 16}">${axisTime(chart.from)}</text>`,
    `<text x="${WIDTH - RIGHT}" y="${bottom + 16}" text-anchor="end">${axisTime(chart.to)}</text>`,
    `<text x="${LEFT}" y="${bottom + 34}">${escapeHtml(shortened(chart.title))}</text>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}" font-family="system-ui, sans-serif" font-size="12" fill="#57606a"><title>${escapeHtml(chart.title)}</title>${spans.join('')}${axis.join('')}${threshold}${lines.join('')}</svg>`;
}

/** Stretches of points that have a finite value. */
function runsOf(points: Chart['lines'][number]['points']): (readonly [number, number])[][] {
  const runs: (readonly [number, number])[][] = [[]];
  for (const [time, value] of points) {
    if (value === null || !Number.isFinite(value)) runs.push([]);
    else (runs.at(-1) as (readonly [number, number])[]).push([time, value]);
  }
  return runs.filter((run) => run.length > 0);
}

/** As much of a title as the width surely holds; the whole one is the picture's own title. */
function shortened(title: string): string {
  const characters = [...title];
  return characters.length <= MAX_TITLE ? title : `${characters.slice(0, MAX_TITLE - 1).join('')}…`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
