import { formatDuration } from '../../../promql/duration.js';
import { UnsupportedQuery } from '../../../promql/errors.js';
import { METRIC_NAME } from '../../../promql/labels.js';
import { selectorsOf } from '../../../promql/walk.js';
import { phasesOf } from '../solve/phases.js';
import type { Finding, RuleVerdict, ShownTest } from '../verdict.js';
import type { AlertProblem, AlertRule, Assumption, RecordingRule, Solution, World, WorldSeries } from '../world.js';
import { type Answers, completeTests, type LifeMoments, questions, readAnswers, type TestPlan } from './alertTests.js';
import { trialIntervals } from './coarseIntervals.js';
import { decoyNotes } from './decoyNotes.js';
import { withDecoys } from './decoys.js';
import { crossedIntervals, type Dependencies } from './dependencies.js';
import {
  narrowRanges,
  plainSelector,
  selectorsThatMustRead,
  templateFailures,
  templateLabels,
  watcherOf,
} from './findings.js';
import { firstEventPhases, isCounted } from './inputs.js';
import { type ComparedValues, type Mutant, mutantsOf } from './mutants.js';
import type { ShownWorld } from './mutantTests.js';
import { MutantTrials } from './mutantTrials.js';
import { holdsOffGrid, isAsWorkedOut, NOT_FIRING, objectionTo } from './objections.js';
import { firstWords, readObservation } from './promtoolOutput.js';
import { DEFAULT_EVALUATION_INTERVAL, DEFAULT_SCRAPE_INTERVAL, type SharedContext, type Step } from './proofContext.js';
import type { WrittenRule } from './readRuleFiles.js';
import { changedRule, reducedGroupOrder, reducedRuleFile } from './reducedRules.js';
import { RuleStore } from './ruleStore.js';
import type { TestRun } from './runPromtool.js';
import { type TestGroup, terseTestFile, testFileText } from './testFile.js';
import { type Timeline, timelineOf } from './timeline.js';
import type { WrittenTests } from './writtenTests.js';

type Closed = Pick<RuleVerdict, 'verdict' | 'reason'>;

interface OpenProof {
  /** The rule's main world, then those that turn on other comparisons or branches of its query. */
  plans: readonly TestPlan[];
  /** With the intervals at which the rule is tried. */
  problem: AlertProblem;
  dependencies: Dependencies;
  /** The alert, what it depends on and its siblings: what promtool works on. */
  rules: readonly WrittenRule[];
  /** Set when the rule is tried at coarser intervals than its own. */
  coarsened: boolean;
}

/** The proof of one rule, step by step; between the steps promtool runs for many rules at once. */
export class RuleProof {
  private closed: Closed | undefined;
  private open: OpenProof | undefined;
  /** The main world's first. */
  private readonly trials: ShownWorld[] = [];
  /** To be asked again with fewer decoys. */
  private readonly plain: { plan: TestPlan; isMain: boolean }[] = [];
  private mutants: MutantTrials | undefined;
  /** What promtool said of tests that it didn't confirm. */
  private unconfirmed = 'promtool was not asked to confirm the tests';
  private readonly findings: Finding[] = [];
  private assumptions: readonly Assumption[] = [];
  private readonly shown: ShownTest[] = [];
  private readonly paths: string[] = [];
  private seconds = 0;
  writtenTest: { name: string; text: string } | undefined;

  constructor(
    private readonly rule: WrittenRule,
    private readonly shared: SharedContext,
    solve: (problem: AlertProblem) => Solution,
  ) {
    const start = performance.now();
    this.prepare(solve);
    this.seconds += (performance.now() - start) / 1000;
  }

  get isOpen(): boolean {
    return this.closed === undefined;
  }

  private close(verdict: Closed['verdict'], reason: string): void {
    this.closed ??= { verdict, reason };
  }

