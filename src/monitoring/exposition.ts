import { MlopsError } from '../contract/errors.js';

export type ExposedKind = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'unknown';

/** What one exposition tells: which series there are, and what kind their metrics say they are. */
export interface Exposition {
  /** Name of a series' metric (`http_requests_total`, `latency_seconds_bucket`) → its label sets without `__name__`. */
  series: ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;
  /** The same names → kind of the family that they belong to. Names without `# TYPE` are missing. */
  kinds: ReadonlyMap<string, ExposedKind>;
}

/** Largest exposition that is read, in characters. */
export const MAX_EXPOSITION = 50 * 1024 * 1024;

const KINDS: Readonly<Record<string, ExposedKind>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
  summary: 'summary',
  info: 'info',
  stateset: 'gauge',
  unknown: 'unknown',
  untyped: 'unknown',
};
/** Endings that the series of a family have beside its name. */
const SUFFIXES: Readonly<Partial<Record<ExposedKind, readonly string[]>>> = {
  counter: ['', '_total', '_created'],
  histogram: ['', '_bucket', '_sum', '_count', '_created', '_gsum', '_gcount'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['', '_info'],
};

/**
 * Reads what a target exposes: the Prometheus text format 0.0.4 or OpenMetrics 1.0, without the values.
 *
 * Formats: prometheus.io, "Exposition formats"; OpenMetrics specification, "Text format".
 *
 * @throws MlopsError MLOPS-INPUT-001 with the line that isn't one of the format, or for a text of more
 * than {@link MAX_EXPOSITION} characters.
 */
export function parseExposition(text: string, where: string): Exposition {
  if (text.length > MAX_EXPOSITION)
    throw new MlopsError('MLOPS-INPUT-001', 'the exposition is larger than 50 MiB', { where });
  const families = new Map<string, ExposedKind>();
  const series = new Map<string, Record<string, string>[]>();
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const fail = (problem: string): never => {
      const mend = 'Give what the target serves at /metrics, in the text format.';
      throw new MlopsError('MLOPS-INPUT-001', problem, { where: `${where}:${index + 1}`, mend });
    };
    if (line.trim() === '') continue;
    if (line.startsWith('#')) {
      const type = /^#\s*TYPE\s+("(?:[^"\\]|\\.)*"|\S+)\s+(\S+)/.exec(line);
      const kind = type ? KINDS[(type[2] as string).toLowerCase()] : undefined;
      if (type && kind !== undefined) families.set(unquoted(type[1] as string), kind);
      continue;
    }
    const sample = readSample(line) ?? fail(`not a sample of the exposition format: ${line.slice(0, 80)}`);
    const known = series.get(sample.metric);
    if (known) known.push(sample.labels);
    else series.set(sample.metric, [sample.labels]);
  }
  return { series, kinds: kindsOf(series.keys(), families) };
}

function kindsOf(names: Iterable<string>, families: ReadonlyMap<string, ExposedKind>): Map<string, ExposedKind> {
  const bySeries = new Map<string, ExposedKind>();
  for (const [family, kind] of families) {
    for (const suffix of SUFFIXES[kind] ?? ['']) bySeries.set(`${family}${suffix}`, kind);
  }
  return new Map([...names].flatMap((name) => (bySeries.has(name) ? [[name, bySeries.get(name) as ExposedKind]] : [])));
}

function readSample(line: string): { metric: string; labels: Record<string, string> } | undefined {
  const name = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*/.exec(line) as RegExpExecArray;
  let at = name[0].length;
  let metric = name[1];
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at += 1;
    for (;;) {
      const close = /^\s*\}/.exec(line.slice(at));
      if (close) {
        at += close[0].length;
        break;
      }
      const label = /^\s*("(?:[^"\\]|\\.)*"|[a-zA-Z_][a-zA-Z0-9_.]*)\s*(?:=\s*("(?:[^"\\]|\\.)*"))?\s*(,|(?=\}))/.exec(
        line.slice(at),
      );
      if (!label) return undefined;
      at += label[0].length;
      const key = unquoted(label[1] as string);
      // UTF-8 metric names stand quoted in the braces, without a value.
      if (label[2] === undefined) metric ??= key;
      else Object.defineProperty(labels, key, { value: unquoted(label[2]), enumerable: true });
    }
  }
  const value = /^\s*[-+]?(?:inf(?:inity)?|nan|[0-9.][0-9a-fA-FxXeEpP.+_-]*)(?:\s|$)/i.test(line.slice(at));
  return metric !== undefined && value ? { metric, labels } : undefined;
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
