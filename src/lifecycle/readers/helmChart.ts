import type { EncodedPath } from '../../contract/encodedPath.js';
import type { HelmTemplate } from '../facts.js';
import { LineTable } from '../sourceText.js';

const MAX_LINES = 200;

/** Folder of the chart that a path is a template of; `undefined` for other files. */
export function chartOf(path: EncodedPath, charts: ReadonlySet<EncodedPath>): EncodedPath | undefined {
  for (let at = path.indexOf('/templates/'); at !== -1; at = path.indexOf('/templates/', at + 1)) {
    const folder = path.slice(0, at);
    if (charts.has(folder)) return folder;
  }
  return path.startsWith('templates/') && charts.has('') ? '' : undefined;
}

/** Folders that hold a `Chart.yaml`. */
export function chartFolders(paths: Iterable<EncodedPath>): Set<EncodedPath> {
  const folders = new Set<EncodedPath>();
  for (const path of paths) {
    if (path === 'Chart.yaml') folders.add('');
    else if (path.endsWith('/Chart.yaml')) folders.add(path.slice(0, -'/Chart.yaml'.length));
  }
  return folders;
}

/** Notes the kinds and images of a Helm template line by line: it is a template, not YAML. */
export function readHelmTemplate(path: EncodedPath, chart: EncodedPath, text: string): HelmTemplate {
  const lines = new LineTable(text);
  const kinds = [...text.matchAll(/^kind:[ \t]*["']?([A-Za-z]+)["']?[ \t]*\r?$/gm)].slice(0, MAX_LINES);
  const images = [...text.matchAll(/^[ \t-]*image:[ \t]*(\S[^\r\n]*)/gm)].slice(0, MAX_LINES);
  return {
    path,
    chart,
    kinds: kinds.map((match) => ({ kind: match[1] as string, line: lines.lineAt(match.index) })),
    images: images.map((match) => ({ text: (match[1] as string).trim(), line: lines.lineAt(match.index) })),
  };
}