  private prepare(solve: (problem: AlertProblem) => Solution): void {
    const { rule, shared } = this;
    const fault = shared.faults.get(rule);
    if (fault !== undefined) {
      this.close(fault.verdict, fault.reason);
      return;
    }
    const query = shared.queryOf(rule);
    if (query === undefined) {
      const error = shared.queryError(rule);
      const what =
        error instanceof UnsupportedQuery ? error.message : `our parser does not read the query: ${error?.message}`;
      this.close('not_provable', what);
      return;
    }
    const dependencies = shared.finder.of(rule);
    const bad = dependencies.recordings.find((recording) => shared.faults.has(recording));
    if (bad !== undefined) {
      this.close('not_provable', `it reads ${bad.name} (${bad.file}:${bad.line}), a recording rule that is not valid`);
      return;
    }
    const [circular] = dependencies.circle;
    if (circular !== undefined) {
      this.close('not_provable', `it reads ${circular}, which is recorded from itself`);
      return;
    }
    const { input } = shared;
    const byDefault = input.evaluationInterval ?? DEFAULT_EVALUATION_INTERVAL;
    const crossed = crossedIntervals(dependencies.chain, byDefault);
    if (crossed !== undefined) {
      this.findings.push({
        code: 'interval-chain',
        message: `it reads recordings of groups with other intervals (${crossed.map(formatDuration).join(', ')}); the lag that this adds can't be shown`,
      });
    }
    const recordings = dependencies.recordings.flatMap((recording) => recordingRule(recording, shared, byDefault));
    const given = alertRule(rule, query, byDefault);
    if (recordings.length < dependencies.recordings.length) {
      this.close('not_provable', 'it reads a recording rule whose query our parser does not read');
      return;
    }
    const queries = [query, ...recordings.map((recording) => recording.query)];
    const attempt = (startsAt: number) => {
      const intervals = trialIntervals(queries, {
        scrape: this.scrapeInterval,
        evaluation: given.interval,
        waits: [rule.for, rule.keepFiringFor],
        startsAt,
      });
      const problem: AlertProblem = {
        rule: { ...given, interval: intervals.evaluation },
        recordings,
        scrapeInterval: intervals.scrape,
        scrapeIntervalKnown: input.scrapeInterval !== undefined,
        ...(input.metrics === undefined ? {} : { metrics: input.metrics }),
      };
      return { intervals, problem, solution: solved(problem, solve) };
    };
    let { intervals, problem, solution } = attempt(0);
    if (solution.kind === 'solved' && solution.world.startsAt > 0) {
      // promtool evaluates from 1970 on, so a late start costs as much as a long range.
      const again = attempt(solution.world.startsAt);
      if (again.solution.kind === 'solved') ({ intervals, problem, solution } = again);
    }
    switch (solution.kind) {
      case 'not_provable':
        this.close('not_provable', solution.reason);
        return;
      case 'never_fires':
        this.assumptions = solution.assumptions;
        this.close('never_fires', solution.reason);
        return;
      case 'always_fires':
        this.assumptions = solution.assumptions;
        this.close('always_fires', solution.reason);
        return;
      case 'solved':
        this.assumptions = solution.world.assumptions;
        this.open = this.planned(problem, dependencies, [solution.world, ...solution.others], intervals.coarsened);
    }
  }

  private get scrapeInterval(): number {
    return this.shared.input.scrapeInterval ?? DEFAULT_SCRAPE_INTERVAL;
  }

  private planned(
    problem: AlertProblem,
    dependencies: Dependencies,
    worlds: readonly World[],
    coarsened: boolean,
  ): OpenProof {
    const { rule, shared } = this;
    const siblings = shared.siblingsOf(rule);
    // The siblings may read recordings of their own.
    const others = siblings.flatMap((sibling) => shared.finder.of(sibling).chain);
    const rules = [...new Set([...dependencies.chain, ...others])].filter((other) => !shared.faults.has(other));
    const queries = [problem.rule.query, ...problem.recordings.map(({ query }) => query)];
    const selectors = new Set(queries.flatMap((query) => selectorsOf(query).map(plainSelector)));
    const laidOut = worlds.map((world) => ({
      world,
      timeline: timelineOf(world, {
        for: rule.for,
        keepFiringFor: rule.keepFiringFor,
        scrape: problem.scrapeInterval,
        evaluation: problem.rule.interval,
      }),
    }));
    const lasting = laidOut.filter(({ world, timeline }) => !driftsAway(world, problem, timeline));
    const plans = (lasting.length === 0 ? laidOut : lasting).map(({ world, timeline }, index): TestPlan => {
      const [decorated = world, ...plainer] = withDecoys(world, problem, timeline);
      return {
        alert: rule.name,
        ownLabels: ownLabels(rule, siblings),
        for: rule.for,
        keepFiringFor: rule.keepFiringFor,
        world: decorated,
        plainer,
        timeline,
        missesFirstEvent: index === 0 && missesFirstEvent(world, problem, timeline),
        selectors: [...selectors],
      };
    });
    return { plans, problem, dependencies, rules, coarsened };
  }

