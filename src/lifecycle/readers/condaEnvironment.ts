import type { EncodedPath } from '../../contract/encodedPath.js';
import type { DependencyManifest, Requirement } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { parseRequirement } from './requirements.js';

/** Whether a mapping is a conda environment: `dependencies` as a list, with a name, a prefix or channels, or `pip` in it. */
export function isCondaEnvironment(document: YamlNode): boolean {
  const dependencies = document.get('dependencies');
  if (!dependencies?.isSequence || document.get('apiVersion')) return false;
  const items = dependencies.items();
  if (items.some((item) => item.isMap && !item.get('pip'))) return false;
  return (
    document.get('channels') !== undefined ||
    items.some((item) => item.get('pip') || /^python([=<> ]|$)/.test(item.text ?? ''))
  );
}

/** Reads a conda environment: its own packages, and those that it has pip install. */
export function readCondaEnvironment(path: EncodedPath, document: YamlNode): DependencyManifest[] {
  const items = document.get('dependencies')?.items() ?? [];
  const own = items.flatMap((item) => condaRequirement(item) ?? []);
  const pip = items
    .flatMap((item) => item.get('pip')?.items() ?? [])
    .flatMap((item) => (item.text === undefined ? [] : (parseRequirement(item.text, item.place) ?? [])));
  const manifest = (group: string, requirements: Requirement[]): DependencyManifest[] =>
    requirements.length === 0 ? [] : [{ path, kind: 'conda', group, locked: false, requirements }];
  return [...manifest('', own), ...manifest('pip', pip)];
}

/** `numpy=1.24.3=py310h…`, `conda-forge::xgboost>=1.7`, `python 3.10.*`: conda's match specification. */
function condaRequirement(item: YamlNode): Requirement | undefined {
  const match = /^(?:[\w./-]+::)?([A-Za-z0-9][\w.-]*)\s*(.*)$/.exec(item.text ?? '');
  if (!match) return undefined;
  const [, name, rest] = match as unknown as [string, string, string];
  const written = rest.trim().replace(/\s+/g, ' ');
  const [version = '', build] = written.replace(/^={1,2}/, '').split(/[= ]/);
  // `=1.2` is any 1.2.x, `==1.2` and `=1.2=build` are exactly that.
  const exact = /^={0,2}[\w.]+( |=)[\w.]+$/.test(written) ? build !== undefined : /^==[\w.]+$/.test(written);
  const pinned = exact && !written.includes('*');
  return {
    name: name.toLowerCase().replace(/[-_.]+/g, '-'),
    extras: [],
    specifier: written,
    pinned,
    hashed: false,
    ...(pinned ? { version } : {}),
    ...item.place,
  };
}
