import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

/** Whether a path is Great Expectations' project file or one of its checkpoints. */
export function isGreatExpectationsPath(path: EncodedPath): boolean {
  return /(^|\/)(great_expectations|gx)\.ya?ml$|(^|\/)(great_expectations|gx)\/checkpoints\/[^/]+\.ya?ml$/.test(path);
}

/** Reads a Great Expectations project or checkpoint: checks of the data that training takes. */
export function readGreatExpectations(path: EncodedPath, document: YamlNode): ToolPart[] {
  const key = document.pair('validations') ?? document.pair('datasources') ?? document.pair('config_version');
  if (!key) return [];
  const name = document.get('name')?.text ?? 'great_expectations';
  return [
    toolPart(key.place, {
      path,
      kind: 'data validation',
      name,
      evidence: `${key.key}: of Great Expectations`,
      stage: 'training',
    }),
  ];
}
