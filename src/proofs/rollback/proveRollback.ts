import type { LiveOnlyCheck, ProbeResult, ProofResult } from '../../contract/probe.js';

/** The version that an alias named before, and what is left of it. */
export interface PreviousVersion {
  version: string;
  commit: string;
  /** Path of the artifact within the commit; unset when it isn't known. */
  artifactPath?: string | undefined;
  /** SHA-256 that the registry recorded for the artifact; unset when it recorded none. */
  expectedSha256?: string | undefined;
  /** SHA-256 of the artifact as it was fetched; unset when it couldn't be. */
  actualSha256?: string | undefined;
  /** SHA-256 of the fetched bytes with one of them altered; without it another hash stands for it, and the probe says so. */
  alteredSha256?: string | undefined;
}

export interface AliasFacts {
  model: string;
  alias: string;
  current: string;
  previous?: PreviousVersion | undefined;
  /** What the alias resolved to on the scratch copy after it was moved to the previous version, and back. */
  scratchThere?: { moved: string; back: string } | undefined;
}

export interface RollbackInput {
  /** Tree of the base commit. */
  baseTree: string;
  /** Tree of the planned commit. */
  tree: string;
  /** Tree that the planned commit's tree gives when every inverse operation is applied to it. */
  inverseTree: string;
  aliases: readonly AliasFacts[];
  liveOnly?: readonly LiveOnlyCheck[] | undefined;
}

/** Proves from facts of the scratch copy that the change can be undone and that each model can be rolled back. */
export function proveRollback(input: RollbackInput): ProofResult {
  const { baseTree, tree, inverseTree, aliases } = input;
  const isUndone = (result: string) => result !== '' && result === baseTree;
  const changesTree = aliases.length === 0 || tree !== baseTree;
  const treeProbes: ProbeResult[] = [
    rollbackProbe('positive', 'inverse-gives-the-identical-tree', {
      statement: 'The inverse of the planned operations gives back the tree of the base commit.',
      expected: `tree ${baseTree}`,
      observed: `tree ${inverseTree}`,
      passed: isUndone(inverseTree),
      facts: { baseTree, tree, inverseTree },
    }),
    // A task that only moves aliases plans no other tree; there is no wrong inverse to notice then.
    ...(changesTree
      ? [
          rollbackProbe('negative', 'a-wrong-inverse-is-noticed', {
            statement: 'The same comparison refuses the planned tree, which an inverse that does nothing would leave.',
            expected: `a tree other than ${baseTree} is refused`,
            observed: isUndone(tree) ? `tree ${tree} is accepted` : `tree ${tree} is refused`,
            passed: !isUndone(tree),
            facts: { baseTree, tree },
          }),
        ]
      : []),
  ];
  return {
    path: 'rollback',
    probes: [...treeProbes, ...aliases.flatMap(aliasProbes)],
    liveOnly: [...(input.liveOnly ?? [])],
  };
}

function aliasProbes(facts: AliasFacts): ProbeResult[] {
  const { model, alias, current, previous, scratchThere: scratch } = facts;
  const subject = `${model}#${alias}`;
  const version = rollbackProbe('positive', `previous-version-is-intact/${subject}`, {
    statement: `The version that ${alias} of ${model} named before ${current} exists, and its artifact is the one recorded.`,
    expected: 'There is such a version, its artifact can be fetched and has the recorded SHA-256.',
    ...intactness(previous),
    facts: { model, alias, current, previous: previous ?? null },
  });
  if (previous === undefined) return [version];
  const { expectedSha256: expected, actualSha256: actual } = previous;
  const altered = previous.alteredSha256 ?? (actual === undefined ? undefined : otherHash(actual));
  const how = previous.alteredSha256 === undefined ? 'with another SHA-256' : 'with one byte altered';
  const refusal = intactness({ ...previous, actualSha256: altered });
  const canShow = intactness(previous).passed;
  return [
    version,
    rollbackProbe('negative', `altered-artifact-is-refused/${subject}`, {
      statement: `The same check refuses the artifact of ${model} ${previous.version} ${how}.`,
      expected: 'Refused, because the SHA-256 differs from the recorded one.',
      observed: canShow ? refusal.observed : 'not shown: the unaltered artifact does not pass the check',
      passed: canShow && !refusal.passed,
      facts: { expected: expected ?? null, altered: altered ?? null },
    }),
    rollbackProbe('positive', `alias-there-and-back/${subject}`, {
      statement: `On a scratch copy ${alias} of ${model} moves to ${previous.version} and back to ${current}.`,
      expected: `${previous.version}, then ${current}`,
      observed: scratch === undefined ? 'it was not tried' : `${scratch.moved}, then ${scratch.back}`,
      passed: scratch !== undefined && scratch.moved === previous.version && scratch.back === current,
      facts: { model, alias, current, previous: previous.version, scratch: scratch ?? null },
    }),
  ];
}

function intactness(previous: PreviousVersion | undefined): { observed: string; passed: boolean } {
  if (previous === undefined) return { observed: 'there is no previous version', passed: false };
  const { version, artifactPath, expectedSha256: expected, actualSha256: actual } = previous;
  if (isMissing(artifactPath)) return { observed: `no artifact of ${version} is known`, passed: false };
  const artifact = `${artifactPath} of ${version}`;
  if (isMissing(expected)) return { observed: `no SHA-256 is recorded for ${artifact}`, passed: false };
  if (isMissing(actual)) return { observed: `${artifact} could not be fetched`, passed: false };
  return expected.toLowerCase() === actual.toLowerCase()
    ? { observed: `${artifact} has the recorded SHA-256 ${expected}`, passed: true }
    : { observed: `${artifact} has SHA-256 ${actual}, recorded is ${expected}`, passed: false };
}

function isMissing(hash: string | undefined): hash is undefined {
  return hash === undefined || hash.trim() === '';
}

/** A hash with its first digit changed. */
function otherHash(hash: string): string {
  return `${hash.startsWith('0') ? '1' : '0'}${hash.slice(1)}`;
}

function rollbackProbe(
  sign: ProbeResult['sign'],
  name: string,
  parts: { statement: string; expected: string; observed: string; passed: boolean; facts: unknown },
): ProbeResult {
  return {
    id: `rollback/${name}`.slice(0, 300),
    path: 'rollback',
    sign,
    statement: parts.statement.slice(0, 500),
    expected: parts.expected.slice(0, 1000),
    observed: parts.observed.slice(0, 2000),
    verdict: parts.passed ? 'passed' : 'failed',
    evidence: [{ name: 'facts', mediaType: 'application/json', content: JSON.stringify(parts.facts, null, 2) }],
  };
}
