import type { EncodedPath } from '../../contract/encodedPath.js';
import type { PartCommand, ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';
import { commandFolder, scriptCommands } from './yamlScript.js';

/** Conditional steps (`when`, `unless`) inside each other. */
const MAX_DEPTH = 8;

export function isCircleCiPath(path: EncodedPath): boolean {
  return /(^|\/)\.circleci\/[^/]+\.ya?ml$/.test(path);
}

/** Reads the jobs of a CircleCI configuration with their `run` steps, those of its own commands included. */
export function readCircleCi(path: EncodedPath, document: YamlNode): ToolPart[] {
  const named = document.get('commands');
  return (document.get('jobs')?.pairs() ?? []).flatMap(({ key, place, value }) => {
    const commands = steps(value?.get('steps'), named, 0);
    if (commands.length === 0) return [];
    return [
      toolPart(place, {
        path,
        kind: 'CircleCI job',
        name: key,
        evidence: `run: ${commands.at(-1)?.text ?? ''}`,
        commands,
        labels: [key],
        images: (value?.get('docker')?.items() ?? []).flatMap((item) => item.get('image')?.text ?? []),
      }),
    ];
  });
}

function steps(list: YamlNode | undefined, named: YamlNode | undefined, depth: number): PartCommand[] {
  if (depth > MAX_DEPTH) return [];
  return (list?.items() ?? []).flatMap((step) => {
    const run = step.get('run');
    if (run) {
      const folder = commandFolder(run.get('working_directory')?.text);
      return scriptCommands(run.get('command') ?? (run.isMap ? undefined : run), folder);
    }
    const nested = step.get('when', 'steps') ?? step.get('unless', 'steps');
    if (nested) return steps(nested, named, depth + 1);
    const own = step.text ?? step.pairs()[0]?.key ?? '';
    return steps(named?.get(own, 'steps'), named, depth + 1);
  });
}
