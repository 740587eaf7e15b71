import type { EncodedPath } from '../../contract/encodedPath.js';
import type { PartCommand, ToolPart } from '../facts.js';
import { LineTable } from '../sourceText.js';
import { toolPart } from './toolPart.js';

const MAX_STAGES = 200;
const MAX_STEPS = 1000;

const STAGE = /^[ \t]*stage\s*\(\s*(['"])([^'"\n]{1,200})\1\s*\)/gm;
const SHELL = /\b(?:sh|bat|powershell)\b\s*\(?\s*(?:label:[^,\n]*,\s*)?(?:script:\s*)?('''|"""|'|")/g;

export function isJenkinsfileName(name: string): boolean {
  return /^jenkinsfile([.-].*)?$|\.jenkinsfile$/i.test(name);
}

/**
 * Reads a Jenkinsfile as text: its `stage('…')` blocks and the shell steps that stand between one
 * and the next. Groovy isn't parsed.
 */
export function readJenkinsfile(path: EncodedPath, text: string): ToolPart[] {
  const lines = new LineTable(text);
  const stages = [...text.matchAll(STAGE)].slice(0, MAX_STAGES);
  const commands = shellSteps(text, lines);
  return stages.flatMap((match, index) => {
    const end = stages[index + 1]?.index ?? text.length;
    const own = commands.filter(({ at }) => at > match.index && at < end).map(({ command }) => command);
    if (own.length === 0) return [];
    const name = match[2] as string;
    return [
      toolPart(lines.place(match.index + match[0].search(/\S/), end), {
        path,
        kind: 'Jenkins stage',
        name,
        evidence: `sh: ${own.at(-1)?.text ?? ''}`,
        commands: own,
        labels: [name],
      }),
    ];
  });
}

function shellSteps(text: string, lines: LineTable): { at: number; command: PartCommand }[] {
  const found: { at: number; command: PartCommand }[] = [];
  for (const match of text.matchAll(SHELL)) {
    if (found.length >= MAX_STEPS) break;
    const quote = match[1] as string;
    const start = match.index + match[0].length;
    const end = text.indexOf(quote, start);
    const script = end === -1 ? '' : text.slice(start, end);
    if (script === '' || (quote.length === 1 && script.includes('\n'))) continue;
    found.push({ at: match.index, command: { text: script, line: lines.lineAt(start), folder: '' } });
  }
  return found;
}