  /** First step: what does promtool get on the series that were worked out? */
  ask(): Step[] {
    const { open } = this;
    return (open?.plans ?? []).map((plan, index) =>
      this.step(this.reduced(questions(plan, index === 0)), (run) => this.hear(plan, index === 0, run)),
    );
  }

  /** Where promtool minded the decoys, the same with fewer of them. */
  askAgain(): Step[] {
    return this.plain
      .splice(0)
      .map(({ plan, isMain }) =>
        this.step(this.reduced(questions(plan, isMain)), (run) => this.hear(plan, isMain, run)),
      );
  }

  private hear(plan: TestPlan, isMain: boolean, run: TestRun): void {
    const { open } = this;
    if (open === undefined || !this.isOpen) return;
    const answers = run.broken ? undefined : readAnswers(plan, readObservation(run.output));
    const [next, ...plainer] = plan.plainer;
    const isAsMeant =
      answers !== undefined && !run.passed && isAsWorkedOut(plan, isMain, answers) && !failsInTemplates(answers);
    if (next !== undefined && !isAsMeant) {
      this.plain.push({ plan: { ...plan, world: next, plainer }, isMain });
      return;
    }
    if (answers === undefined) {
      if (isMain) this.close('not_provable', `promtool did not finish: ${firstWords(run.output)}`);
      return;
    }
    const { moments } = answers;
    const objection = run.passed ? NOT_FIRING : this.objection(plan, answers, moments);
    if (isMain) this.judgeRanges(open, answers);
    if (!this.isOpen) return;
    if (objection !== undefined || moments === undefined) {
      if (isMain) this.close('not_provable', objection ?? NOT_FIRING);
      return;
    }
    if (isMain && !this.isIntermittent && !holdsOffGrid(answers)) {
      const between = 'it fires when scrapes fall on evaluations, but not when they lie between them';
      this.close(
        'not_provable',
        open.problem.scrapeIntervalKnown
          ? between
          : `scrape interval unknown: at ${formatDuration(this.scrapeInterval)} ${between}`,
      );
      return;
    }
    const trial = { plan, answers, moments, tests: completeTests(plan, answers, moments, isMain) };
    if (isMain) this.trials.unshift(trial);
    else this.trials.push(trial);
  }

  /** {@link objectionTo}, and whether it may be another alert's doing, which bears the same name. */
  private objection(plan: TestPlan, answers: Answers, moments: LifeMoments | undefined): string | undefined {
    const objection = objectionTo(plan, answers, moments);
    if (objection === undefined) return undefined;
    const twin = this.shared.siblingsOf(this.rule).find((sibling) => mayCarry(sibling, plan.ownLabels));
    return twin === undefined
      ? objection
      : `${objection}; tests can't tell it from the alert of the same name and labels in line ${twin.line}`;
  }

  private get isIntermittent(): boolean {
    return this.findings.some(({ code }) => code === 'intermittent');
  }

