import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import { folderOf } from '../scope.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

/** Reads the entry points of an `MLproject` file (MLflow's "MLproject file"). */
export function readMlproject(path: EncodedPath, document: YamlNode): ToolPart[] {
  const project = document.get('name')?.text ?? '';
  const image = document.get('docker_env', 'image')?.text;
  return (document.get('entry_points')?.pairs() ?? []).flatMap(({ key, place, value }) => {
    const command = value?.get('command')?.scalar;
    if (!command) return [];
    return [
      toolPart(place, {
        path,
        kind: 'MLproject entry point',
        name: key,
        evidence: `command: ${command.value}`,
        commands: [{ text: command.value, line: command.line, folder: folderOf(path) }],
        labels: [key, ...(key === 'main' ? [project] : [])],
        images: image === undefined ? [] : [image],
      }),
    ];
  });
}
