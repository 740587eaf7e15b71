import { axisNumber, axisTime, type Chart, chartRange } from '../../proofs/alerts/chart.js';
import { columnsOf, paragraph } from './layout.js';
import type { Terminal } from './terminal.js';
import { visible } from './visible.js';

const ROWS = 7;
const MAX_COLUMNS = 100;

/**
 * A small plot: values as dots, the threshold as a line across, and below when the alert is pending
 * and firing. Lines over one another take turns in showing their sign.
 */
export function renderChart(chart: Chart, terminal: Terminal): string[] {
  const { style, unicode } = terminal;
  const range = chartRange(chart);
  const { threshold } = chart;
  const scaled = (value: number, from: number, to: number) =>
    Math.min(to, Math.max(from, Math.round(((range.high - value) / (range.high - range.low)) * (ROWS - 1))));
  // Values on either side of the threshold keep a row of their own, so that none seems to be on the other side.
  const values = chart.lines.flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  const first = values.some((value) => threshold !== undefined && value > threshold) ? 1 : 0;
  const last = values.some((value) => threshold !== undefined && value < threshold) ? ROWS - 2 : ROWS - 1;
  const line = threshold === undefined ? undefined : scaled(threshold, first, last);
  const rowOf = (value: number) => {
    if (line === undefined || threshold === undefined) return scaled(value, 0, ROWS - 1);
    if (value === threshold) return line;
    return value > threshold ? scaled(value, 0, line - 1) : scaled(value, line + 1, ROWS - 1);
  };
  const labels = Array.from({ length: ROWS }, () => '');
  labels[0] = axisNumber(range.high);
  labels[ROWS - 1] = axisNumber(range.low);
  if (line !== undefined && threshold !== undefined) {
    const shown = axisNumber(threshold);
    for (const row of [0, ROWS - 1]) if (labels[row] === shown) labels[row] = '';
    labels[line] = shown;
  }
  const margin = Math.max(7, ...labels.map((label) => label.length));
  const columns = Math.max(10, Math.min(MAX_COLUMNS, (terminal.room ?? terminal.width) - margin - 4));
  const columnOf = (time: number) =>
    Math.min(
      columns - 1,
      Math.max(0, Math.round(((time - chart.from) / (chart.to - chart.from || 1)) * (columns - 1))),
    );

  const dash = style.dim(unicode ? '╌' : '-');
  const rows = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: columns }, () => (row === line ? dash : ' ')),
  );
  const marks = unicode ? ['●', '○', '◆', '◇', '▲', '△'] : ['*', 'o', '#', '+', 'x', '.'];
  for (const [index, { points }] of chart.lines.entries()) {
    const mark = style.cyan(marks[index % marks.length] as string);
    for (const [at, [time, value]] of points.entries()) {
      if (value === null || !Number.isFinite(value)) continue;
      // As to Prometheus, a value holds until the next one.
      const next = points[at + 1];
      const until = next === undefined ? columnOf(time) : Math.max(columnOf(time), columnOf(next[0]) - 1);
      const row = rows[rowOf(value)] as string[];
      for (let column = columnOf(time); column <= until; column += 1) {
        // Lines over one another take turns.
        const taken = row[column] !== ' ' && row[column] !== dash;
        if (!taken || column % chart.lines.length === index) row[column] = mark;
      }
    }
  }
  const side = unicode ? '┤' : '|';
  const spans = Array.from({ length: columns }, () => ' ');
  for (const { from, to, state } of chart.spans) {
    for (let column = columnOf(from); column <= columnOf(to); column += 1) {
      spans[column] = state === 'firing' ? style.red(unicode ? '█' : '#') : style.yellow(unicode ? '░' : '.');
    }
  }
  return [
    ...paragraph(chart.title, terminal, { indent: 2, style: style.bold }),
    ...rows.map(
      (row, index) => `  ${style.dim((labels[index] as string).padStart(margin))} ${style.dim(side)}${row.join('')}`,
    ),
    ...(chart.spans.length > 0 ? [`  ${style.dim('alert'.padStart(margin))}  ${spans.join('')}`] : []),
    `  ${' '.repeat(margin)}  ${style.dim(timeAxis(chart, columns, columnOf))}`,
    ...chart.lines.flatMap(({ name }, index) =>
      paragraph(name, terminal, { first: `${marks[index % marks.length]} `, indent: 2 + margin + 2, style: style.dim }),
    ),
    ...(chart.spans.length > 0
      ? [
          `  ${' '.repeat(margin)}  ${style.yellow(unicode ? '░' : '.')} ${style.dim('pending')}  ${style.red(unicode ? '█' : '#')} ${style.dim('firing')}`,
        ]
      : []),
  ];
}

/** The times that are worth telling, each below its column: when the alert fires, the ends, and when it changes else. */
function timeAxis({ from, to, spans }: Chart, columns: number, columnOf: (time: number) => number): string {
  const axis = Array.from({ length: columns }, () => ' ');
  const firing = spans.filter(({ state }) => state === 'firing').map((span) => span.from);
  for (const time of [from, to, ...firing, ...spans.flatMap((span) => [span.to, span.from])]) {
    const text = axisTime(time);
    const at = Math.min(columnOf(time), columns - text.length);
    // With a blank on both sides.
    if (axis.slice(Math.max(0, at - 1), at + text.length + 1).every((character) => character === ' ')) {
      axis.splice(at, text.length, ...text);
    }
  }
  return axis.join('').trimEnd();
}

/** As {@link cell}, but of a text that doesn't fit the end is kept: of a path and line that is what matters. */
export function cellOfEnd(text: string, width: number, terminal: Terminal): string {
  const shown = [...visible(text, terminal)];
  if (columnsOf(shown.join('')) <= width) return cell(text, width, terminal);
  while (columnsOf(shown.join('')) > width - 1) shown.shift();
  return cell(`${terminal.unicode ? '…' : '~'}${shown.join('')}`, width, terminal);
}

/** A row of columns that keeps its width whatever characters the texts have; what doesn't fit is cut with `…`. */
export function cell(text: string, width: number, terminal: Terminal): string {
  const shown = visible(text, terminal);
  if (columnsOf(shown) <= width) return shown + ' '.repeat(width - columnsOf(shown));
  let cut = '';
  for (const character of shown) {
    if (columnsOf(cut + character) > width - 1) break;
    cut += character;
  }
  const padded = `${cut}${terminal.unicode ? '…' : '~'}`;
  return padded + ' '.repeat(Math.max(0, width - columnsOf(padded)));
}
