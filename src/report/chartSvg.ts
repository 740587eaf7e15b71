import { axisNumber, axisTime, type Chart, chartInWords, chartRange } from '../proofs/alerts/chart.js';
import { escapeHtml } from './escape.js';

const WIDTH = 440;
const HEIGHT = 190;
const LEFT = 56;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 34;
const BASE = HEIGHT - BOTTOM;
/** Below the plot, where it says in which state the alert is. */
const STRIP = { y: BASE + 2, height: 7 };
/** Between two times of the axis, and around the threshold's number, so that texts don't touch. */
const ROOM = { time: 40, number: 13 };
/** Below the middle, where a threshold often is. */
const WORD_AT = TOP + 100;
/** Width from which on a state's name fits into its window. */
const ROOM_FOR_STATE = 52;

/** Line colours and patterns: whoever can't tell the colours can tell the patterns. */
const LINES = [
  { colour: '#0969da', dashes: '' },
  { colour: '#8250df', dashes: '6 3' },
  { colour: '#9a6700', dashes: '2 3' },
  { colour: '#1a7f37', dashes: '9 3 2 3' },
  { colour: '#bf3989', dashes: '4 2' },
  { colour: '#57606a', dashes: '1 2' },
] as const;
const STATES = { pending: '#bf8700', firing: '#cf222e' } as const;

/** Rules by which a page shows the plots in its own colours, in light and dark; without them they are for light ground. */
export const CHART_STYLE = `
.plot { display: block; width: 100%; height: auto; } .plot text { fill: var(--dim); } .plot .axis { stroke: var(--line); }
.plot .threshold { stroke: var(--bad); } .plot .limit { fill: var(--bad); } .plot .pending { fill: var(--doubt); } .plot .firing { fill: var(--bad); }
${LINES.map((_, index) => `.line-${index} { stroke: var(--line-${index}); } .dot-${index} { fill: var(--line-${index}); }`).join(' ')}
:root { ${LINES.map(({ colour }, index) => `--line-${index}: ${colour};`).join(' ')} }
@media (prefers-color-scheme: dark) { :root { --line-0: #58a6ff; --line-1: #bc8cff; --line-2: #d29922; --line-3: #3fb950; --line-4: #f778ba; --line-5: #8b949e; } }
`;

/**
 * A chart as a self-contained SVG, with the threshold as a dashed line and the windows in which the
 * alert is pending and firing. What it shows stands in its description too; all text is escaped.
 *
 * @param id distinct within the page
 */
