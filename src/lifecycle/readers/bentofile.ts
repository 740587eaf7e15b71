import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

/** Reads a `bentofile.yaml`: which service is built, from which models. */
export function readBentofile(path: EncodedPath, document: YamlNode): ToolPart[] {
  const service = document.pair('service');
  const name = service?.value?.text;
  if (!service || name === undefined) return [];
  const models = (document.get('models')?.items() ?? []).flatMap((item) => item.text ?? item.get('tag')?.text ?? []);
  return [
    toolPart(service.place, {
      path,
      kind: 'BentoML build file',
      name,
      evidence: `service: ${name}`,
      stage: 'deployment',
      ...(models[0] === undefined ? {} : { model: models[0].split(':')[0] as string }),
      commands: [{ text: `bentoml serve ${name}`, line: service.place.line, folder: '' }],
    }),
  ];
}
