/** An alert as promtool says that it got it. */
export interface ObservedAlert {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

export interface ObservedSample {
  /** With `__name__`. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What promtool got for the questions of a test file that was made to fail. */
export interface Observation {
  /** By the mark in the expression. A question without samples isn't there: promtool doesn't print what is as expected. */
  samples: ReadonlyMap<string, readonly ObservedSample[]>;
  /** Below `got:` of `alert_rule_test`. */
  alerts: readonly ObservedAlert[];
  /** Evaluations that Prometheus refused, for instance because a match is many-to-many. */
  errors: readonly string[];
}

const EXPRESSION = /^\s*expr: ("(?:[^"\\]|\\.)*"), time: [^,]*,(.*)$/;

/** An expression with a mark by which {@link readObservation} finds its answer. */
export function marked(expr: string, mark: string): string {
  return `${expr}\n# ${mark}`;
}

/** Reads the output of a failed test file whose expressions are {@link marked}. */
export function readObservation(output: string): Observation {
  const samples = new Map<string, readonly ObservedSample[]>();
  const errors: string[] = [];
  const alertLines: string[] = [];
  let mark: string | undefined;
  let inAlerts = false;
  for (const line of output.split('\n')) {
    const expression = EXPRESSION.exec(line);
    if (expression !== null) {
      inAlerts = false;
      mark = /\\n# ([a-z0-9 -]+)"$/.exec(expression[1] as string)?.[1];
      if (/\berr: /.test(expression[2] as string)) errors.push(`${(expression[2] as string).trim()}`);
      continue;
    }
    const got = /^\s*got: (\{?.*)$/.exec(line);
    if (got !== null && mark !== undefined) {
      samples.set(mark, got[1] === 'nil' ? [] : sampleList(got[1] as string));
      mark = undefined;
      continue;
    }
    if (/^\s*got:\[/.test(line)) inAlerts = true;
    if (inAlerts) alertLines.push(line);
    const refused = /^\s*rule: .*, time: .*, err: (.*)$/.exec(line);
    if (refused !== null) errors.push(refused[1] as string);
  }
  return { samples, alerts: observedAlerts(alertLines), errors };
}

function observedAlerts(lines: readonly string[]): ObservedAlert[] {
  const alerts: ObservedAlert[] = [];
  let labels: Record<string, string> | undefined;
  for (const line of lines) {
    const text = line.trim();
    if (text.startsWith('Labels:{')) labels = labelSet(text.slice('Labels:'.length));
    if (text.startsWith('Annotations:{') && labels !== undefined) {
      alerts.push({ labels, annotations: labelSet(text.slice('Annotations:'.length)) });
      labels = undefined;
    }
  }
  return alerts;
}

const SAMPLE = /(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}) ([^\s,]+)/g;

function sampleList(text: string): ObservedSample[] {
  return [...text.matchAll(SAMPLE)].map((match) => ({
    labels: labelSet(match[1] as string),
    value: goNumber(match[2] as string),
  }));
}

function goNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A label set as Go prints it, `{name="value", …}` with values quoted by strconv.Quote. */
function labelSet(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const match of text.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[match[1] as string] = unquoted(match[2] as string);
  }
  return labels;
}

function unquoted(body: string): string {
  return body.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g, (_, byte, short, long, character) => {
    const code = (byte ?? short ?? long) as string | undefined;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return ESCAPES[character as string] ?? (character as string);
  });
}

/** The beginning of what promtool said, on one line, for a reason. */
export function firstWords(output: string): string {
  return output.replace(/\s+/g, ' ').trim().slice(0, 300);
}
