import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

/** Whether a file is Feast's `feature_store.yaml`: a project with a provider or a registry. */
export function isFeatureStore(document: YamlNode): boolean {
  return (
    document.get('project')?.text !== undefined &&
    (document.get('registry') ?? document.get('provider')) !== undefined &&
    (document.get('online_store') ?? document.get('offline_store') ?? document.get('provider')) !== undefined
  );
}

/** Reads Feast's configuration: the store that gives training its features and, online, the service. */
export function readFeatureStore(path: EncodedPath, document: YamlNode): ToolPart[] {
  const project = document.pair('project');
  const name = project?.value?.text;
  if (!project || name === undefined) return [];
  const online = document.get('online_store', 'type')?.text ?? document.get('online_store')?.text;
  return [
    toolPart(project.place, {
      path,
      kind: 'Feast feature store',
      name,
      evidence: `project: ${name}${online === undefined ? '' : `, online store ${online}`}`,
      stage: 'training',
    }),
  ];
}