  /** Whether ranges hold enough samples as scrapes come in production, between evaluations. */
  private judgeRanges(open: OpenProof, answers: Answers): void {
    const scrape = this.scrapeInterval;
    const narrow = narrowRanges(open.problem.rule.query, scrape);
    const [first] = narrow;
    if (first === undefined) return;
    const holding = answers.offGrid.filter(({ samples, early }) => samples.length > 0 && !early).length;
    if (!open.problem.scrapeIntervalKnown) {
      this.close('not_provable', `scrape interval unknown: whether ${first.expr} holds enough samples depends on it`);
      return;
    }
    const every = formatDuration(scrape);
    const never = narrow.find(({ how }) => how === 'never');
    if (never !== undefined && holding === 0) {
      this.close('never_fires', `${never.expr} never holds two samples at a scrape interval of ${every}`);
      return;
    }
    this.findings.push({
      code: 'intermittent',
      message: `${first.expr} holds too few samples now and then at a scrape interval of ${every}`,
    });
  }

  /** Second step: the complete tests, and each mutant against the tests that the alert fires. */
  confirm(): Step[] {
    const { open } = this;
    const isToBeAsked = this.plain.length > 0;
    if (open === undefined || this.mutants !== undefined || isToBeAsked || this.trials.length === 0) return [];
    const unread = unreadSelector(open, this.trials);
    if (unread !== undefined) {
      this.close('not_provable', `no series were found that \`${unread.slice(0, 120)}\` reads`);
      return [];
    }
    const steps = [
      this.step(this.reduced(this.allTests()), (run) => {
        if (run.passed) return;
        const what = run.broken ? 'did not finish' : 'does not confirm';
        this.unconfirmed = `promtool ${what} the tests: ${firstWords(run.output)}`;
        if (this.fallBack()) return;
        this.close('not_provable', asksInTemplates(this.rule) ? ORDER_NOT_KEPT : this.unconfirmed);
      }),
    ];
    this.mutants = new MutantTrials(this.mutantsOf(open), this.trials);
    return [...steps, ...this.tryMutants()];
  }

  /** Takes worlds with fewer decoys in place of those that promtool doesn't confirm; false: there are none left. */
  private fallBack(): boolean {
    const kept: ShownWorld[] = [];
    for (const [index, trial] of this.trials.splice(0).entries()) {
      const [next, ...plainer] = trial.plan.plainer;
      if (next === undefined) kept.push(trial);
      else this.plain.push({ plan: { ...trial.plan, world: next, plainer }, isMain: index === 0 });
    }
    this.trials.push(...kept);
    this.mutants = undefined;
    return this.plain.length > 0;
  }

  /** Each mutant whose fate isn't known yet, as an alert beside the others. */
  tryMutants(): Step[] {
    const { open } = this;
    if (open === undefined) return [];
    return (this.mutants?.next() ?? []).map(({ mutants, groups, done }) => {
      const changed = mutants.map(({ mutant, name }) => changedRule(this.rule, { ...mutant.change, name }));
      const rules = open.dependencies.chain.flatMap((rule) => (rule === this.rule ? changed : [rule]));
      return this.step(this.job(rules, groups), done);
    });
  }

  private allTests(): TestGroup[] {
    return this.trials.flatMap(({ tests }) => [tests.life, tests.silent, ...tests.more]);
  }

  /** Last step: the written test, word for word, against the user's own files. */
  confirmWritten(written: WrittenTests): Step[] {
    const { open, rule } = this;
    if (open === undefined || this.trials.length === 0) return [];
    const { chain } = open.dependencies;
    if (chain.some(({ loadable }) => !loadable)) return [];
    this.judgeMutants();
    if (!this.isOpen) return [];
    const needed = [...new Set(chain.map(({ file }) => file))];
    const name = this.shared.nameOf(rule);
    const text = testFileText({
      ruleFiles: needed.map((file) => written.ruleFilePath(file)),
      evaluationInterval: open.problem.rule.interval,
      groupOrder: [...new Set(chain.map(({ group }) => group))],
      head: this.head(open, written.ruleFilePath(rule.file)),
      seriesNotes: decoyNotes(
        this.trials.map(({ plan }) => plan.world),
        [open.problem.rule.query, ...open.problem.recordings.map(({ query }) => query)],
      ),
      groups: this.allTests(),
    });
    const test = written.testPath(name);
    return [
      this.step({ files: { ...written.ruleFiles(needed), [test]: text }, test, seconds: WRITTEN_SECONDS }, (run) => {
        if (run.passed) this.writtenTest = { name, text };
        else if (run.broken) {
          this.close('not_provable', `promtool did not finish the written test: ${firstWords(run.output)}`);
        } else {
          this.close(
            'not_provable',
            `the test passes for the rule, but not with all of its file: ${firstWords(run.output)}`,
          );
        }
      }),
    ];
  }

