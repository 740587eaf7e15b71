import type { EncodedPath } from '../contract/encodedPath.js';
import { MAX_FILE_BYTES, type SnapshotEntry } from '../contract/snapshot.js';

/** Folders of other people's code: not fetched, not read. */
const VENDORED = new Set([
  'node_modules',
  '.venv',
  'venv',
  'vendor',
  'third_party',
  'site-packages',
  '.git',
  '__pycache__',
]);

/** Folders whose files show or test something, and are no part of the running system. */
const SUPPRESSED = new Set(['tests', 'test', 'examples', 'example', 'docs', 'doc', 'testdata', 'fixtures']);

const TEST_FOLDER = /^(e2e|integration|load|perf|performance|smoke|unit)[-_]tests?$/;

/** Whether a path is in a folder of vendored code. */
export function isVendored(path: EncodedPath): boolean {
  return folders(path).some((folder) => VENDORED.has(folder));
}

/** Whether a path is out of the map's scope: vendored, a test, an example or documentation. */
export function isSuppressed(path: EncodedPath): boolean {
  if (folders(path).some((folder) => VENDORED.has(folder) || SUPPRESSED.has(folder) || TEST_FOLDER.test(folder)))
    return true;
  // What setuptools builds is a copy of the sources.
  if (/(^|\/)build\/lib\//.test(path)) return true;
  const name = fileName(path);
  return /^(test_.*|.*_tests?|conftest)\.py$/.test(name);
}

export function fileName(path: EncodedPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Folder of a path, without the slash; '' for the root. */
export function folderOf(path: EncodedPath): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

function folders(path: EncodedPath): string[] {
  return path.split('/').slice(0, -1);
}

/** A path that a file names, resolved against a folder of the repository; `undefined` when it leaves it. */
export function resolvePath(folder: string, relative: string): EncodedPath | undefined {
  if (relative.startsWith('/')) return undefined;
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.length === 0) return undefined;
      parts.pop();
    } else parts.push(part);
  }
  return parts.join('/');
}

/** Where JSON files are looked at for Grafana dashboards: below a folder, or with a name, that says so. */
export function isDashboardPath(path: EncodedPath): boolean {
  return (
    /(grafana|dashboard|monitoring|observability).*\.json$/i.test(path) && !/(^|\/)package(-lock)?\.json$/.test(path)
  );
}

const READ_NAMES =
  /^(dvc\.lock|procfile|kustomization|config\.pbtxt|config\.properties|pdm\.lock|pipfile\.lock|dockerfile|containerfile|makefile|mlproject|mlmodel|jenkinsfile|codeowners|pyproject\.toml|uv\.lock|poetry\.lock|\.python-version|\.gitattributes|\.gitignore)$/i;
/** Formats that readers parse, and source in which rules look for the name of a metric. */
const READ_EXTENSIONS =
  /\.(py|pyi|ipynb|ya?ml|toml|dvc|mlem|tpl|rules|tf|dockerfile|containerfile|sh|bash|mk|sql|md|go|java|kt|scala|rs|js|mjs|cjs|ts|tsx|cs|rb|r|cfg|ini)$/i;

/**
 * Whether the readers or the rules want a file's content, by its name: text formats of the field, at
 * most 1 MiB, outside vendored folders. Links and submodules are never wanted.
 */
export function wantedByReaders(entry: SnapshotEntry): boolean {
  if (entry.mode !== '100644' && entry.mode !== '100755') return false;
  if (entry.size < 0 || entry.size > MAX_FILE_BYTES || isVendored(entry.path)) return false;
  const name = fileName(entry.path);
  return (
    READ_NAMES.test(name) ||
    READ_EXTENSIONS.test(name) ||
    /^(dockerfile|containerfile)[.-]/i.test(name) ||
    /^jenkinsfile[.-]|\.jenkinsfile$/i.test(name) ||
    isDashboardPath(entry.path) ||
    /(requirements|constraints).*\.(txt|in)$/i.test(name) ||
    /(^|\/)(\.dvc\/config|requirements\/[^/]+\.(txt|in))$/.test(entry.path)
  );
}
