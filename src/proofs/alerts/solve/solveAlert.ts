import type { Aggregation, Expr } from '../../../promql/ast.js';
import { UnsupportedQuery } from '../../../promql/errors.js';
import { printQuery } from '../../../promql/print.js';
import { selectorsOf, walk } from '../../../promql/walk.js';
import type { AlertProblem, Assumption, Solution, World, WorldSeries } from '../world.js';
import { asksForExistence, certaintyOf } from './always.js';
import { impossibilityOf } from './impossible.js';
import { inlineRecordings } from './inlineRecordings.js';
import { intervalAssumption } from './intervalAssumption.js';
import { constantsOf } from './knobs.js';
import { labelAssumptions } from './labelAssumptions.js';
import type { LabelClasses, LabelVariable } from './labelClasses.js';
import { labelValueFor } from './labelValue.js';
import { matcherAssumptions } from './matcherAssumptions.js';
import { isFlag, kindOf } from './metricKinds.js';
import { nativeHistogramsIn } from './nativeHistograms.js';
import { Obstacles } from './obstacles.js';
import { PlausibleBounds } from './plausibleBounds.js';
import { type Condition, type QueryShape, shapesOf, type Template } from './queryShape.js';
import { distanceOf, FORESEEING, isClose, ShapeSolver, shown, type Turn } from './shapeSolver.js';
import { type Setting, type Source, seriesOf, sourcesOf, TRENDS } from './sources.js';
import { boundsOf, firingForm, reachOf, Trial, WorkLimit, WorkLimitReached } from './trial.js';
import { courseOf } from './verifyWorld.js';

/** Evaluations that one rule may cost, weighed by their samples. */
const WORK_LIMIT = 100_000;
/** Seconds after which a rule is given up whatever it has cost: many times what the work limit takes. */
const TIME_LIMIT = 60;
/** The same for the attempts with many series that differ in one label. */
const CROWD_LIMIT = 6000;
/** What each series of a large crowd may cost. */
const LIMIT_PER_SERIES = 60;
/** Worlds beside the principal one. */
const MOST_OTHERS = 8;

/**
 * Finds series under which an alerting rule fires and stays silent, or a sound reason why there are
 * none. Deterministic, but for a rule that takes longer than a minute; what it finds has been tried with
 * our own evaluation of the language, and is for promtool to judge.
 */
export function solveAlert(problem: AlertProblem): Solution {
  try {
    return solved(problem);
  } catch (error) {
    if (error instanceof WorkLimitReached) return { kind: 'not_provable', reason: error.message };
    if (error instanceof UnsupportedQuery) {
      return { kind: 'not_provable', reason: error.message, construct: error.construct };
    }
    throw error;
  }
}

/** What a search may cost, and what was in its way. */
interface Search {
  limit: WorkLimit;
  obstacles: Obstacles;
}

interface Attempt {
  turns: readonly Turn[];
  sources: readonly Source[];
  trial: Trial;
  assumptions: readonly Assumption[];
}

/** Scrape intervals that are tried to tell whether the answer depends on it. Seconds. */
const FINER_INTERVALS = [15, 5, 1] as const;

