/** An alert as promtool says that it got it. */
export interface ObservedAlert {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

/**
 * Whether a test failed because its expectations weren't met. A file that can't be read fails too,
 * which shows nothing about the rule.
 */
export function isUnmet(run: { exitCode: number; stdout: string; stderr: string }): boolean {
  return run.exitCode !== 0 && /^\s*exp:|, exp: ?$|exp:\[/m.test(`${run.stdout}\n${run.stderr}`);
}

/** The alerts below `got:` in the output of a failed `alert_rule_test`. */
export function observedAlerts(output: string): ObservedAlert[] {
  const alerts: ObservedAlert[] = [];
  let labels: Record<string, string> | undefined;
  const got = output.slice(output.indexOf('got:'));
  for (const line of got.split('\n')) {
    const text = line.trim();
    if (text.startsWith('Labels:{')) labels = labelSet(text.slice('Labels:'.length));
    if (text.startsWith('Annotations:{') && labels !== undefined) {
      alerts.push({ labels, annotations: labelSet(text.slice('Annotations:'.length)) });
      labels = undefined;
    }
  }
  return alerts;
}

/** The values of the samples below `got:` in the output of a failed `promql_expr_test`. */
export function observedValues(output: string): number[] {
  return [...output.matchAll(/\} ([+-]?[0-9][^\s,]*)/g)].map((match) => Number(match[1]));
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
