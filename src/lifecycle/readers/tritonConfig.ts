import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import { folderOf } from '../scope.js';
import { LineTable } from '../sourceText.js';
import { toolPart } from './toolPart.js';

/**
 * Reads a Triton model configuration (`config.pbtxt`, protocol buffer text format): told by a backend
 * or platform at the top level. Without a `name` Triton takes the folder's.
 */
export function readTritonConfig(path: EncodedPath, text: string): ToolPart[] {
  const lines = new LineTable(text);
  const backend = /^\s*(backend|platform)\s*:\s*"([^"\n]*)"/m.exec(text);
  if (!backend) return [];
  const name = /^\s*name\s*:\s*"([^"\n]*)"/m.exec(text.slice(0, text.search(/[[{]/) >>> 0))?.[1];
  const model = name ?? folderOf(path).split('/').at(-1) ?? '';
  const start = backend.index + backend[0].search(/\S/);
  return [
    toolPart(lines.place(start, backend.index + backend[0].length), {
      path,
      kind: 'Triton model configuration',
      name: model,
      evidence: `${backend[1]}: "${backend[2]}"`,
      stage: 'deployment',
      model,
    }),
  ];
}