function solved(problem: AlertProblem): Solution {
  const { query, filters } = inlineRecordings(problem.rule.query, problem.recordings);
  const native = nativeHistogramsIn(query);
  if (native !== undefined) return { kind: 'not_provable', reason: native };
  const limit = new WorkLimit(WORK_LIMIT, TIME_LIMIT);
  const unprovable = withoutSeries(query) ?? ofTheFuture(query);
  const shapes = shapesOf(query, filters, shownLabels(problem), (metric, label) => isScraped(problem, metric, label));
  const reasons = shapes.map((shape) => impossibilityOf(problem, query, shape));
  const general = [
    ...matcherAssumptions(
      shapes.flatMap(({ templates }) => templates),
      problem.metrics,
    ),
    ...intervalAssumption(problem, query),
  ];
  const assumptions = [...kindsAssumed(problem, shapes), ...general];
  const [first] = reasons;
  if (first !== undefined && reasons.every((reason) => reason !== undefined)) {
    const byInterval = reasons.find((reason) => reason?.byInterval === true);
    if (byInterval === undefined || problem.scrapeIntervalKnown) {
      return { kind: 'never_fires', reason: (byInterval ?? first).reason, assumptions };
    }
    return { kind: 'not_provable', reason: `scrape interval unknown: ${byInterval.reason}` };
  }
  for (const shape of shapes) {
    const certainty = certaintyOf(problem, query, shape);
    if (certainty !== undefined) return { kind: 'always_fires', ...certainty, assumptions };
  }
  if (unprovable !== undefined) return { kind: 'not_provable', reason: unprovable };
  const possible = shapes.filter((_, index) => reasons[index] === undefined);
  const obstacles = new Obstacles();
  const worlds = worldsFor(problem, query, possible, { limit, obstacles }).map((found) => ({
    ...found,
    assumptions: [...found.assumptions, ...general],
  }));
  const [world, ...others] = worlds;
  if (world !== undefined) return { kind: 'solved', world, others: others.slice(0, MOST_OTHERS) };
  if (!problem.scrapeIntervalKnown && dependsOnScrapes(problem, possible)) {
    for (const scrapeInterval of FINER_INTERVALS) {
      if (scrapeInterval >= problem.scrapeInterval) continue;
      const finer = { ...problem, scrapeInterval };
      if (worldsFor(finer, query, possible, { limit, obstacles: new Obstacles() }).length === 0) continue;
      const reason = `scrape interval unknown: it can fire with a sample every ${scrapeInterval}s, not with one every`;
      return { kind: 'not_provable', reason: `${reason} ${problem.scrapeInterval}s` };
    }
  }
  const because = obstacles.text === undefined ? '' : `: ${obstacles.text}`;
  const reason = `no series were found that turn the query on and off${because}`;
  return {
    kind: 'not_provable',
    reason: readsCalendar(query) ? `${reason} at the full hours and days at which it was tried` : reason,
  };
}

/** Series that Prometheus makes of its own alerts: they have the labels of the alert alone. */
const SYNTHETIC: ReadonlySet<string> = new Set(['ALERTS', 'ALERTS_FOR_STATE']);

/** Whether all series of a metric have a label that scraping gives them, unless known series lack it. */
function isScraped({ metrics }: AlertProblem, metric: string, label: string): boolean {
  if (SYNTHETIC.has(metric)) return false;
  const known = metrics?.complete === true ? metrics.seriesOf(metric) : undefined;
  return known?.every((labels) => (labels[label] ?? '') !== '') ?? true;
}

/** Why a query can't be turned by any series. */
function withoutSeries(query: Expr): string | undefined {
  return selectorsOf(query).length === 0 ? 'it reads no series, only the time: there is nothing to turn' : undefined;
}

/** Seconds that an instant selector looks back. */
const LOOKBACK = 300;

/** Why what promtool shows of a query isn't what production does: it reads samples that don't exist yet. */
function ofTheFuture(query: Expr): string | undefined {
  let found: string | undefined;
  walk(query, (expr, path) => {
    if (expr.kind !== 'vector' && expr.kind !== 'subquery') return;
    const above = path.at(-1);
    const range = expr.kind === 'subquery' ? expr.range : above?.kind === 'matrix' ? above.range : LOOKBACK;
    if (-expr.offset < range || expr.offset >= 0) return;
    found ??= `a negative offset reads the future, of which production has no samples: ${printQuery(expr)}`;
  });
  return found;
}

/** Whether some window is so short that the number of samples in it decides. */
function dependsOnScrapes({ scrapeInterval }: AlertProblem, shapes: readonly QueryShape[]): boolean {
  return shapes.some(({ templates }) =>
    templates.some(({ reading }) => reading.range > 0 && reading.range <= 4 * scrapeInterval),
  );
}

function kindsAssumed(problem: AlertProblem, shapes: readonly QueryShape[]): Assumption[] {
  const found = new Map<string, Assumption>();
  for (const { templates } of shapes) {
    for (const { metric } of templates) {
      const own = templates.filter((template) => template.metric === metric);
      const { assumption } = kindOf(metric, own, problem.metrics);
      if (assumption !== undefined) found.set(metric, assumption);
    }
  }
  return [...found.values()];
}

