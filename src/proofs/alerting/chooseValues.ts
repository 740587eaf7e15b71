import { assertSatisfiable, type Condition, conditionsOf } from './condition.js';
import { type InputModel, inputSeries, type Variable } from './inputSeries.js';
import { type Expression, selectorsOf, Unsupported } from './promql.js';
import { type Labels, type SteadySeries, selects, steadyValue } from './steadyState.js';

/** Series under which a query gives something, and for each of its conditions series that fail just that one. */
export interface ChosenInputs {
  conditions: readonly Condition[];
  firing: readonly SteadySeries[];
  /** One for each condition that is no guard, in their order, differing from `firing` only in what it turns on. */
  healthy: readonly (readonly SteadySeries[])[];
  /** For each condition the compared value under `firing`, and under its healthy series unless it is a guard. */
  values: readonly { firing: number; healthy: number | undefined }[];
  /**
   * Indices of the conditions that hold throughout, such as `and total > 0` beside a division by
   * `total`: failing them would leave the other conditions without a value.
   */
  guards: readonly number[];
  /** Labels of the query's result while it fires. */
  resultLabels: Labels;
  assumptions: readonly string[];
}

interface Turn {
  condition: number;
  variable: number;
  bad: number;
  good: number;
}

/**
 * Chooses values on both sides of each condition's threshold: one unit away for whole numbers, within
 * about 1 % otherwise, for counters the nearest growth in a scrape interval.
 *
 * @throws Unsupported when no such values are found, or the query has a form that isn't covered.
 * @throws Unsatisfiable when it is certain that there are none.
 */
export function chooseInputs(
  expression: Expression,
  text: string,
  scrapeInterval: number,
  templateLabels: readonly string[],
): ChosenInputs {
  const conditions = conditionsOf(expression);
  assertSatisfiable(conditions, text);
  return (
    chooseFor(expression, conditions, scrapeInterval, templateLabels, false) ??
    chooseFor(expression, conditions, scrapeInterval, templateLabels, true) ??
    refuse()
  );
}

function refuse(): never {
  throw new Unsupported('no series were found that turn the condition on and off');
}

function chooseFor(
  expression: Expression,
  conditions: readonly Condition[],
  scrapeInterval: number,
  templateLabels: readonly string[],
  shared: boolean,
): ChosenInputs | undefined {
  const comparisons = conditions.map((condition) => condition.comparison);
  const model = inputSeries(expression, comparisons, templateLabels, shared);
  const evaluate = (inner: Expression, at: readonly number[]) =>
    steadyValue(inner, seriesAt(model, at), scrapeInterval);
  const solve = (guards: ReadonlySet<number>): { settings: number[]; turns: Turn[] } | undefined => {
    const settings = model.variables.map((variable) => variable.base);
    const turns: Turn[] = [];
    for (const [index, condition] of conditions.entries()) {
      if (guards.has(index)) continue;
      const used = new Set(turns.map((turn) => turn.variable));
      const turn = findTurn(model, condition, settings, used, (at) => {
        // A condition that is off because nothing was divided by nothing isn't healthy.
        if (!evaluate(condition.operand, at).some(({ value }) => Number.isFinite(value))) return undefined;
        return evaluate(condition.comparison, at).length > 0;
      });
      if (turn === undefined) return undefined;
      settings[turn.variable] = turn.bad;
      turns.push({ condition: index, ...turn });
    }
    return { settings, turns };
  };
  const holds = (index: number, at: readonly number[]) => evaluate(comparisons[index] as Expression, at).length > 0;
  const isSound = ({ settings, turns }: { settings: number[]; turns: Turn[] }): boolean =>
    evaluate(expression, settings).length > 0 &&
    turns.every((turn) => {
      const good = settings.map((value, index) => (index === turn.variable ? turn.good : value));
      const others = conditions.every((_, index) => index === turn.condition || holds(index, good));
      return others && evaluate(expression, good).length === 0;
    });

  const ordinary = model.variables.map((variable) => variable.base);
  const isGuard = (index: number) =>
    holds(index, ordinary) &&
    metricsOf([conditions[index]]).every((metric) => metricsOf(conditions.toSpliced(index, 1)).includes(metric));
  const holding = conditions.map((_, index) => index).filter(isGuard);
  const attempts = [new Set<number>(), ...holding.toReversed().map((index) => new Set([index])), new Set(holding)];
  for (const guards of attempts) {
    const found = guards.size < conditions.length ? solve(guards) : undefined;
    if (found === undefined || !isSound(found)) continue;
    const { settings, turns } = found;
    const goods = turns.map((turn) => settings.map((value, index) => (index === turn.variable ? turn.good : value)));
    return {
      conditions,
      firing: seriesAt(model, settings),
      healthy: goods.map((at) => seriesAt(model, at)),
      values: conditions.map(({ operand }, index) => {
        const good = goods[turns.findIndex((turn) => turn.condition === index)];
        const valueAt = (at: readonly number[]) => evaluate(operand, at)[0]?.value;
        return { firing: valueAt(settings) ?? Number.NaN, healthy: good === undefined ? undefined : valueAt(good) };
      }),
      guards: [...guards],
      resultLabels: evaluate(expression, settings)[0]?.labels ?? {},
      assumptions: model.assumptions,
    };
  }
  return undefined;
}

function metricsOf(conditions: readonly (Condition | undefined)[]): string[] {
  return conditions.flatMap((condition) =>
    condition === undefined ? [] : selectorsOf(condition.operand).map(({ metric }) => metric),
  );
}

