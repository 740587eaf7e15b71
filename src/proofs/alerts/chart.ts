/** A line of a chart: what a series, or the query's decisive part, is worth over time. */
export interface ChartLine {
  name: string;
  /** Seconds since the start, ascending, with the value; `null`: there is none then. */
  points: readonly (readonly [time: number, value: number | null])[];
}

/** Values over time beside the moments at which the alert is pending and firing; drawn in the terminal and as SVG. */
export interface Chart {
  title: string;
  /** Seconds since the start. */
  from: number;
  to: number;
  lines: readonly ChartLine[];
  /** The value that the lines are compared with. */
  threshold?: number;
  spans: readonly { from: number; to: number; state: 'pending' | 'firing' }[];
}

/** The values that a chart has to make room for, with some space above and below. */
export function chartRange({ lines, threshold }: Chart): { low: number; high: number } {
  const values = lines.flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  const all = [...values, ...(threshold === undefined ? [] : [threshold])].filter(Number.isFinite);
  if (all.length === 0) return { low: 0, high: 1 };
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  if (low === high) {
    const around = Math.abs(low) * 0.1 || 1;
    return { low: low - around, high: high + around };
  }
  const space = (high - low) * 0.05;
  // What is never negative gets no axis below zero.
  return { low: low >= 0 ? Math.max(0, low - space) : low - space, high: high + space };
}

/** A number as an axis shows it: few digits, never `0.30000000000000004`. */
export function axisNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(2).replace(/\.?0+e/, 'e');
  return String(Number(value.toPrecision(4)));
}

/** Seconds as people write durations: `90s` → `1m30s`. */
export function axisTime(seconds: number): string {
  if (seconds === 0) return '0';
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'm'],
    [whole % 60, 's'],
  ];
  return (
    parts
      .flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : []))
      .slice(0, 2)
      .join('') || '0'
  );
}

/** Lines whose values are told of at most. */
const MAX_TOLD = 3;

/** A chart in words, for who can't see it: the threshold, what each line is worth, and when the alert is pending and firing. */
export function chartInWords({ from, to, lines, threshold, spans }: Chart): string {
  const told = lines.slice(0, MAX_TOLD).map(({ name, points }) => `${name} ${valuesInWords(points)}`);
  const more = lines.length - told.length;
  const states = statesInWords({ spans });
  return [
    `From ${axisTime(from)} to ${axisTime(to)}.`,
    ...(threshold === undefined ? [] : [`Threshold ${axisNumber(threshold)}.`]),
    ...told.map((text) => `${text}.`),
    ...(more > 0 ? [`${more} more ${more === 1 ? 'line' : 'lines'}.`] : []),
    states === '' ? 'The alert is never pending or firing.' : `The alert is ${states}.`,
  ].join(' ');
}

/** When the alert is pending and firing; empty when it never is. */
export function statesInWords({ spans }: Pick<Chart, 'spans'>): string {
  return spans.map(({ from, to, state }) => `${state} from ${axisTime(from)} to ${axisTime(to)}`).join(', ');
}

function valuesInWords(points: ChartLine['points']): string {
  const values = points.flatMap(([, value]) => (value === null || Number.isNaN(value) ? [] : [value]));
  if (values.length === 0) return 'has no value';
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const gaps = points.some(([, value]) => value === null) ? ', with gaps' : '';
  return `${low === high ? `stays at ${axisNumber(low)}` : `is between ${axisNumber(low)} and ${axisNumber(high)}`}${gaps}`;
}
