import type { Snapshot } from '../../contract/snapshot.js';
import { readYaml } from '../../lifecycle/yamlDocument.js';

/** Names of images that a kustomization of the repository replaces by a tag or digest of its own. */
export function imagesPinnedByKustomize(snapshot: Snapshot, isMutableTag: (tag: string) => boolean): Set<string> {
  const pinned = new Set<string>();
  for (const { path } of snapshot.entries) {
    if (!/(^|\/)kustomization\.ya?ml$/i.test(path)) continue;
    const text = snapshot.text(path);
    const reading = text === undefined ? undefined : readYaml(text);
    if (!reading || 'reason' in reading) continue;
    for (const image of reading.documents.flatMap((document) => document.get('images')?.items() ?? [])) {
      const name = image.get('name')?.text;
      const tag = image.get('newTag')?.text;
      const digest = image.get('digest')?.text;
      if (name !== undefined && (digest !== undefined || (tag !== undefined && !isMutableTag(tag)))) pinned.add(name);
    }
  }
  return pinned;
}