function seriesAt(model: InputModel, settings: readonly number[]): SteadySeries[] {
  const values = new Array<number>(model.series.length).fill(0);
  model.variables.forEach((variable, index) => {
    const own = variable.valuesAt(settings[index] as number);
    variable.series.forEach((position, order) => {
      values[position] = own[order] as number;
    });
  });
  return model.series.map((one, index) => ({ ...one, value: values[index] as number }));
}

function findTurn(
  model: InputModel,
  condition: Condition,
  settings: readonly number[],
  used: ReadonlySet<number>,
  holds: (settings: readonly number[]) => boolean | undefined,
): Omit<Turn, 'condition'> | undefined {
  const selectors = selectorsOf(condition.operand);
  for (const selector of selectors) {
    for (const [index, variable] of model.variables.entries()) {
      const read = variable.series.some((position) => selects(selector, model.series[position]?.labels ?? {}));
      if (!read || used.has(index)) continue;
      const at = (setting: number) => holds(settings.map((value, other) => (other === index ? setting : value)));
      const metric = selector.metric;
      const found = crossing(variable, condition.threshold, at, isRisingOnly(metric, model, variable));
      if (found !== undefined) return { variable: index, ...found };
    }
  }
  return undefined;
}

/** A counter that is compared as it stands may only rise from healthy to firing. */
function isRisingOnly(metric: string, model: InputModel, variable: Variable): boolean {
  const [first] = variable.series;
  return /_(total|count|bucket)$/.test(metric) && first !== undefined && model.series[first]?.kind === 'level';
}

function crossing(
  variable: Variable,
  threshold: number,
  holds: (setting: number) => boolean | undefined,
  risingOnly: boolean,
): { bad: number; good: number } | undefined {
  const grid = settingsToTry(variable, threshold).filter((setting) => holds(setting) !== undefined);
  const truth = grid.map(holds);
  const pairs = grid
    .flatMap((low, index) => {
      const high = grid[index + 1];
      return high !== undefined && truth[index] !== truth[index + 1]
        ? [{ low, high, lowHolds: truth[index] === true }]
        : [];
    })
    .sort((a, b) => Number(a.low < 0) - Number(b.low < 0) || Math.abs(a.low) - Math.abs(b.low));
  for (const pair of pairs) {
    const found = variable.domain === 'boolean' ? ends(pair) : tidy(variable, pair, holds);
    if (found !== undefined && !(risingOnly && found.bad < found.good)) return found;
  }
  return undefined;
}

/** Less than any whole step, more than rounding. */
const NUDGE = 1e-6;

/** A crossing that is nearer to zero than this lies at zero. */
const SMALLEST = 1e-12;

interface Pair {
  low: number;
  high: number;
  lowHolds: boolean;
}

function ends({ low, high, lowHolds }: Pair): { bad: number; good: number } {
  return lowHolds ? { bad: low, good: high } : { bad: high, good: low };
}

/** Narrows a pair to the crossing and steps to tidy settings on both sides of it. */
function tidy(
  variable: Variable,
  pair: Pair,
  holds: (setting: number) => boolean | undefined,
): { bad: number; good: number } | undefined {
  let { low, high } = pair;
  for (let step = 0; step < 200; step += 1) {
    const middle = variable.domain === 'whole' ? Math.floor((low + high) / 2) : (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (holds(middle) === pair.lowHolds) low = middle;
    else high = middle;
  }
  const middle = Number(((low + high) / 2).toPrecision(12));
  const centre = Math.abs(middle) < SMALLEST ? 0 : middle;
  const steps: [number, number][] = [];
  if (variable.domain === 'whole') {
    // A crossing at a whole number depends on the last bit of a sum; a step away from it nothing does.
    const apart = Math.floor(Math.abs(centre) * variable.margin);
    const below = holds(low + NUDGE) === pair.lowHolds ? 0 : 1;
    const above = holds(high - NUDGE) === pair.lowHolds ? 1 : 0;
    steps.push([low - Math.max(below, apart), high + Math.max(above, apart)], [low, high]);
  } else if (Number.isInteger(centre)) {
    steps.push([centre, centre + 1], [centre - 1, centre]);
  }
  const margin = Math.abs(centre) * variable.margin;
  steps.push([Number((centre - margin).toPrecision(4)), Number((centre + margin).toPrecision(4))]);
  for (const [below, above] of steps) {
    if (below === above || (variable.domain === 'whole' && (below < 0 || above > variable.max))) continue;
    if (holds(below) === pair.lowHolds && holds(above) === !pair.lowHolds) {
      return ends({ low: below, high: above, lowHolds: pair.lowHolds });
    }
  }
  return undefined;
}

function settingsToTry(variable: Variable, threshold: number): number[] {
  if (variable.domain === 'boolean') return [0, 1];
  const powers = Array.from({ length: 49 }, (_, index) => 10 ** (index / 2 - 9));
  const near = [threshold, threshold - 1, threshold + 1, threshold * 0.99, threshold * 1.01];
  const all =
    variable.domain === 'whole'
      ? [0, 1, 2, 3, 5, variable.max, ...powers, ...near, ...steps(variable.max)]
          .map(Math.round)
          .filter((value) => value >= 0)
      : [0, ...powers, ...powers.map((power) => -power), ...near];
  return [...new Set(all)].filter((value) => Math.abs(value) <= variable.max).sort((a, b) => a - b);
}

function steps(max: number): number[] {
  return Array.from({ length: 40 }, (_, index) => (max * index) / 40);
}