/**
 * Worlds in the plainest way that gives any: series that stay as they are, then ones that compare with the
 * past, and at last many that differ in one label.
 */
function worldsFor(problem: AlertProblem, query: Expr, shapes: readonly QueryShape[], search: Search): World[] {
  const ways: Way[] = [{ isTransition: false, isCrowded: false }];
  if (foresees(shapes)) ways.unshift({ isTransition: true, isCrowded: false });
  else if (looksBack(shapes)) ways.push({ isTransition: true, isCrowded: false });
  if (dependsOnNumber(query)) {
    ways.push({ isTransition: false, isCrowded: true });
    if (looksBack(shapes)) ways.push({ isTransition: true, isCrowded: true });
  }
  for (const way of ways) {
    for (const startsAt of startsFor(query)) {
      const worlds: World[] = [];
      for (const shape of shapes) {
        const open = openConditions(problem, shape);
        for (const attempt of attemptsOf(problem, query, shape, startsAt, way, search)) {
          const found = worldsOf(problem, attempt, search);
          if (found.length === 0) continue;
          if (open.length > 0 && !found.some(({ condition }) => condition !== undefined && open.includes(condition))) {
            search.obstacles.add('lasts', 'only that other series come or go makes a difference, no compared value');
            continue;
          }
          worlds.push(...found.map(({ world }) => world));
          break;
        }
        if (worlds.length > MOST_OTHERS) return worlds;
      }
      if (worlds.length > 0) return worlds;
    }
  }
  return [];
}

interface Way {
  /** The past differs from the present. */
  isTransition: boolean;
  /** There are many series that differ in one label only. */
  isCrowded: boolean;
}

/** Whether a comparison is about what a gauge is foreseen to become, which a lasting state doesn't show. */
function foresees(shapes: readonly QueryShape[]): boolean {
  return shapes.some(({ templates }) => templates.some(({ reading }) => FORESEEING.has(reading.via)));
}

/** Whether a query brings the present together with another time, so that a lasting state may not do. */
function looksBack(shapes: readonly QueryShape[]): boolean {
  return shapes.some(({ templates }) => {
    const ranges = new Set(templates.map(({ reading }) => reading.range + reading.spread));
    return ranges.size > 1 || templates.some(({ reading }) => reading.offset !== 0 || TRENDS.has(reading.via));
  });
}

/** Turns of one shape, in each of the ways in which its series can be laid out. */
function* attemptsOf(
  problem: AlertProblem,
  query: Expr,
  shape: QueryShape,
  startsAt: number,
  way: Way,
  search: Search,
): Generator<Attempt> {
  if (way.isCrowded) {
    for (const layout of crowdsOf(problem, shape.conditions, shape, search)) {
      yield* turnsOf(problem, query, layout, startsAt, way.isTransition, search);
    }
    return;
  }
  const counted = countedOf(problem, shape);
  const attempts: Attempt[] = [];
  for (const layout of layoutsOf(problem, shape, search)) {
    for (const attempt of turnsOf(problem, query, layout, startsAt, way.isTransition, search)) {
      if (isCounted(attempt, counted)) yield attempt;
      else attempts.push(attempt);
    }
  }
  if (counted.length === 0) {
    yield* attempts.slice(0, 1);
    return;
  }
  for (const attempt of crowdAttempts(problem, query, shape, counted, startsAt, way.isTransition, search)) {
    if (isCounted(attempt, counted)) yield attempt;
    else attempts.push(attempt);
  }
  const distance = (attempt: Attempt) => Math.max(...counted.map((condition) => distanceIn(attempt, condition)));
  const [first, ...others] = attempts;
  if (first === undefined) return;
  yield others.reduce((best, other) => (distance(other) < distance(best) ? other : best), first);
}

/** Comparisons of how many series there are, or how they differ, that values decide. */
function countedOf(problem: AlertProblem, shape: QueryShape): Condition[] {
  const bounds = new PlausibleBounds(shape, problem.metrics);
  return shape.conditions.filter(
    ({ polarity, comparison }) => polarity === 'present' && counts(comparison) && !bounds.alwaysHolds(comparison),
  );
}