export function chartSvg(chart: Chart, id: string): string {
  const range = chartRange(chart);
  const x = (time: number) => LEFT + ((time - chart.from) / (chart.to - chart.from || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + ((range.high - value) / (range.high - range.low)) * (BASE - TOP);
  const parts = [
    ...chart.spans.map((span) => spanMarks(span, x)),
    ...axes(chart, range, x, y),
    ...(chart.threshold === undefined ? [] : [thresholdMarks(chart.threshold, y)]),
    ...chart.lines.map(({ name, points }, index) => lineMarks(name, points, index, x, y)),
  ];
  return (
    `<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
    `aria-labelledby="${id}-t ${id}-d" font-family="system-ui, sans-serif" font-size="12" fill="#57606a">` +
    `<title id="${id}-t">${escapeHtml(chart.title)}</title><desc id="${id}-d">${escapeHtml(chartInWords(chart))}</desc>` +
    `${parts.join('')}</svg>`
  );
}

/** A sample of a line, to stand before its name. */
export function lineSample(index: number): string {
  return `<svg width="26" height="8" aria-hidden="true"><path d="M0 4L26 4" ${stroke(index)}/></svg>`;
}

type Scale = (value: number) => number;

function spanMarks({ from, to, state }: Chart['spans'][number], x: Scale): string {
  const [left, width] = [x(from), Math.max(1, x(to) - x(from))];
  const box = (top: number, height: number, opacity: number) =>
    `<rect class="${state}" x="${n(left)}" y="${top}" width="${n(width)}" height="${height}" fill="${STATES[state]}" fill-opacity="${opacity}"/>`;
  const word =
    width < ROOM_FOR_STATE
      ? ''
      : `<text x="${n(left + width / 2)}" y="${WORD_AT}" text-anchor="middle" font-size="11">${state}</text>`;
  const strip = box(STRIP.y, STRIP.height, state === 'firing' ? 1 : 0.55);
  return `<g><title>${state} from ${axisTime(from)} to ${axisTime(to)}</title>${box(TOP, BASE - TOP, 0.12)}${strip}${word}</g>`;
}

function axes(chart: Chart, range: { low: number; high: number }, x: Scale, y: Scale): string[] {
  const limit = chart.threshold === undefined ? undefined : y(chart.threshold);
  // A limit that the threshold's own number would touch says nothing more.
  const numbers = [range.high, range.low].filter(
    (value) => limit === undefined || Math.abs(y(value) - limit) >= ROOM.number,
  );
  return [
    `<path class="axis" d="M${LEFT} ${TOP}L${LEFT} ${BASE}L${WIDTH - RIGHT} ${BASE}" fill="none" stroke="#8c959f"/>`,
    ...numbers.map(
      (value) => `<text x="${LEFT - 6}" y="${n(y(value) + 4)}" text-anchor="end">${axisNumber(value)}</text>`,
    ),
    ...timesOf(chart, x).map(
      ({ time, at, anchor }) => `<text x="${n(at)}" y="${HEIGHT - 8}" text-anchor="${anchor}">${axisTime(time)}</text>`,
    ),
  ];
}

/** Times that are worth telling, those of the alert first, as far as there is room. */
function timesOf({ from, to, spans }: Chart, x: Scale): { time: number; at: number; anchor: string }[] {
  const firing = spans.filter(({ state }) => state === 'firing').map((span) => span.from);
  const wanted = [...firing, from, to, ...spans.flatMap((span) => [span.to, span.from])];
  const taken: number[] = [];
  for (const time of wanted) if (taken.every((other) => Math.abs(x(other) - x(time)) >= ROOM.time)) taken.push(time);
  return taken
    .sort((a, b) => a - b)
    .map((time) => ({ time, at: x(time), anchor: time === from ? 'start' : time === to ? 'end' : 'middle' }));
}

function thresholdMarks(threshold: number, y: Scale): string {
  const at = n(y(threshold));
  return (
    `<g><title>threshold ${axisNumber(threshold)}</title><path class="threshold" d="M${LEFT} ${at}L${WIDTH - RIGHT} ${at}" stroke="${STATES.firing}" stroke-dasharray="5 4"/>` +
    `<text class="limit" x="${LEFT - 6}" y="${n(y(threshold) + 4)}" text-anchor="end" font-weight="600" fill="${STATES.firing}">${axisNumber(threshold)}</text></g>`
  );
}

function lineMarks(name: string, points: Chart['lines'][number]['points'], index: number, x: Scale, y: Scale): string {
  const marks = runsOf(points).map((run) => {
    const [[time, value]] = run as [readonly [number, number]];
    if (run.length === 1) {
      const { colour } = lineOf(index);
      return `<circle class="dot-${index % LINES.length}" cx="${n(x(time))}" cy="${n(y(value))}" r="2.5" fill="${colour}"/>`;
    }
    const path = run.map((point, at) => `${at === 0 ? 'M' : 'L'}${n(x(point[0]))} ${n(y(point[1]))}`).join('');
    return `<path d="${path}" ${stroke(index)}/>`;
  });
  return `<g><title>${escapeHtml(name)}</title>${marks.join('')}</g>`;
}

function stroke(index: number): string {
  const { colour, dashes } = lineOf(index);
  const pattern = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`;
  return `class="line-${index % LINES.length}" fill="none" stroke="${colour}" stroke-width="2"${pattern}`;
}

function lineOf(index: number): (typeof LINES)[number] {
  return LINES[index % LINES.length] as (typeof LINES)[number];
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

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
