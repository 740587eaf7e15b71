import type { EncodedPath } from '../contract/encodedPath.js';

const SKIPPED_FOLDERS = new Set([
  'tests',
  'test',
  'testing',
  'examples',
  'example',
  'docs',
  'doc',
  'vendor',
  'third_party',
  'node_modules',
  '.venv',
  'venv',
  'site-packages',
  '.devcontainer',
]);

/**
 * Whether findings make sense in a file: not in tests, examples, documentation, other people's code
 * and development containers, which neither train nor serve anything.
 */
export function isScanned(path: EncodedPath): boolean {
  const parts = path.split('/');
  const file = parts.pop() ?? '';
  if (parts.some((part) => SKIPPED_FOLDERS.has(part.toLowerCase()) || part.includes('{{'))) return false;
  return !/^(test_.*|.*_test|conftest)\.py$/.test(file);
}

const OTHER_ENVIRONMENTS = /^(dev|develop|development|local|sandbox|preview|staging|stage|ci|e2e|minikube|kind)$/i;

/** Whether a manifest lies in a folder of an environment that isn't production: `overlays/dev/…`. */
export function isOtherEnvironment(path: EncodedPath): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .some((part) => OTHER_ENVIRONMENTS.test(part));
}
