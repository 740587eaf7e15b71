import type { Expr } from '../../../promql/ast.js';
import type { AlertProblem, MetricFacts, Solution } from '../world.js';
import type { CheckedRules } from './checkRules.js';
import type { DependencyFinder } from './dependencies.js';
import type { Watcher } from './findings.js';
import type { RuleFileText, UnusableFile, WrittenRule } from './readRuleFiles.js';
import type { Promtool } from './runPromtool.js';

/** Prometheus' default where neither the group nor the global configuration says otherwise. */
export const DEFAULT_EVALUATION_INTERVAL = 60;
export const DEFAULT_SCRAPE_INTERVAL = 30;

export interface ProofInput {
  files: readonly RuleFileText[];
  /** Names of the alerts to prove; unset: all. */
  only?: ReadonlySet<string> | undefined;
  /**
   * Queries of the proved alerts as they were before a change, in their order; unset where one didn't
   * change. Each is tried as one more wrong version of its rule (`former`).
   */
  formerQueries?: readonly (string | undefined)[] | undefined;
  /** Seconds; unset: unknown, and 30 s is assumed. */
  scrapeInterval?: number | undefined;
  /** Seconds; of groups that name none. Default 60. */
  evaluationInterval?: number | undefined;
  metrics?: MetricFacts | undefined;
  /** Absolute path of promtool. */
  promtool: string;
  /** Processes of promtool at a time. */
  jobs: number;
  signal?: AbortSignal | undefined;
  progress?: ((done: number, total: number) => void) | undefined;
  /** Folder to write test files to, relative to the working directory as the files' paths are; unset: none are written. */
  testsDir?: string | undefined;
  /** Called for each file that can't be read, before the first verdict. */
  onUnusable?: ((file: UnusableFile) => void) | undefined;
  /** Seconds that promtool may take for one rule's test file. Default 20. */
  secondsPerTest?: number | undefined;
  /** Finds the series to try a rule on; another one than ours only in tests. */
  solve?: ((problem: AlertProblem) => Solution) | undefined;
}

/** What all rules of a run share. */
export interface SharedContext {
  input: ProofInput;
  promtool: Promtool;
  faults: CheckedRules['faults'];
  /** Files that promtool can't test as they are → what that means for their sound rules, as a clause. */
  refused: CheckedRules['refused'];
  watchers: readonly Watcher[];
  rules: readonly WrittenRule[];
  queryOf(rule: WrittenRule): Expr | undefined;
  queryError(rule: WrittenRule): Error | undefined;
  finder: DependencyFinder;
  /** Alerts of the same name in the same file. */
  siblingsOf(rule: WrittenRule): readonly WrittenRule[];
  /** The rule's query as it was before a change. */
  formerQueryOf(rule: WrittenRule): string | undefined;
  /** File name of a rule's test. */
  nameOf(rule: WrittenRule): string;
}

/** One test file to be run, and what becomes of its result. */
export interface Step {
  job: Parameters<Promtool['test']>[0][number];
  done(run: Awaited<ReturnType<Promtool['test']>>[number]): void;
}
