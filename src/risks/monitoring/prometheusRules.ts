import picomatch from 'picomatch';
import type { PrometheusConfig, RuleFile } from '../../lifecycle/facts.js';
import type { RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { type ConfigMapMount, configMapMounts } from './configMapMounts.js';

// Prometheus matches by Go's filepath.Match: no braces, no extended patterns, `*` stops at a slash.
const AS_PROMETHEUS = { nobrace: true, noextglob: true, noglobstar: true, dot: true };
const LONGEST_PATTERN = 256;
const MOST_STARS = 8;

export function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** Name under which a rule file is mounted: its own, or its key in a ConfigMap. */
function fileName(file: RuleFile): string {
  return file.embedding?.key ?? file.path.split('/').at(-1) ?? file.path;
}

/**
 * Whether a pattern of `rule_files` can mean a rule file of the repository: by its path from the
 * configuration's folder, or, because mounts move files, by its name alone.
 */
export function canLoad(pattern: string, config: PrometheusConfig, file: RuleFile): boolean {
  if (file.container === 'PrometheusRule') return false;
  if (pattern.length > LONGEST_PATTERN || pattern.split('*').length > MOST_STARS) return false;
  const relative = [folderOf(config.path), pattern.replace(/^\.\//, '')].filter((part) => part !== '').join('/');
  return (
    picomatch(relative, AS_PROMETHEUS)(file.path) ||
    picomatch(pattern.split('/').at(-1) ?? pattern, AS_PROMETHEUS)(fileName(file))
  );
}

/** Rule files that are beside a Prometheus configuration, so that they are meant for it. */
export interface RulesBeside {
  config: PrometheusConfig;
  files: RuleFile[];
}

/**
 * Each Prometheus configuration with the rule files that lie in its folder or below it (and in no
 * other configuration's folder that is nearer); for one in a ConfigMap, the rules in ConfigMaps of
 * the same folder.
 */
export function rulesBeside({ facts }: RuleContext): RulesBeside[] {
  const configs = facts.prometheusConfigs.filter(({ path }) => isScanned(path));
  return configs.map((config) => {
    const folder = folderOf(config.path);
    const nearer = configs
      .map(({ path }) => folderOf(path))
      .filter((other) => other !== folder && isBelow(`${other}/`, folder));
    const files = facts.ruleFiles.filter((file) => {
      if (file.rules.length === 0 || !isScanned(file.path)) return false;
      if (config.embedding) return file.container === 'embedded' && folderOf(file.path) === folder;
      return (
        file.container === 'file' && isBelow(file.path, folder) && !nearer.some((other) => isBelow(file.path, other))
      );
    });
    return { config, files };
  });
}

/** Whether Prometheus can take every rule of a file: one bad expression and it refuses the whole file. */
export function isLoadable(file: RuleFile): boolean {
  return file.rules.every(({ promql, templated }) => promql.error === undefined && !templated);
}

export function hasAlerts(files: readonly RuleFile[]): boolean {
  return files.some(({ rules }) => rules.some(({ kind }) => kind === 'alert'));
}

/** Paths at which the container that has the configuration sees a ConfigMap's rules; empty where no manifest tells. */
export function mountedPaths(context: RuleContext, config: PrometheusConfig, files: readonly RuleFile[]): string[] {
  const mounts = configMapMounts(context.snapshot);
  const containers = new Set(
    mounts.filter(({ configMap }) => configMap === config.embedding?.object).map(({ container }) => container),
  );
  const paths = files.filter(isLoadable).flatMap((file) => {
    const { embedding } = file;
    if (!embedding) return [];
    const mount = mounts.find((each) => each.configMap === embedding.object && containers.has(each.container));
    return mount ? mountedPath(mount, embedding.key) : [];
  });
  return [...new Set(paths)];
}

function mountedPath(mount: ConfigMapMount, key: string): string[] {
  if (mount.subPath === undefined) return [`${mount.mountPath.replace(/\/$/, '')}/${key}`];
  return mount.subPath === key ? [mount.mountPath] : [];
}
