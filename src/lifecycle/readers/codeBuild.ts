import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';
import { scriptCommands } from './yamlScript.js';

/** Whether a file is an AWS CodeBuild specification: `version: 0.2` with phases. */
export function isCodeBuild(document: YamlNode): boolean {
  return document.get('phases')?.isMap === true && /^0\.\d$/.test(document.get('version')?.text ?? '');
}

/** Reads the phases of a CodeBuild specification with their commands. */
export function readCodeBuild(path: EncodedPath, document: YamlNode): ToolPart[] {
  return (document.get('phases')?.pairs() ?? []).flatMap(({ key, place, value }) => {
    const commands = [...scriptCommands(value?.get('commands')), ...scriptCommands(value?.get('finally'))];
    if (commands.length === 0) return [];
    const evidence = commands.at(-1)?.text ?? '';
    return [toolPart(place, { path, kind: 'CodeBuild phase', name: key, evidence, commands })];
  });
}