  wrote(path: string): void {
    this.paths.push(path);
  }

  verdict(): RuleVerdict {
    const { rule, open } = this;
    const [main] = this.trials;
    if (this.isOpen && main !== undefined) this.judgeMutants();
    if (this.isOpen && main !== undefined && open !== undefined) this.describe(open, main);
    const accepted = rule.accepted.map(({ code, reason }) => ({ code, reason }));
    const isAccepted = ({ code }: Finding) => accepted.some((one) => one.code === code);
    const closed = this.closed ?? { verdict: 'not_provable' as const, reason: NOT_FIRING };
    const verdict: RuleVerdict = {
      file: rule.file,
      line: rule.line,
      alert: rule.name,
      ...closed,
      findings: this.findings.filter((finding) => !isAccepted(finding)),
      assumptions: [...this.assumptions],
      tests: this.paths,
      shown: this.shown,
      mutants: this.mutants?.results() ?? [],
      accepted,
      seconds: this.seconds,
    };
    if (main === undefined) return verdict;
    const { plan, answers, moments } = main;
    const labels = ownAlert(answers, plan)?.labels;
    return {
      ...verdict,
      onMissing: onMissing(answers),
      evidence: this.evidence(),
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      inputs: {
        world: plan.world,
        scrapeInterval: plan.timeline.scrape,
        evaluationInterval: plan.timeline.evaluation,
        onset: plan.timeline.onset,
        activeFrom: moments.activeFrom,
        firesAt: moments.firingFrom,
        firingTo: moments.firingTo,
        turn: plan.timeline.turn,
        end: plan.timeline.end,
      },
    };
  }

  /** What promtool was given, for people who want to run it themselves. */
  private evidence(): NonNullable<RuleVerdict['evidence']> {
    const { files, test } = this.reduced(this.allTests());
    const rules = Object.entries(files).find(([path]) => path !== test)?.[1] ?? '';
    return { rules, tests: files[test] ?? '' };
  }

  private judgeMutants(): void {
    const objection = this.mutants === undefined ? this.unconfirmed : this.mutants.objection();
    if (objection !== undefined) this.close('not_provable', objection);
  }

