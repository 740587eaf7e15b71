import type { EncodedPath } from '../../contract/encodedPath.js';
import type { DvcLock, DvcLockEntry, DvcLockStage, DvcPipeline, DvcStage } from '../facts.js';
import { folderOf, resolvePath } from '../scope.js';
import { setOwn, type YamlNode } from '../yamlDocument.js';

/** Reads `dvc.yaml` (dvc.org, "dvc.yaml files"). */
export function readDvcPipeline(path: EncodedPath, document: YamlNode): DvcPipeline {
  const folder = folderOf(path);
  const stages: DvcStage[] = [];
  for (const { key: name, place, value } of document.get('stages')?.pairs() ?? []) {
    if (!value) continue;
    const body = value.get('do') ?? value;
    const wdir = body.get('wdir')?.text;
    const base = wdir === undefined ? folder : (resolvePath(folder, wdir) ?? folder);
    const paths = (key: string): string[] => outputs(body.get(key)).map((file) => resolvePath(base, file) ?? file);
    const depsPlace = body.get('deps')?.place;
    stages.push({
      name,
      cmd: body.get('cmd')?.texts().join(' && ') ?? '',
      ...(wdir === undefined ? {} : { wdir }),
      deps: paths('deps'),
      outs: paths('outs'),
      metrics: paths('metrics'),
      plots: paths('plots'),
      params: params(body.get('params'), base),
      frozen: body.get('frozen')?.boolean ?? false,
      alwaysChanged: body.get('always_changed')?.boolean ?? false,
      expanded: value.get('foreach') !== undefined || value.get('matrix') !== undefined,
      ...(depsPlace ? { depsPlace } : {}),
      ...place,
    });
  }
  return { path, stages, metrics: outputs(document.get('metrics')) };
}

/** Entries are paths, or mappings from one path to its options. */
function outputs(list: YamlNode | undefined): string[] {
  return (list?.items() ?? []).flatMap((item) => item.text ?? item.pairs()[0]?.key ?? []);
}

function params(list: YamlNode | undefined, base: string): DvcStage['params'] {
  const file = (name: string): string => resolvePath(base, name) ?? name;
  return (list?.items() ?? []).flatMap((item) => {
    if (item.text !== undefined) return [{ file: file('params.yaml'), key: item.text }];
    return item.pairs().flatMap(({ key, value }) => {
      const keys = value?.texts() ?? [];
      return keys.length === 0 ? [{ file: file(key) }] : keys.map((name) => ({ file: file(key), key: name }));
    });
  });
}

/** Reads `dvc.lock` (schema 1 has the stages at the top, schema 2 below `stages`). */
export function readDvcLock(path: EncodedPath, document: YamlNode): DvcLock {
  const folder = folderOf(path);
  const root = document.get('stages') ?? document;
  const stages: DvcLockStage[] = [];
  for (const { key: name, place, value } of root.pairs()) {
    if (!value?.isMap) continue;
    const parameters: Record<string, Record<string, unknown>> = {};
    for (const { key, value: values } of value.get('params')?.pairs() ?? []) {
      setOwn(parameters, resolvePath(folder, key) ?? key, (values?.plain() ?? {}) as Record<string, unknown>);
    }
    stages.push({
      name,
      cmd: value.get('cmd')?.texts().join(' && ') ?? '',
      deps: lockEntries(value.get('deps'), folder),
      outs: lockEntries(value.get('outs'), folder),
      params: parameters,
      ...place,
    });
  }
  return { path, stages };
}

function lockEntries(list: YamlNode | undefined, folder: string): DvcLockEntry[] {
  return (list?.items() ?? []).flatMap((item) => {
    const file = item.get('path')?.text;
    if (file === undefined) return [];
    const entry: DvcLockEntry = { path: resolvePath(folder, file) ?? file, line: item.line };
    const md5 = item.get('md5')?.text;
    const hash = item.get('hash')?.text;
    const size = item.get('size')?.number;
    if (md5 !== undefined) entry.md5 = md5;
    if (hash !== undefined) entry.hash = hash;
    if (size !== undefined) entry.size = size;
    return [entry];
  });
}
