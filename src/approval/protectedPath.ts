import { decodePath, type EncodedPath } from '../contract/encodedPath.js';

/**
 * A path as people and policies write it, composed (NFC).
 * `undefined` for one that isn't UTF-8, holds control characters, or could lead elsewhere: absolute,
 * upwards, with empty parts or a backslash. Judged in its compatibility form too, because some file
 * systems fold `．．` or `/` lookalikes.
 */
export function plainPath(path: EncodedPath): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decodePath(path));
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return undefined;
  for (const form of [text, text.normalize('NFKC'), withoutIgnorables(text)]) {
    if (form.includes('\\')) return undefined;
    if (form.split('/').some((part) => part === '' || part === '.' || part === '..')) return undefined;
  }
  return text.normalize('NFC');
}

/** For comparing whole names: composed and case-folded. */
export function foldCase(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase();
}

/**
 * What a path could be taken for by a file system that folds case, compatibility forms, invisible
 * characters (HFS+), trailing dots and spaces, and stream names (NTFS). Git guards `.git` the same way.
 */
function disguises(path: string): string[] {
  return withoutIgnorables(path.normalize('NFKC'))
    .toUpperCase()
    .toLowerCase()
    .split('/')
    .map((part) => part.replace(/:.*$/, '').replace(/[. ]+$/, ''));
}

function withoutIgnorables(text: string): string {
  return text.replace(/\p{Default_Ignorable_Code_Point}/gu, '');
}

/** `.git…` names that forges read as CI configuration; these may be allowed one by one, the others never. */
const FORGE_FOLDERS = new Set(['.github', '.gitlab', '.gitlab-ci', '.gitlab-ci.yml', '.gitlab-ci.yaml', '.gitea']);

const GIT_HOOKS = new Set([
  'applypatch-msg',
  'commit-msg',
  'fsmonitor-watchman',
  'post-applypatch',
  'post-checkout',
  'post-commit',
  'post-merge',
  'post-receive',
  'post-rewrite',
  'post-update',
  'pre-applypatch',
  'pre-auto-gc',
  'pre-commit',
  'pre-merge-commit',
  'pre-push',
  'pre-rebase',
  'pre-receive',
  'prepare-commit-msg',
  'proc-receive',
  'push-to-checkout',
  'reference-transaction',
  'sendemail-validate',
  'update',
]);

/**
 * Why a path may never change through the product, whatever a policy allows: it decides who may
 * approve, what git does, or what the product does. `undefined` for all others.
 */
export function neverTouchedBecause(path: string, policyPath: string): string | undefined {
  const parts = disguises(path);
  const name = parts.at(-1) ?? '';
  const whole = parts.join('/');
  if (whole === disguises(policyPath).join('/') || whole === 'mlops.yaml')
    return 'the policy is changed by people only';
  if (name === 'codeowners') return 'who must review is changed by people only';
  if (parts.some((part) => part === '.mlops')) return 'the product keeps its own state there';
  if (parts.some((part) => /^git~\d+$/.test(part) || (part.startsWith('.git') && !FORGE_FOLDERS.has(part)))) {
    return 'it steers git itself';
  }
  if (name === '.lfsconfig') return 'it steers where git fetches large files from';
  const hookFolder = parts.slice(0, -1).includes('hooks');
  if (
    parts[0] === 'hooks' ||
    parts[0] === '.husky' ||
    (hookFolder && GIT_HOOKS.has(name.replace(/\.[a-z0-9]+$/, '')))
  ) {
    return 'hooks are changed by people only';
  }
  return undefined;
}

const EXECUTABLE_FOLDERS = new Set([
  '.azure-pipelines',
  '.buildkite',
  '.circleci',
  '.forgejo',
  '.gitea',
  '.github',
  '.gitlab',
  '.gitlab-ci',
  '.tekton',
  '.woodpecker',
]);

const EXECUTABLE_NAMES = [
  /^\.gitlab-ci.*\.ya?ml$/,
  /^azure-pipelines.*\.ya?ml$/,
  /^bitbucket-pipelines\.ya?ml$/,
  /^\.?appveyor\.ya?ml$/,
  /^\.(drone|travis|woodpecker|cirrus)\.ya?ml$/,
  /^buildspec.*\.ya?ml$/,
  /^cloudbuild.*\.(ya?ml|json)$/,
  /^\.pre-commit-(config|hooks)\.ya?ml$/,
  /^\.?lefthook.*\.(ya?ml|toml|json)$/,
  /^jenkinsfile/,
  /\.jenkinsfile$/,
  /^(gnu)?makefile(\..*)?$/,
  /\.mk$/,
  /^\.?justfile$/,
  /^taskfile.*\.ya?ml$/,
  /^noxfile\.py$/,
  /^tox\.(ini|toml)$/,
];

/** Whether CI runs a file by itself: workflow definitions and the task files that these call. */
export function runsInCi(path: string): boolean {
  const parts = disguises(path);
  const name = parts.at(-1) ?? '';
  return (
    parts.slice(0, -1).some((part) => EXECUTABLE_FOLDERS.has(part)) || EXECUTABLE_NAMES.some((form) => form.test(name))
  );
}