  /** What was shown and found, once promtool has confirmed everything. */
  private describe(open: OpenProof, main: ShownWorld): void {
    const { plan, answers, moments } = main;
    const { timeline, world } = plan;
    const waited = moments.firingFrom - timeline.onset;
    const after = waited === 0 ? 'as soon as' : `${formatDuration(waited)} after`;
    const show = (name: string, text: string) => this.shown.push({ name, passed: true, text });
    show('fires', `fires ${after} the values turn bad`);
    if (plan.for > 0) show('waits', `pending until ${formatDuration(plan.for)} have passed`);
    show('silent', `silent at every evaluation on healthy values, over ${formatDuration(timeline.healthyUntil)}`);
    const recovers = moments.activeTo < timeline.end && world.recover !== undefined;
    if (recovers)
      show(
        'recovers',
        `silent again ${formatDuration(moments.firingTo - timeline.turn + timeline.evaluation)} after the values are healthy`,
      );
    show(
      'birth',
      answers.bornFires
        ? 'fires for series that are bad when they first appear'
        : 'does not notice series that are bad when they first appear',
    );
    const missing = onMissing(answers);
    show(
      'death',
      missing === 'fires'
        ? 'fires when the series vanish'
        : missing === 'resolves'
          ? 'resolves when the series vanish'
          : 'silent when the series vanish',
    );
    show('off-grid', `holds with scrapes between evaluations`);
    if (world.recover === undefined) {
      this.findings.push({
        code: 'resolves-only-on-reset',
        message: 'a counter never falls, so the alert resolves only when it is reset',
      });
    }
    if (answers.firstEvent?.before === true && !answers.firstEvent.born) {
      this.findings.push({
        code: 'misses-first-event',
        message: 'a first event that a new series is born with stays unnoticed; only the next one makes it fire',
      });
    }
    if (missing !== 'fires') {
      const watcher = watcherOf(selectorsOf(open.problem.rule.query), this.shared.watchers, this.rule);
      if (watcher === undefined) {
        this.findings.push({
          code: 'blind-when-absent',
          message: `when its series vanish the alert ${missing === 'resolves' ? 'resolves' : 'stays silent'}, and no other given rule notices`,
        });
      }
    }
    const carried = resultLabels(open, plan) ?? new Set(Object.keys(ownAlert(answers, plan)?.labels ?? {}));
    for (const { label, where } of templateLabels(this.rule)) {
      if (carried.has(label)) continue;
      this.findings.push({
        code: 'annotation-label-missing',
        message: `${where} shows the label ${label}, which the alert doesn't carry`,
      });
    }
    const own = ownAlert(answers, plan);
    for (const { where, error } of own === undefined ? [] : templateFailures(own)) {
      this.findings.push({
        code: 'template-fails',
        message: `${where} can't be expanded on the series tried: ${error}`,
      });
    }
    for (const text of this.mutants?.survivors() ?? []) {
      this.findings.push({ code: 'mutant-survives', message: `the tests also pass with ${text}` });
    }
    const { threshold } = world;
    if (threshold !== undefined && isFar(threshold)) {
      const { operator, value, firing, healthy } = threshold;
      this.findings.push({
        code: 'far-from-threshold',
        message: `the tests also pass with other thresholds than ${operator} ${short(value)}: it fires at ${short(firing)} and is silent at ${short(healthy)}`,
      });
    }
    const at =
      threshold === undefined
        ? ''
        : `; ${threshold.operator} ${short(threshold.value)}: fires at ${short(threshold.firing)}, silent at ${short(threshold.healthy)}`;
    const files = new Set(open.dependencies.chain.map(({ file }) => file));
    const besides = [
      ...[...files].flatMap((file) => this.shared.refused.get(file) ?? []),
      ...(this.mutants?.untold() ?? []),
    ];
    this.close(
      'proved',
      [`promtool shows that it fires ${after} the values turn bad and is silent on healthy ones${at}`, ...besides].join(
        '; ',
      ),
    );
  }

  private mutantsOf(open: OpenProof): Mutant[] {
    const { rule, trials } = this;
    const stores = trials.flatMap(({ plan }) => storeOf(open, plan) ?? []);
    const former = this.shared.formerQueryOf(rule);
    const asItWas: Mutant[] =
      former === undefined
        ? []
        : [
            {
              kind: 'former',
              text: 'the query as it was before the change',
              change: { expr: former },
              decisive: false,
            },
          ];
    return asItWas.concat(
      mutantsOf({
        expr: rule.expr,
        query: open.problem.rule.query,
        for: rule.for,
        keepFiringFor: rule.keepFiringFor,
        evaluation: open.problem.rule.interval,
        valuesOf: (expr): ComparedValues[] =>
          stores.flatMap(({ store, timeline }) => {
            const valuesAt = (at: number) => store.evaluate(expr, at).map(({ value }) => value);
            try {
              return [{ firing: valuesAt(timeline.turn), healthy: valuesAt(timeline.onset - timeline.evaluation) }];
            } catch {
              return [];
            }
          }),
      }),
    );
  }

  private reduced(groups: readonly TestGroup[]): Step['job'] {
    return this.job((this.open as OpenProof).rules, groups);
  }

  private job(rules: readonly WrittenRule[], groups: readonly TestGroup[]): Step['job'] {
    const folder = `${this.rule.line}-${counter()}`;
    const test = `${folder}/test.yml`;
    const text = terseTestFile({
      ruleFiles: ['rules.yml'],
      evaluationInterval: (this.open as OpenProof).problem.rule.interval,
      groupOrder: reducedGroupOrder(rules),
      groups,
    });
    return { files: { [`${folder}/rules.yml`]: reducedRuleFile(rules), [test]: text }, test };
  }

