import type { EncodedPath } from '../../contract/encodedPath.js';
import type { PartCommand, ToolPart } from '../facts.js';
import { folderOf } from '../scope.js';
import { LineTable } from '../sourceText.js';
import { toolPart } from './toolPart.js';

const MAX_LINES = 5000;
const MAX_TARGETS = 300;

export function isMakefileName(name: string): boolean {
  return /^(gnu)?makefile$|\.mk$/i.test(name);
}

/** Reads the targets of a Makefile with their recipes; `uses` are the targets they need first. */
export function readMakefile(path: EncodedPath, text: string): ToolPart[] {
  const lines = new LineTable(text);
  const parts: ToolPart[] = [];
  let open: { name: string; needs: string[]; start: number; end: number; commands: PartCommand[] } | undefined;
  const close = (): void => {
    if (open && (open.commands.length > 0 || open.needs.length > 0) && parts.length < MAX_TARGETS) {
      const evidence = open.commands[0]?.text ?? `needs ${open.needs.join(' ')}`;
      parts.push(
        toolPart(lines.place(open.start, open.end), {
          path,
          kind: 'Makefile target',
          name: open.name,
          evidence,
          commands: open.commands,
          labels: [open.name],
          uses: open.needs,
        }),
      );
    }
    open = undefined;
  };
  for (let number = 1; number <= Math.min(lines.lineCount, MAX_LINES); number += 1) {
    const start = lines.startOf(number);
    const line = text.slice(start, lines.startOf(number + 1)).trimEnd();
    const rule = /^([A-Za-z0-9][\w./-]*)\s*::?(?!=)([^#]*)/.exec(line);
    if (rule) {
      close();
      const needs = (rule[2] as string).split(/\s+/).filter((word) => /^[\w./-]+$/.test(word));
      open = { name: rule[1] as string, needs, start, end: start + line.length, commands: [] };
    } else if (open && /^\t\s*\S/.test(line)) {
      open.commands.push({ text: line.trim().replace(/^[@+-]+/, ''), line: number, folder: folderOf(path) });
      open.end = start + line.length;
    } else if (line !== '' && !/^\s*#/.test(line) && !/^\s/.test(line)) close();
  }
  close();
  return parts;
}
