import type { EncodedPath } from '../../contract/encodedPath.js';
import type { AlertRule, Embedding, RuleFile, Scalar } from '../facts.js';
import { parsePromql } from '../promql.js';
import { setOwn, type YamlNode } from '../yamlDocument.js';

/** Rules of one document that are read. */
const MAX_RULES = 2000;

/** Whether a mapping has the shape of a rule file: `groups[].rules[]` with `alert` or `record`. */
export function isRuleFile(node: YamlNode): boolean {
  return (node.get('groups')?.items() ?? []).some((group) =>
    (group.get('rules')?.items() ?? []).some(
      (rule) => rule.get('alert') !== undefined || rule.get('record') !== undefined,
    ),
  );
}

/** Reads the alert and recording rules of a mapping that has `groups`. */
export function readRuleFile(
  path: EncodedPath,
  node: YamlNode,
  container: RuleFile['container'],
  owner?: { object?: RuleFile['object']; embedding?: Embedding },
): RuleFile {
  const file: RuleFile = { path, container, groups: [], rules: [] };
  if (owner?.object) file.object = owner.object;
  if (owner?.embedding) file.embedding = owner.embedding;
  for (const group of node.get('groups')?.items() ?? []) {
    const name = group.get('name')?.text ?? '';
    const interval = group.get('interval')?.text;
    file.groups.push({ name, ...(interval === undefined ? {} : { interval }), line: group.line });
    for (const rule of group.get('rules')?.items() ?? []) {
      if (file.rules.length >= MAX_RULES) return file;
      const read = readRule(path, name, rule);
      if (read) file.rules.push(read);
    }
  }
  return file;
}

function readRule(path: EncodedPath, group: string, node: YamlNode): AlertRule | undefined {
  const alert = node.get('alert')?.scalar;
  const name = alert ?? node.get('record')?.scalar;
  const exprNode = node.get('expr');
  const expr = exprNode?.scalar;
  if (!name || !exprNode || !expr) return undefined;
  const rule: AlertRule = {
    path,
    group,
    kind: alert ? 'alert' : 'recording',
    name: name.value,
    nameScalar: { line: name.line, endLine: name.endLine, range: name.range },
    expr,
    promql: parsePromql(expr.value),
    exprPieces: exprNode.verbatimPieces(),
    labels: scalars(node.get('labels')),
    annotations: scalars(node.get('annotations')),
    templated: expr.value.includes('{{'),
    ...node.place,
  };
  const hold = node.get('for')?.scalar;
  const keep = node.get('keep_firing_for')?.scalar;
  if (hold) rule.for = hold;
  if (keep) rule.keepFiringFor = keep;
  return rule;
}

function scalars(node: YamlNode | undefined): Record<string, Scalar> {
  const out: Record<string, Scalar> = {};
  for (const { key, value } of node?.pairs() ?? []) {
    const scalar = value?.scalar;
    if (scalar) setOwn(out, key, scalar);
  }
  return out;
}
