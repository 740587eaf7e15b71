import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';
import { commandFolder } from './yamlScript.js';

const MAX_STEPS = 300;

/** Whether a mapping is a Google Cloud Build configuration: steps that each name their builder's image. */
export function isCloudBuild(document: YamlNode): boolean {
  const steps = document.get('steps')?.items() ?? [];
  if (steps.length === 0 || !steps.every((step) => step.get('name')?.text !== undefined)) return false;
  const builder = steps.some((step) => step.get('args')?.isSequence || step.get('entrypoint') || step.get('script'));
  return builder && steps.every((step) => !step.get('uses') && !step.get('run'));
}

/** Reads the steps of a Cloud Build configuration; each runs its entry point with its arguments. */
export function readCloudBuild(path: EncodedPath, document: YamlNode): ToolPart[] {
  return (document.get('steps')?.items() ?? []).slice(0, MAX_STEPS).map((step, index) => {
    const image = step.get('name')?.text ?? '';
    // The builders of Google Cloud are called like the tool that they run.
    const tool = step.get('entrypoint')?.text ?? image.split('@')[0]?.split(':')[0]?.split('/').at(-1) ?? '';
    const words = [tool, ...(step.get('args')?.texts() ?? [])];
    const text = step.get('script')?.text ?? words.join(' ');
    const id = step.get('id')?.text;
    return toolPart(step.place, {
      path,
      kind: 'Cloud Build step',
      name: id ?? `step ${index + 1}`,
      evidence: text,
      commands: [{ text, line: step.line, folder: commandFolder(step.get('dir')?.text) }],
      labels: id === undefined ? [] : [id],
      images: [image],
    });
  });
}