/** Turns with many series of which some are bad; none when they cost too much. */
function* crowdAttempts(
  problem: AlertProblem,
  query: Expr,
  shape: QueryShape,
  counted: readonly Condition[],
  startsAt: number,
  isTransition: boolean,
  { limit: whole, obstacles }: Search,
): Generator<Attempt> {
  const largest = Math.max(0, ...crowdSizes(counted));
  const limit = new WorkLimit(Math.max(CROWD_LIMIT, largest * LIMIT_PER_SERIES), undefined, whole);
  const search = { limit, obstacles };
  try {
    for (const layout of crowdsOf(problem, counted, shape, search)) {
      yield* turnsOf(problem, query, layout, startsAt, isTransition, search);
    }
  } catch (error) {
    if (!(error instanceof WorkLimitReached) || error.limit !== limit) throw error;
  }
}

/** Whether each comparison of how many series there are, or how they differ, is turned closely. */
function isCounted(attempt: Attempt, counted: readonly Condition[]): boolean {
  return counted.every((condition) => {
    // One series of a crowd is the least by which a share can change.
    if (isShare(condition.comparison) && distanceIn(attempt, condition) <= NEAR_SHARE) return true;
    return attempt.turns.some(
      (turn) =>
        turn.condition === condition &&
        isClose(turn) &&
        (!isShare(condition.comparison) || Math.abs(turn.values?.threshold ?? 0) > 1),
    );
  });
}

/** Share of a threshold within which a share of a crowd counts as close to it. */
const NEAR_SHARE = 0.1 + 1e-9;

/** How far from its threshold a comparison is turned. */
function distanceIn({ turns }: Attempt, condition: Condition): number {
  return Math.min(...turns.filter((turn) => turn.condition === condition).map(distanceOf));
}

function* turnsOf(
  problem: AlertProblem,
  query: Expr,
  { own, sources, assumptions }: Layout,
  startsAt: number,
  isTransition: boolean,
  { limit, obstacles }: Search,
): Generator<Attempt> {
  const { rule, scrapeInterval } = problem;
  const sinces = isTransition ? transitionsFor(sources, rule.for, rule.interval) : [0];
  for (const since of sinces) {
    const lasting = isTransition && rule.for <= LONGEST_TRANSITION ? rule.for + rule.interval : 0;
    const trial = new Trial(sources, scrapeInterval, rule.interval, startsAt, limit, since, lasting);
    const found = new ShapeSolver(query, own, sources, trial, scrapeInterval, isTransition, obstacles).turns();
    const turns = found
      .filter(({ appears }) => appears !== true || asksForPresence(problem, query, own, isTransition))
      .filter((turn) => !isByNaN(problem, own, turn, obstacles));
    if (turns.length > 0)
      yield { turns, sources, trial, assumptions: [...assumptions, ...labelAssumptions(own, problem.metrics)] };
  }
}

/**
 * Whether the mere presence of series is what a query asks for: no value decides about it. Otherwise that
 * it fires as soon as its series exist shows nothing of what it compares.
 */
function asksForPresence(problem: AlertProblem, query: Expr, shape: QueryShape, isTransition: boolean): boolean {
  const isOpen = openConditions(problem, shape).length > 0;
  return !isOpen && (asksForExistence(query) || (isTransition && comparesWithOwn(query)));
}

/**
 * Whether a comparison is turned by what is no number, nothing divided by nothing, though that says nothing
 * about its threshold: every number satisfies it, or what was tried lies far from it.
 */
function isByNaN(problem: AlertProblem, shape: QueryShape, turn: Turn, obstacles: Obstacles): boolean {
  const { condition, values } = turn;
  if (condition === undefined || !Number.isNaN(values?.healthy)) return false;
  const text = shown(condition.comparison);
  if (new PlausibleBounds(shape, problem.metrics).holdsForNumbers(condition.comparison)) {
    obstacles.add('lasts', `${text} holds for all plausible values that are numbers, and only 0/0 makes it silent`);
    return true;
  }
  const { firing = 0, threshold = 0 } = values ?? {};
  const isNear = Math.abs(firing - threshold) <= NEAR_SHARE * Math.abs(threshold);
  if (!isNear) obstacles.add('turns', `only 0/0 was found to make ${text} silent`);
  return !isNear;
}

