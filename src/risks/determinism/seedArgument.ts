import type { PythonCall, PythonModule } from '../../lifecycle/facts.js';
import { applySplices, indentationOf, lineEnding, type Splice } from '../../planning/yamlSplice.js';

/** Whether a call leaves open how it is seeded: `*args` or `**kwargs` may hold the seed. */
export function hasSplat(call: PythonCall): boolean {
  return call.arguments.some((argument) => argument.splat !== undefined);
}

/** Whether the keyword is given with anything but a literal `None`. */
export function isGiven(call: PythonCall, keyword: string): boolean {
  const argument = call.arguments.find((each) => each.name === keyword);
  return argument !== undefined && argument.value.kind !== 'none';
}

/** Value of a keyword that is a literal string; `undefined` otherwise. */
export function stringArgument(call: PythonCall, keyword: string): string | undefined {
  const value = call.arguments.find((each) => each.name === keyword)?.value;
  return value?.kind === 'string' ? value.value : undefined;
}

/** Whether a keyword is the literal `True`. */
export function isTrue(call: PythonCall, keyword: string): boolean {
  const value = call.arguments.find((each) => each.name === keyword)?.value;
  return value?.kind === 'boolean' && value.value;
}

const GLOBAL_SEEDS =
  /(^|\.)(numpy\.random\.seed|np\.random\.seed|seed_everything|set_seed|set_random_seed|manual_seed)$/;

/** The call that seeds the global generator in the module before a line, where there is one. */
export function globalSeed(module: PythonModule, line: number): PythonCall | undefined {
  return module.calls.find((call) => call.line < line && GLOBAL_SEEDS.test(call.resolved));
}

/**
 * The module's text with `keyword=value` as the call's last argument, or in place of a literal
 * `None`. A call that has one argument a line with a comma after each gets a line more; else the
 * argument is appended to the line of the last one.
 */
export function withArgument(text: string, call: PythonCall, keyword: string, value: string): string {
  return applySplices(text, [argumentSplice(text, call, keyword, value)]);
}

function argumentSplice(text: string, call: PythonCall, keyword: string, value: string): Splice {
  const existing = call.arguments.find((each) => each.name === keyword);
  if (existing) return { start: existing.range.start, end: existing.range.end, text: `${keyword}=${value}` };
  const close = call.argumentList.end - 1;
  const last = call.arguments.at(-1);
  if (!last) return { start: close, end: close, text: `${keyword}=${value}` };
  if (!call.trailingComma) return { start: last.range.end, end: last.range.end, text: `, ${keyword}=${value}` };
  const comma = commaAfter(text, last.range.end, close);
  const lineEnd = text.indexOf('\n', comma);
  if (lineEnd === -1 || lineEnd > close) return { start: comma + 1, end: comma + 1, text: ` ${keyword}=${value}` };
  const after = lineEnd + 1;
  const indentation = indentationOf(text, last.line);
  return { start: after, end: after, text: `${indentation}${keyword}=${value},${lineEnding(text, last.line)}` };
}

/** Offset of the comma behind the last argument, past comments. */
function commaAfter(text: string, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    if (text[at] === ',') return at;
    if (text[at] === '#') at = text.indexOf('\n', at);
  }
  return end - 1;
}
