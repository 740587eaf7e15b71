import type { EncodedPath } from '../../contract/encodedPath.js';
import type { HelmValues } from '../facts.js';
import { folderOf } from '../scope.js';
import type { YamlNode } from '../yamlDocument.js';

const MAX_DEPTH = 6;
const MAX_IMAGES = 50;

/** Images that a chart's values name: `image: repo:tag`, or `image: {repository, tag}` as charts have it. */
export function readHelmValues(path: EncodedPath, values: YamlNode): HelmValues {
  const images: HelmValues['images'] = [];
  const walk = (node: YamlNode, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    for (const { key, place, value } of node.pairs()) {
      if (!value || images.length >= MAX_IMAGES) continue;
      const repository = value.get('repository')?.text ?? value.get('name')?.text;
      if (/image$/i.test(key) && value.text !== undefined) images.push({ text: value.text, line: place.line });
      else if (/image$/i.test(key) && repository !== undefined) {
        const tag = value.get('tag')?.text;
        images.push({ text: tag ? `${repository}:${tag}` : repository, line: place.line });
      } else if (value.isMap) walk(value, depth + 1);
    }
  };
  walk(values, 0);
  return { path, chart: folderOf(path), images };
}
