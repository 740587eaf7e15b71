import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import { fileName } from '../scope.js';
import { excerpt, LineTable } from '../sourceText.js';
import { toolPart } from './toolPart.js';

/** A shell script as the commands of its lines, comments left out and continued lines joined. */
export function readShellScript(path: EncodedPath, text: string): ToolPart[] {
  const lines = new LineTable(text);
  const code = text.replace(/^[ \t]*#.*$/gm, '').replace(/\\\r?\n/g, ' ');
  const first = text.search(/^[ \t]*[^#\s]/m);
  if (first === -1) return [];
  const place = lines.place(first, text.length);
  const name = fileName(path);
  return [
    toolPart(place, {
      path,
      kind: 'shell script',
      name,
      evidence: excerpt(text.slice(first), 120),
      commands: [{ text: code, line: 1, folder: '' }],
      labels: [name.replace(/\.\w+$/, '')],
    }),
  ];
}
