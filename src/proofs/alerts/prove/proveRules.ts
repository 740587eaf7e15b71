import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Expr } from '../../../promql/ast.js';
import { parseQuery } from '../../../promql/parse.js';
import { solveAlert } from '../solve/solveAlert.js';
import type { RuleVerdict } from '../verdict.js';
import { checkReadRules } from './checkRules.js';
import { DependencyFinder } from './dependencies.js';
import type { Watcher } from './findings.js';
import type { ProofInput, SharedContext, Step } from './proofContext.js';
import { readRuleFiles, type WrittenRule } from './readRuleFiles.js';
import { RuleProof } from './ruleProof.js';
import { Promtool } from './runPromtool.js';
import { TestNames, WrittenTests } from './writtenTests.js';

/** Rules that share runs of promtool. */
const CHUNK = 24;
/** Runs for rules whose decoys promtool minds: each time there are fewer of them. */
const DECOY_ROUNDS = 6;
/** Runs for mutants that passed the first test, or are left over because Prometheus refuses to evaluate another one. */
const MUTANT_ROUNDS = 12;

/**
 * Proves the alerting rules of some files, one verdict for each, in the order of the files. Recording
 * rules of all files count. "Proved" is promtool's word alone.
 *
 * @throws MlopsError MLOPS-PRF-003 when promtool can't be started.
 * @throws the signal's reason when it is aborted.
 */
export async function* proveRules(input: ProofInput): AsyncGenerator<RuleVerdict> {
  const reading = readRuleFiles(input.files);
  for (const file of reading.unusable) input.onUnusable?.(file);
  const promtool = new Promtool({
    tool: input.promtool,
    jobs: Math.max(1, input.jobs),
    signal: input.signal,
    ...(input.secondsPerTest === undefined ? {} : { secondsPerTest: input.secondsPerTest }),
  });
  const all = reading.rules.filter(({ kind }) => kind === 'alert');
  const alerts = all.filter(({ name }) => input.only?.has(name) ?? true);
  if (alerts.length === 0) return;
  const queries = new Map<WrittenRule, Expr | Error>();
  const queryOf = (rule: WrittenRule): Expr | undefined => {
    let query = queries.get(rule);
    if (query === undefined) {
      query = parsed(rule.expr);
      queries.set(rule, query);
    }
    return query instanceof Error ? undefined : query;
  };
  const { faults, refused } = await checkReadRules(reading.rules, input.files, promtool, queryOf);
  const finder = new DependencyFinder(reading.rules, queryOf);
  const watchers: Watcher[] = all.flatMap((rule) => {
    if (!/\b(?:absent|up)\b|absent_over_time/.test(rule.expr)) return [];
    const query = faults.has(rule) ? undefined : queryOf(rule);
    return query === undefined ? [] : [{ rule, query }];
  });
  const siblings = new Map<string, WrittenRule[]>();
  for (const rule of all) {
    const key = `${rule.file}\n${rule.name}`;
    siblings.set(key, [...(siblings.get(key) ?? []), rule]);
  }
  const names = new TestNames();
  const shared: SharedContext = {
    input,
    promtool,
    faults,
    refused,
    watchers,
    rules: reading.rules,
    queryOf,
    queryError: (rule) => {
      queryOf(rule);
      const query = queries.get(rule);
      return query instanceof Error ? query : undefined;
    },
    finder,
    siblingsOf: (rule) =>
      (siblings.get(`${rule.file}\n${rule.name}`) ?? []).filter((other) => other !== rule && !faults.has(other)),
    formerQueryOf: (rule) => input.formerQueries?.[alerts.indexOf(rule)],
    nameOf: (rule) => names.nameOf(rule),
  };
  let done = 0;
  const waiting: Promise<RuleVerdict[]>[] = [];
  // An early end (a fault, a caller that stops) must leave no rejection unhandled.
  const start = (chunk: readonly WrittenRule[]) => {
    const promise = proveChunk(chunk, shared);
    promise.catch(() => undefined);
    waiting.push(promise);
  };
  let next = 0;
  while (next < alerts.length || waiting.length > 0) {
    while (next < alerts.length && waiting.length <= input.jobs) {
      start(alerts.slice(next, next + CHUNK));
      next += CHUNK;
    }
    for (const verdict of await (waiting.shift() as Promise<RuleVerdict[]>)) {
      done += 1;
      input.progress?.(done, alerts.length);
      yield verdict;
    }
  }
}

async function proveChunk(rules: readonly WrittenRule[], shared: SharedContext): Promise<RuleVerdict[]> {
  const { promtool, input } = shared;
  const solve = input.solve ?? solveAlert;
  const proofs: RuleProof[] = [];
  for (const rule of rules) {
    proofs.push(new RuleProof(rule, shared, solve));
    // Solving is synchronous: let the processes of promtool be served in between.
    await new Promise((resolve) => setImmediate(resolve));
    input.signal?.throwIfAborted();
  }
  const step = async (jobsOf: (proof: RuleProof) => readonly Step[]) => {
    const steps = proofs.flatMap((proof) => (proof.isOpen ? jobsOf(proof) : []));
    if (steps.length === 0) return;
    const runs = await promtool.test(steps.map(({ job }) => job));
    steps.forEach(({ done }, index) => {
      done(runs[index] as Parameters<Step['done']>[0]);
    });
  };
  await step((proof) => proof.ask());
  for (let round = 0; round < DECOY_ROUNDS; round += 1) {
    await step((proof) => proof.confirm());
    await step((proof) => proof.askAgain());
  }
  await step((proof) => proof.confirm());
  for (let round = 0; round < MUTANT_ROUNDS; round += 1) await step((proof) => proof.tryMutants());
  if (input.testsDir !== undefined) {
    const written = new WrittenTests(input.testsDir, shared);
    await step((proof) => proof.confirmWritten(written));
    await mkdir(input.testsDir, { recursive: true });
    for (const proof of proofs) {
      const test = proof.writtenTest;
      if (test === undefined || !proof.isOpen) continue;
      await writeFile(join(input.testsDir, test.name), test.text);
      proof.wrote(join(input.testsDir, test.name));
    }
  }
  return proofs.map((proof) => proof.verdict());
}

function parsed(expr: string): Expr | Error {
  try {
    return parseQuery(expr);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
