/** What a tag of the GTO convention says by its name. */
export interface GtoTagName {
  /** `name`, or `folder:name` for a model of a folder. */
  model: string;
  event: 'register' | 'deregister' | 'assign' | 'unassign' | 'deprecate' | 'create';
  version?: string;
  stage?: string;
  /** The number at the end; simple tags have none. */
  counter?: number;
}

const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?';
const NUMBER = '(?:0|[1-9]\\d*)';
const PRERELEASE = `(?:${NUMBER}|\\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const BUILD = '[0-9a-zA-Z-]+';
const SEMVER =
  `v${NUMBER}\\.${NUMBER}\\.${NUMBER}` + `(?:-${PRERELEASE}(?:\\.${PRERELEASE})*)?(?:\\+${BUILD}(?:\\.${BUILD})*)?`;

const TAG = new RegExp(
  `^(?<model>(?:[a-zA-Z0-9\\-_./]+=)?${NAME})` +
    `(?:(?:#(?<stage>${NAME})|@(?<version>${SEMVER}))(?<cancel>!?)|@(?<whole>deprecated|created))` +
    '(?:#(?<counter>[0-9]{1,15}))?$',
);
const ALIAS = new RegExp(`^${NAME}$`);
const MODEL = new RegExp(`^(?:[a-zA-Z0-9\\-_./]+:)?${NAME}$`);

/**
 * Reads a tag name of the GTO convention (https://dvc.org/doc/gto/user-guide; the grammar is that of
 * gto 1.10, `gto/constants.py`): `model@v1.2.3`, `model@v1.2.3!`, `model#stage`, `model#stage!`,
 * `model@deprecated`, each with an optional `#<counter>`. Any other tag gives `undefined`.
 */
export function parseGtoTagName(tag: string): GtoTagName | undefined {
  const groups = tag.length <= 512 ? TAG.exec(tag)?.groups : undefined;
  if (groups === undefined) return undefined;
  const { model, stage, version, cancel, whole, counter } = groups;
  const common = {
    model: (model as string).replaceAll('=', ':'),
    ...(counter === undefined ? {} : { counter: Number(counter) }),
  };
  if (version !== undefined) return { ...common, event: cancel === '!' ? 'deregister' : 'register', version };
  if (stage !== undefined) return { ...common, event: cancel === '!' ? 'unassign' : 'assign', stage };
  return { ...common, event: whole === 'created' ? 'create' : 'deprecate' };
}

/** Name of the tag that assigns a stage, or with `unassign` takes it back. */
export function stageTagName(model: string, stage: string, counter: number, event: 'assign' | 'unassign'): string {
  return `${model.replaceAll(':', '=')}#${stage}${event === 'unassign' ? '!' : ''}#${counter}`;
}

/** Whether a model and an alias can be written as such a tag. */
export function isGtoName(model: string, alias: string): boolean {
  return MODEL.test(model) && ALIAS.test(alias);
}
