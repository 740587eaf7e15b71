import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ModelFile } from '../facts.js';
import { folderOf, resolvePath } from '../scope.js';
import type { YamlNode } from '../yamlDocument.js';
import { modelFormat } from './modelFile.js';

/**
 * Models that a `.dvc` file tracks, where only its content says so (`trained_model.dvc` for
 * `models/best.ckpt`). A pointer that is named after its file is found by its name.
 */
export function readDvcPointer(path: EncodedPath, document: YamlNode): ModelFile[] {
  if (modelFormat(path.replace(/\.dvc$/, ''))) return [];
  const folder = resolvePath(folderOf(path), document.get('wdir')?.text ?? '.') ?? folderOf(path);
  return (document.get('outs')?.items() ?? []).flatMap((out) => {
    const file = out.get('path')?.text;
    const target = file === undefined ? undefined : resolvePath(folder, file);
    if (target === undefined || !modelFormat(target)) return [];
    return [{ path, size: out.get('size')?.number ?? -1, format: 'dvc-pointer' }];
  });
}
