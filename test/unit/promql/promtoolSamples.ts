import { unquote } from '../../../src/promql/stringLiteral.js';

/** What promtool said of one expression test. */
export type PromtoolAnswer = { error: string } | { samples: { labels: Record<string, string>; value: number }[] };

const ENTRY = /^ {4}expr: ("(?:[^"\\]|\\.)*"), time: (\S+?),(?: err: (.*)|$)/;
const GOT = /^ {8}got: (.*)$/;
const SAMPLE = /\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} (\S+?)(?:, |$)/g;
const LABEL = /([A-Za-z_][A-Za-z0-9_]*)=("(?:[^"\\]|\\.)*")/g;

/** Reads the failures of expression tests that expect no samples: expression and time → what it got. */
export function readPromtoolSamples(output: string): Map<string, PromtoolAnswer> {
  const answers = new Map<string, PromtoolAnswer>();
  let key = '';
  for (const line of output.split('\n')) {
    const entry = ENTRY.exec(line);
    if (entry !== null) {
      const [, expr = '', time = '', error] = entry;
      key = `${time} ${unquote(expr, 0)}`;
      if (error !== undefined) answers.set(key, { error });
      continue;
    }
    const got = GOT.exec(line)?.[1];
    if (got === undefined) continue;
    const samples = [...got.matchAll(SAMPLE)].map(([, labels = '', value = '']) => ({
      labels: Object.fromEntries(
        [...labels.matchAll(LABEL)].map(([, name = '', text = '']) => [name, unquote(text, 0)]),
      ),
      value: numberOf(value),
    }));
    answers.set(key, { samples });
  }
  return answers;
}

function numberOf(text: string): number {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
