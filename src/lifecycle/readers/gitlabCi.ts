import type { EncodedPath } from '../../contract/encodedPath.js';
import type { PartCommand, ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';
import { scriptCommands } from './yamlScript.js';

/** Top-level keys that are no jobs (GitLab's "CI/CD YAML syntax reference", global keywords). */
const GLOBAL = new Set(['default', 'include', 'stages', 'variables', 'workflow', 'image', 'services', 'cache', 'spec']);
/** Jobs whose `extends` are followed, one after the other. */
const MAX_EXTENDS = 11;

/** Whether a path is GitLab's pipeline file, or one of the folder that such files are included from. */
export function isGitlabCiPath(path: EncodedPath): boolean {
  return /(^|\/)(\.gitlab-ci|[\w.-]+\.gitlab-ci)\.ya?ml$|(^|\/)\.gitlab\/ci\/[^/]+\.ya?ml$/.test(path);
}

/** Reads the jobs of a GitLab CI pipeline with their scripts; hidden jobs (`.name`) only through `extends`. */
export function readGitlabCi(path: EncodedPath, document: YamlNode): ToolPart[] {
  const jobs = new Map(document.pairs().map((pair) => [pair.key, pair]));
  const defaultImage = imageOf(document.get('image') ?? document.get('default', 'image'));
  return [...jobs.values()].flatMap(({ key, place, value }) => {
    if (GLOBAL.has(key) || key.startsWith('.') || !value?.isMap) return [];
    const chain = inherited(value, (name) => jobs.get(name)?.value);
    const commands: PartCommand[] = [];
    for (const section of ['before_script', 'script', 'after_script']) {
      const from = chain.find((node) => node.get(section));
      commands.push(...scriptCommands(from?.get(section)));
    }
    if (commands.length === 0) return [];
    const stage = chain.flatMap((node) => node.get('stage')?.text ?? [])[0];
    const image = chain.flatMap((node) => imageOf(node.get('image')) ?? [])[0] ?? defaultImage;
    return [
      toolPart(place, {
        path,
        kind: 'GitLab CI job',
        name: key,
        evidence: `script: ${commands.at(-1)?.text ?? ''}`,
        commands,
        labels: [key, ...(stage === undefined ? [] : [stage])],
        images: image === undefined ? [] : [image],
      }),
    ];
  });
}

function inherited(job: YamlNode, find: (name: string) => YamlNode | undefined): YamlNode[] {
  const chain = [job];
  for (let at = 0; at < chain.length && chain.length <= MAX_EXTENDS; at += 1) {
    // Of several, the last one named wins.
    for (const name of (chain[at]?.get('extends')?.texts() ?? []).reverse()) {
      const base = find(name);
      if (base && !chain.includes(base)) chain.push(base);
    }
  }
  return chain;
}

function imageOf(node: YamlNode | undefined): string | undefined {
  return node?.text ?? node?.get('name')?.text;
}