/** Comparisons that the query needs and that values decide. */
function openConditions(problem: AlertProblem, shape: QueryShape): Condition[] {
  const bounds = new PlausibleBounds(shape, problem.metrics, true);
  return shape.conditions.filter(
    ({ polarity, comparison }) => polarity === 'present' && !bounds.alwaysHolds(comparison),
  );
}

/** Seconds of waiting over which it is worth trying whether a comparison with the past lasts. */
const LONGEST_TRANSITION = 7200;

interface Layout {
  own: QueryShape;
  sources: Source[];
  assumptions: Assumption[];
}

/** Ways to lay out the series of a shape, one for each selector. */
function* layoutsOf(problem: AlertProblem, shape: QueryShape, { obstacles }: Search): Generator<Layout> {
  const known = new Set<string>();
  for (const classes of [apartClasses(shape), shape.classes.copy()]) {
    const own = { ...shape, classes };
    classes.assign();
    if (classes.contradiction !== undefined) {
      obstacles.add('labels', classes.contradiction.text);
      continue;
    }
    const { sources, assumptions } = sourcesOf(own, problem);
    const key = JSON.stringify(sources.map(({ labels, parts }) => [labels, parts]));
    if (known.has(key)) continue;
    known.add(key);
    yield { own, sources: [...sources, ...siblingsOf(own, sources)], assumptions };
  }
}

/** Ways to lay out the series of a shape so that there are many that differ in one label. */
function* crowdsOf(
  problem: AlertProblem,
  counted: readonly Condition[],
  shape: QueryShape,
  { obstacles }: Search,
): Generator<Layout> {
  const classes = apartClasses(shape);
  classes.assign();
  if (classes.contradiction !== undefined) {
    obstacles.add('labels', classes.contradiction.text);
    return;
  }
  const own = { ...shape, classes };
  const templates = counted.length > 0 ? counted.flatMap((condition) => condition.templates) : shape.templates;
  for (const variable of variableLabels(templates, classes)) {
    for (const size of crowdSizes(counted)) {
      const variants = classes.varied(variable, size);
      if (variants === undefined) break;
      yield { own, ...sourcesOf(own, problem, variants) };
    }
  }
}

/** One label of each class whose value may vary, those of single targets first. */
function variableLabels(templates: readonly Template[], classes: LabelClasses): LabelVariable[] {
  const found = new Map<LabelVariable, { variable: LabelVariable; rank: number }>();
  for (const { labels } of templates) {
    for (const [label, variable] of labels) {
      if (!classes.isFree(variable) || label === 'le') continue;
      const rank = label === 'instance' ? 0 : label === 'job' ? 2 : 1;
      if (!found.has(classes.find(variable))) found.set(classes.find(variable), { variable, rank });
    }
  }
  return [...found.values()].sort((a, b) => a.rank - b.rank).map(({ variable }) => variable);
}

/** How many series a crowd has: so many that a count can be on both sides of what it is compared with. */
function crowdSizes(counted: readonly Condition[]): number[] {
  const named = counted.flatMap(({ comparison }) => (counts(comparison) ? numbersCounted(comparison) : []));
  const sizes = named.filter((value) => value >= 1 && value <= MOST_COUNTED).map((value) => Math.floor(value) + 2);
  const [usual, fine] = counted.some(({ comparison }) => isShare(comparison)) ? [[20], [100]] : [[], []];
  return [...new Set([...usual, 2, 3, ...sizes.slice(0, 3), ...fine])];
}

/** Constants that a count may be compared with: not those by which it is chosen what is counted. */
function numbersCounted(comparison: Expr): number[] {
  const found: number[] = [];
  walk(comparison, (inner, path) => {
    if (path.some((above) => above.kind === 'aggregation' && COUNTING.has(above.operator))) return;
    if (inner.kind === 'number') found.push(inner.value);
  });
  return [...new Set([...found, ...constantsOf(comparison).filter((value) => value <= MOST_WITHIN)])];
}

/** Constants within what is counted up to which it is tried whether they matter. */
const MOST_WITHIN = 300;
const MOST_COUNTED = 2000;
const COUNTING: ReadonlySet<string> = new Set(['count', 'count_values', 'stddev', 'stdvar', 'quantile', 'group']);

