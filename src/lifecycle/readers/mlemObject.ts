import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

/** Reads an MLEM object file that declares a deployment; models are found by their files. */
export function readMlemObject(path: EncodedPath, document: YamlNode): ToolPart[] {
  const type = document.pair('object_type');
  if (type?.value?.text !== 'deployment') return [];
  const platform = document.get('type')?.text ?? 'unknown platform';
  const model = document.get('model_link', 'path')?.text ?? document.get('model')?.text;
  const file = path.slice(path.lastIndexOf('/') + 1);
  return [
    toolPart(type.place, {
      path,
      kind: 'MLEM deployment',
      name: document.get('app_name')?.text ?? file.replace(/\.mlem$/, ''),
      evidence: `object_type: deployment, type ${platform}${model === undefined ? '' : `, model ${model}`}`,
      stage: 'deployment',
      ...(model === undefined ? {} : { model }),
    }),
  ];
}
