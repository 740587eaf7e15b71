import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import { folderOf, resolvePath } from '../scope.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

export function isKustomizationName(name: string): boolean {
  return /^kustomization(\.ya?ml)?$/i.test(name);
}

/** Reads a kustomization: the files and folders that it puts together, and the images that it sets. */
export function readKustomization(path: EncodedPath, document: YamlNode): ToolPart[] {
  const folder = folderOf(path);
  const listed = ['resources', 'bases', 'components'].flatMap((key) => document.get(key)?.texts() ?? []);
  const uses = listed.flatMap((entry) => resolvePath(folder, entry) ?? []);
  const first = document.pair('resources') ?? document.pair('bases') ?? document.pairs()[0];
  if (!first) return [];
  const images = (document.get('images')?.items() ?? []).flatMap((item) => {
    const name = item.get('newName')?.text ?? item.get('name')?.text;
    const tag = item.get('newTag')?.text;
    return name === undefined ? [] : [tag === undefined ? name : `${name}:${tag}`];
  });
  return [
    toolPart(first.place, {
      path,
      kind: 'Kustomize overlay',
      name: folder === '' ? 'kustomization' : folder,
      evidence: `${first.key}: ${listed.slice(0, 6).join(', ')}`,
      images,
      uses,
    }),
  ];
}