/** Whether it matters to an expression how many series there are, or how they differ. */
function counts(expr: Expr): boolean {
  let found = false;
  walk(expr, (inner) => {
    if (inner.kind === 'aggregation') found ||= COUNTING.has(inner.operator) || gathersFlags(inner);
  });
  return found;
}

/** Whether an aggregation adds up, or averages, values that are 0 and 1 alone. */
function gathersFlags({ operator, expr }: Aggregation): boolean {
  if (operator !== 'sum' && operator !== 'avg') return false;
  return selectorsOf(expr).every(({ metric }) => metric !== undefined && isFlag(metric));
}

/** Whether an expression tells which share of some series is like that. */
function isShare(expr: Expr): boolean {
  let found = false;
  walk(expr, (inner) => {
    found ||= inner.kind === 'binary' && inner.operator === '/';
    found ||= inner.kind === 'aggregation' && inner.operator === 'avg' && gathersFlags(inner);
  });
  return found;
}

/** Whether a query may need several series that differ in one label only. */
function dependsOnNumber(query: Expr): boolean {
  return counts(query) || comparesWithOwn(query);
}

/** Whether a query brings a metric together with an aggregation of the same metric. */
function comparesWithOwn(query: Expr): boolean {
  const metrics = selectorsOf(query).map(({ metric }) => metric);
  return new Set(metrics).size < metrics.length;
}

/** Series beside those that a query picks by their labels, where it asks for nothing but their existence. */
function siblingsOf({ conditions }: QueryShape, sources: readonly Source[]): Source[] {
  if (conditions.length > 0) return [];
  const keyOf = (labels: Source['labels']) =>
    JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const known = new Set(sources.map(({ labels }) => keyOf(labels)));
  return sources.flatMap((source): Source[] => {
    const [template] = source.templates;
    for (const { label, operator, value } of template?.selector.matchers ?? []) {
      const opposite = OPPOSITE[operator];
      const other = labelValueFor([{ operator: opposite, value }]);
      if (label === 'job' || label === 'instance' || other === undefined || other === '') continue;
      const labels = { ...source.labels, [label]: other };
      if (known.has(keyOf(labels))) continue;
      known.add(keyOf(labels));
      return [{ ...source, labels, templates: [], dimensions: [] }];
    }
    return [];
  });
}

const OPPOSITE = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const;

/** Seconds after the onset at which a rule that compares the present with the past may fire. */
function transitionsFor(sources: readonly Source[], wait: number, interval: number): number[] {
  const readings = sources.flatMap(({ templates }) => templates.map(({ reading }) => reading));
  const foreseeing = readings.filter(({ via }) => FORESEEING.has(via)).map(({ range, spread }) => range + spread);
  if (foreseeing.length > 0) return [Math.max(...foreseeing)];
  const offsets = readings.map(({ offset }) => offset).filter((offset) => offset > 0);
  const ranges = readings.map(({ range, spread }) => range + spread).filter((range) => range > 0);
  const shortest = ranges.length > 0 ? [Math.min(...ranges)] : [];
  const ends = [...shortest, ...offsets.map((offset) => offset / 2), wait + 2 * interval, 2 * interval, ...ranges];
  return [...new Set(ends.map((end) => Math.ceil(end / interval) * interval))];
}

/** Lets series that one selector takes and another of the same metric needn't take differ. */
function apartClasses({ templates, classes: shared }: QueryShape): LabelClasses {
  const classes = shared.copy();
  for (const whole of templates) {
    for (const part of templates) {
      if (whole === part || whole.metric !== part.metric) continue;
      for (const matcher of part.selector.matchers) {
        const variable = whole.labels.get(matcher.label);
        const isShared = whole.selector.matchers.some(
          ({ label, operator, value }) =>
            label === matcher.label && operator === matcher.operator && value === matcher.value,
        );
        if (variable !== undefined && !isShared) classes.avoid(variable, matcher);
      }
    }
  }
  return classes;
}

interface FoundWorld {
  world: World;
  condition: Condition | undefined;
}

