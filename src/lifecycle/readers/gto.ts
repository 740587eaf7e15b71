import type { EncodedPath } from '../../contract/encodedPath.js';
import type { GtoArtifact } from '../facts.js';
import { folderOf, resolvePath } from '../scope.js';
import type { YamlNode } from '../yamlDocument.js';

/** Reads GTO's `artifacts.yaml`, or the `artifacts` of a `dvc.yaml` (DVC 3 keeps them there). */
export function readGtoArtifacts(path: EncodedPath, artifacts: YamlNode): GtoArtifact[] {
  return artifacts.pairs().flatMap(({ key: name, place, value }) => {
    if (!value?.isMap) return [];
    const artifact: GtoArtifact = { path, name, labels: value.get('labels')?.texts() ?? [], ...place };
    const type = value.get('type')?.text;
    const file = value.get('path')?.text;
    if (type !== undefined) artifact.type = type;
    if (file !== undefined) artifact.artifactPath = resolvePath(folderOf(path), file) ?? file;
    return [artifact];
  });
}