  private step(job: Step['job'], done: (run: TestRun) => void): Step {
    const start = performance.now();
    return {
      job,
      done: (run) => {
        this.seconds = Math.max(this.seconds, (performance.now() - start) / 1000);
        done(run);
      },
    };
  }

  private head(open: OpenProof, ruleFile: string): string[] {
    const { problem } = open;
    return [
      `Tests of the alert ${this.rule.name} (${ruleFile}). Run: promtool test rules ${this.shared.nameOf(this.rule)}`,
      `A scrape every ${formatDuration(problem.scrapeInterval)}, an evaluation every ${formatDuration(problem.rule.interval)}.`,
      ...(open.coarsened
        ? ['These are coarser than in production: promtool loads 10,000 samples for a query at most.']
        : []),
      ...this.assumptions
        .filter(({ about, status }) => about !== 'interval' && (status === 'assumed' || status === 'unlikely'))
        .map(({ text }) => `Taken for granted: ${text}`),
    ];
  }
}

/** A selector that reads nothing in any of the worlds; one whose absence is the point may. */
function unreadSelector(open: OpenProof, trials: readonly ShownWorld[]): string | undefined {
  const wanted = selectorsThatMustRead([open.problem.rule.query, ...open.problem.recordings.map(({ query }) => query)]);
  const isRead = (index: number) =>
    // Where being there is what is bad, as of a state that a label names, the healthy world has none of it.
    trials.some(({ answers }) => (answers.presence[index] ?? 0) > 0 || (answers.livePresence[index] ?? 0) > 0);
  return trials[0]?.plan.selectors.find((selector, index) => wanted.has(selector) && !isRead(index));
}

/** Labels that templates see: those of the query's result, before the rule adds its own. */
function resultLabels(open: OpenProof, plan: TestPlan): Set<string> | undefined {
  try {
    const samples = storeOf(open, plan)?.store.evaluate(open.problem.rule.query, plan.timeline.turn) ?? [];
    return samples.length === 0 ? undefined : new Set(samples.flatMap(({ labels }) => Object.keys(labels)));
  } catch {
    return undefined;
  }
}

/** A world from its start to the turn; undefined where our evaluator doesn't know how: only promtool's word counts. */
function storeOf(
  { problem }: OpenProof,
  { world, timeline }: TestPlan,
): { store: RuleStore; timeline: Timeline } | undefined {
  try {
    const store = new RuleStore(
      world,
      timeline,
      problem.recordings,
      (series) => phasesOf(series, timeline.onset - world.startsAt).phases,
      timeline.turn,
    );
    return { store, timeline };
  } catch {
    return undefined;
  }
}

/** Whether what doesn't carry the condition makes the rule fire in the end, as a gauge does that always falls. */
function driftsAway(world: World, problem: AlertProblem, timeline: Timeline): boolean {
  const isDrift = ({ role, kind, healthy }: WorldSeries) =>
    role === 'context' && kind !== 'counter' && kind !== 'histogram' && healthy.kind === 'slope';
  if (!world.series.some(isDrift)) return false;
  const { healthyUntil, evaluation } = timeline;
  try {
    const phases = ({ healthy }: WorldSeries) => [{ from: 0, form: healthy }];
    const store = new RuleStore(world, timeline, problem.recordings, phases, healthyUntil);
    const last = Math.floor(healthyUntil / evaluation) * evaluation;
    return store.evaluate(problem.rule.query, last).length > 0;
  } catch {
    return false;
  }
}

/** Only a first look, by our own evaluator: whether to ask promtool about first events at all. */
function missesFirstEvent(world: World, problem: AlertProblem, timeline: Timeline): boolean {
  if (!world.series.some(isCounted)) return false;
  const { onset, turn, evaluation } = timeline;
  const fires = (which: 'before' | 'born') => {
    const phases = (series: WorldSeries) => firstEventPhases(series, which, onset - world.startsAt);
    const store = new RuleStore(world, timeline, problem.recordings, phases, turn);
    for (let at = onset; at <= turn; at += evaluation) {
      if (store.evaluate(problem.rule.query, at).length > 0) return true;
    }
    return false;
  };
  try {
    return fires('before') && !fires('born');
  } catch {
    return false;
  }
}