function worldsOf(problem: AlertProblem, attempt: Attempt, { limit, obstacles }: Search): FoundWorld[] {
  const { sources, trial, turns } = attempt;
  const reach = Math.max(0, ...sources.flatMap(({ templates }) => templates.map(reachOf)));
  const ranges = sources.flatMap(({ templates }) => templates.map(({ reading }) => reading.range));
  const shortest = Math.min(300, ...ranges.filter((range) => range > 0));
  const worlds: FoundWorld[] = [];
  for (const turn of turns) {
    for (const variant of [turn, ...turn.looser]) {
      const series = worldSeries(problem.scrapeInterval, sources, variant);
      const course = courseOf(problem, series, trial.startsAt, trial.warmUp, reach, shortest, limit);
      if (course === undefined) {
        obstacles.add(
          'lasts',
          'at single moments it fires and is silent, but over time the one or the other does not last',
        );
        continue;
      }
      const world: World = {
        series,
        warmUp: trial.warmUp,
        settle: course.settle,
        recover: course.recover,
        holds: course.holds,
        ...thresholdOf(variant),
        startsAt: trial.startsAt,
        assumptions: attempt.assumptions,
      };
      worlds.push({ world, condition: variant.condition });
      break;
    }
  }
  return worlds;
}

function thresholdOf({ condition, values }: Turn): Pick<World, 'threshold'> {
  if (condition === undefined || values === undefined) return {};
  const { left, operator } = condition.comparison;
  return {
    threshold: {
      expression: printQuery(left),
      operator,
      value: values.threshold,
      firing: values.firing,
      healthy: values.healthy,
    },
  };
}

function worldSeries(scrapeInterval: number, sources: readonly Source[], turn: Turn): WorldSeries[] {
  const bounds = boundsOf(sources, turn.firing, turn.healthy);
  return sources.flatMap((source, index) => {
    const [before, now] = [turn.healthy[index] as Setting, turn.firing[index] as Setting];
    const healthy = seriesOf(source, before, scrapeInterval, bounds);
    const firing = seriesOf(source, now, scrapeInterval, bounds);
    const kind = source.kind;
    return healthy.map(({ labels, form }, order): WorldSeries => {
      const next = firingForm(source, before, now, (firing[order] as { form: typeof form }).form);
      const isSame =
        before === now || JSON.stringify(form) === JSON.stringify((firing[order] as { form: typeof form }).form);
      return {
        labels,
        kind,
        role: isSame ? 'context' : 'carrier',
        healthy: form,
        firing: isSame ? form : next,
      };
    });
  });
}

const CALENDAR: ReadonlySet<string> = new Set([
  'hour',
  'minute',
  'day_of_week',
  'day_of_month',
  'day_of_year',
  'days_in_month',
  'month',
  'year',
]);
const HOUR = 3600;
const DAY = 24 * HOUR;

/** Moments at which a scenario may have to begin for the query's use of the time. Seconds since 1970. */
function startsFor(query: Expr): number[] {
  const readsTime = calls(query, (name) => name === 'time' || name === 'timestamp');
  const starts = [0];
  const longest = Math.max(0, ...constantsOf(query).filter((value) => value < 1e9));
  if (readsTime) starts.push(Math.ceil((longest * 1.1) / DAY + 1) * DAY);
  if (readsCalendar(query)) {
    for (let hour = 1; hour < 24; hour += 1) starts.push(hour * HOUR);
    for (let day = 1; day < 7; day += 1) starts.push(day * DAY, day * DAY + 12 * HOUR, day * DAY + 20 * HOUR);
    for (let month = 1; month < 12; month += 1) starts.push(Math.round(month * 30.44) * DAY);
  }
  return starts;
}

function readsCalendar(query: Expr): boolean {
  return calls(query, (name) => CALENDAR.has(name));
}

function calls(query: Expr, isMeant: (name: string) => boolean): boolean {
  let found = false;
  walk(query, (expr) => {
    if (expr.kind === 'call' && isMeant(expr.function)) found = true;
  });
  return found;
}

/** Labels that the rule's templates show. */
function shownLabels({ rule }: AlertProblem): string[] {
  const found = new Set<string>();
  for (const text of [...Object.values(rule.labels), ...Object.values(rule.annotations)]) {
    for (const [, label] of text.matchAll(/\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)/g)) {
      if (label !== undefined && label !== 'alertname' && label !== 'le') found.add(label);
    }
  }
  return [...found];
}