/** Whether what alerts show depends on other series, which Prometheus gives in no fixed order. */
function asksInTemplates({ labels, annotations }: WrittenRule): boolean {
  return [labels, annotations].some((texts) =>
    Object.values(texts).some((text) => text.includes('{{') && /\bquery\b/.test(text)),
  );
}

const ORDER_NOT_KEPT =
  'its labels or annotations show what `query` finds, which comes in another order from one run to the next';

/** Whether a template asks for series itself and fails on what it finds, as it may on decoys. */
function failsInTemplates({ alerts }: Answers): boolean {
  return alerts.some((alert) => templateFailures(alert).length > 0);
}

/** The rule's own firing alert, not one of the same name. */
function ownAlert({ alerts }: Answers, { ownLabels: own }: TestPlan): Answers['alerts'][number] | undefined {
  return alerts.find(({ labels }) => Object.entries(own).every(([label, value]) => labels[label] === value));
}

function onMissing(answers: Answers): 'fires' | 'resolves' | 'silent' {
  if (answers.firesWhenVanished || answers.died.length > 0) return 'fires';
  return answers.bornFires ? 'resolves' : 'silent';
}

function solved(problem: AlertProblem, solve: (problem: AlertProblem) => Solution): Solution {
  try {
    return solve(problem);
  } catch (error) {
    if (error instanceof UnsupportedQuery) return { kind: 'not_provable', reason: error.message };
    const what = error instanceof Error ? error.message : String(error);
    return { kind: 'not_provable', reason: `the search for series failed: ${what.slice(0, 200)}` };
  }
}

function alertRule(rule: WrittenRule, query: AlertRule['query'], byDefault: number): AlertRule {
  const { file, line, group, expr, keepFiringFor, labels, annotations } = rule;
  return {
    file,
    line,
    group,
    interval: rule.interval ?? byDefault,
    alert: rule.name,
    expr,
    query,
    for: rule.for,
    keepFiringFor,
    labels,
    annotations,
  };
}

function recordingRule(rule: WrittenRule, shared: SharedContext, byDefault: number): RecordingRule[] {
  const query = shared.queryOf(rule);
  if (query === undefined) return [];
  const { file, line, group, expr, labels, name: record } = rule;
  return [{ file, line, group, interval: rule.interval ?? byDefault, record, expr, query, labels }];
}

/** Whether the alerts of a rule may carry all these labels. */
function mayCarry(rule: WrittenRule, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => {
    const own = rule.labels[label];
    return own === undefined || own === value || own.includes('{{');
  });
}

/** Labels of the rule that all its alerts carry and that alerts of the same name don't. */
function ownLabels(rule: WrittenRule, siblings: readonly WrittenRule[]): Record<string, string> {
  const isFixed = (text: string | undefined) => text !== undefined && !text.includes('{{');
  return Object.fromEntries(
    Object.entries(rule.labels).filter(
      ([label, value]) =>
        label !== METRIC_NAME && isFixed(value) && siblings.some((sibling) => sibling.labels[label] !== value),
    ),
  );
}

let made = 0;
/** Distinct names of folders in promtool's own folder. */
function counter(): number {
  made += 1;
  return made;
}

/** Seconds for a test of the user's own files, all of whose rules promtool evaluates. */
const WRITTEN_SECONDS = 40;

/** Share of the threshold, and units of whole numbers, within which the tested values should lie. */
const NEAR_SHARE = 0.1;
const NEAR_UNITS = 1;

function isFar({ value, firing, healthy }: NonNullable<World['threshold']>): boolean {
  const near = Math.max(NEAR_SHARE * Math.abs(value), Number.isInteger(value) ? NEAR_UNITS : 0);
  return ![firing, healthy].every((one) => Math.abs(one - value) <= near);
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
