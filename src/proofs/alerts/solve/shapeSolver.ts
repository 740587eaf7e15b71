import type { Comparison, Expr } from '../../../promql/ast.js';
import { printQuery } from '../../../promql/print.js';
import { walk } from '../../../promql/walk.js';
import { type Crossing, crossingOf } from './crossing.js';
import { constantsOf, type Knob, knob, portion } from './knobs.js';
import { Obstacles } from './obstacles.js';
import type { Condition, QueryShape, Template } from './queryShape.js';
import { type Dimension, dimensionsOf, isContinuous, type Setting, type Source } from './sources.js';
import { difference, filteredDifference, stripped } from './stripped.js';
import type { Settings, Trial } from './trial.js';

/** Settings under which the query fires, and close by ones under which it is silent. */
export interface Turn {
  firing: Settings;
  healthy: Settings;
  /** The comparison that decides; undefined where presence does. */
  condition: Condition | undefined;
  values: { threshold: number; firing: number; healthy: number } | undefined;
  /** Nothing but that series appear makes the query give something. */
  appears?: true;
  /** The same turn with events that are less rare, for where it doesn't last. */
  looser: readonly Turn[];
}

/** Whether a turn's values are within 1 % of the threshold, or one unit. */
export function isClose({ values }: Turn): boolean {
  if (values === undefined) return false;
  const reach = Math.max(0.0101 * Math.abs(values.threshold), 1.0001);
  return Math.abs(values.firing - values.threshold) <= reach && Math.abs(values.healthy - values.threshold) <= reach;
}

/** How far a turn's values are from the threshold, as a share of it. */
export function distanceOf({ values }: Turn): number {
  if (values === undefined) return Number.POSITIVE_INFINITY;
  const { threshold, firing, healthy } = values;
  return Math.max(Math.abs(firing - threshold), Math.abs(healthy - threshold)) / Math.abs(threshold);
}

/** Finds settings of the sources of one shape under which its query fires, and turns each of its conditions. */
export class ShapeSolver {
  private readonly constants: readonly number[];
  private readonly differences = new Map<Condition, Expr>();
  private readonly filteredDifferences = new Map<Condition, Expr>();
  /** Whether comparisons are judged by what the filters within them let through: how many do is what counts. */
  private isFiltered = false;
  private readonly base: Settings;
  /** Sources that differ in the value of one label only. */
  private readonly crowds: readonly (readonly number[])[];
  private unmet: Condition | undefined;

  constructor(
    private readonly query: Expr,
    private readonly shape: QueryShape,
    private readonly sources: readonly Source[],
    private readonly trial: Trial,
    private readonly scrapeInterval: number,
    /** Whether the past differs from the present, because the query compares them. */
    private readonly isTransition: boolean,
    private readonly obstacles: Obstacles = new Obstacles(),
  ) {
    this.constants = constantsOf(query);
    this.base = sources.map(({ base }) => base);
    const crowds = new Map<string, number[]>();
    for (const [index, { templates }] of sources.entries()) {
      const key = templates.map((template) => shape.templates.indexOf(template)).join(' ');
      crowds.set(key, [...(crowds.get(key) ?? []), index]);
    }
    this.crowds = [...crowds.values()];
    for (const condition of shape.conditions) {
      this.differences.set(condition, difference(condition.comparison, shape.taken));
      this.filteredDifferences.set(condition, filteredDifference(condition.comparison));
    }
  }

  /** The principal turn first: the closest, and rather one that isn't a mere guard against 0. */
  turns(): Turn[] {
    const settings = this.firingSettings();
    if (settings === undefined) {
      this.obstacles.add(
        'fires',
        this.unmet === undefined
          ? 'each of its comparisons can hold by itself, but nothing was found for which the whole gives something'
          : `nothing was found for which ${shown(this.unmet.comparison)} holds`,
      );
      return [];
    }
    const found: Turn[] = [];
    for (const condition of this.conditions('present')) {
      const turn = this.turnOf(condition, settings);
      if (turn !== undefined) found.push(turn);
    }
    found.push(...this.disappearances(settings));
    if (found.length === 0) {
      for (const condition of this.conditions('present')) {
        const turn = this.turnOff(condition, settings);
        if (turn !== undefined) found.push(turn);
      }
    }
    if (found.length === 0) {
      found.push(...this.appearances(settings));
      const [first] = this.conditions('present');
      if (found.length === 0) {
        const what = first === undefined ? 'it is silent' : `${shown(first.comparison)} doesn't hold`;
        this.obstacles.add('turns', `it fires, but nothing was found for which ${what} while all else stays`);
      }
    }
    const isInner = ({ condition }: Turn) =>
      condition !== undefined && found.some((other) => isWithin(condition.comparison, other.condition?.comparison));
    const rank = (turn: Turn) =>
      4 * Number(isGuard(turn)) + 2 * Number(!isClose(turn) && turn.values !== undefined) + Number(isInner(turn));
    return found.sort((a, b) => rank(a) - rank(b));
  }

  private conditions(polarity: Condition['polarity']): Condition[] {
    return this.shape.conditions.filter((condition) => condition.polarity === polarity);
  }

  private firingSettings(): Settings | undefined {
    let settings = this.base;
    for (const condition of this.conditions('aside')) {
      const isElsewhere = condition.templates.every(({ elsewhere }) => elsewhere);
      if (this.holds(condition, settings) === isElsewhere) continue;
      settings = this.satisfied(condition, settings, [], isElsewhere) ?? settings;
    }
    for (const condition of this.conditions('empty')) {
      if (this.holds(condition, settings) === true) continue;
      settings = this.satisfied(condition, settings, [], true) ?? settings;
    }
    const wanted = this.conditions('present');
    // One comparison is either satisfied at once, or not at all.
    for (let pass = 0; pass < Math.min(2, wanted.length); pass += 1) {
      for (const [index, condition] of wanted.entries()) {
        if (this.holds(condition, settings) === true) continue;
        const kept = pass === 0 ? wanted.slice(0, index) : wanted.filter((other) => other !== condition);
        const held = kept.filter((other) => this.holds(other, settings) === true);
        settings =
          this.satisfied(condition, settings, held, true) ??
          (pass === 0 || held.length === 0 ? undefined : this.rearranged(condition, settings, held)) ??
          settings;
      }
    }
    if (this.fires(settings)) return settings;
    for (const { firing } of this.emptied(settings)) if (this.fires(firing)) return firing;
    this.unmet = wanted.find((condition) => this.holds(condition, settings) !== true);
    return this.isTransition && wanted.length === 0 ? settings : undefined;
  }

  /** Settings that satisfy a condition at the cost of others, which are then satisfied by other means. */
  private rearranged(condition: Condition, settings: Settings, held: readonly Condition[]): Settings | undefined {
    let now = this.satisfied(condition, settings, [], true);
    if (now === undefined) return undefined;
    for (const [index, other] of held.entries()) {
      if (this.holds(other, now) === true) continue;
      const kept = [condition, ...held.slice(0, index)];
      now = this.satisfied(other, now, kept, true);
      if (now === undefined) return undefined;
    }
    return now;
  }

  /** Settings in which what the alert waits to disappear has disappeared, each with the settings before. */
  private emptied(settings: Settings): { firing: Settings; healthy: Settings; condition: Condition | undefined }[] {
    const found: { firing: Settings; healthy: Settings; condition: Condition | undefined }[] = [];
    for (const condition of this.conditions('empty')) {
      const opposite = this.satisfied(condition, settings, [], false);
      if (opposite !== undefined) found.push({ firing: opposite, healthy: settings, condition });
    }
    const indices = [...this.sources.keys()].filter((index) =>
      // What is present in the past and must be gone now is one series, too.
      (this.sources[index] as Source).templates[this.isTransition ? 'some' : 'every'](
        ({ polarity }) => polarity === 'empty',
      ),
    );
    const gone = settings.map((setting, index) => (indices.includes(index) ? { ...setting, present: 0 } : setting));
    if (indices.length > 0) found.push({ firing: gone, healthy: settings, condition: undefined });
    for (const index of indices) {
      const one = settings.map((setting, other) => (other === index ? { ...setting, present: 0 } : setting));
      if (indices.length > 1) found.push({ firing: one, healthy: settings, condition: undefined });
    }
    return found;
  }

  private disappearances(settings: Settings): Turn[] {
    const present = settings.map((setting) => ({ ...setting, present: 1 }));
    const healthy = this.conditions('empty').reduce<Settings>(
      (now, condition) =>
        this.holds(condition, now) === true ? now : (this.satisfied(condition, now, [], true) ?? now),
      present,
    );
    return (
      this.emptied(healthy)
        // At once, or when its window is over.
        .filter((one) => this.fires(one.firing, one.healthy) || this.fires(one.firing))
        .filter((one) => this.isQuiet(one.healthy))
        .map((one): Turn => ({ ...one, values: this.valuesOf(one.condition, one.firing, one.healthy), looser: [] }))
    );
  }

  /** Turns by the mere presence of series, where the query asks for nothing else. */
  private appearances(settings: Settings): Turn[] {
    if (!this.isTransition && !this.fires(settings)) return [];
    const found: Turn[] = [];
    for (const crowd of this.crowds) {
      // Of many the first is there before, so that what reads them finds something.
      const absent = this.isTransition ? crowd.slice(Math.min(1, crowd.length - 1)) : crowd;
      const healthy = settings.map((setting, index) => (absent.includes(index) ? { ...setting, present: 0 } : setting));
      if (this.isTransition && !this.fires(settings, healthy)) continue;
      const isAsked = (this.sources[crowd[0] as number] as Source).templates.some(
        ({ polarity }) => polarity === 'present',
      );
      if (!isAsked || !this.isQuiet(healthy)) continue;
      found.push({ firing: settings, healthy, condition: undefined, values: undefined, appears: true, looser: [] });
    }
    return found;
  }

  private turnOf(condition: Condition, settings: Settings): Turn | undefined {
    const portions = this.portions(condition, settings);
    this.isFiltered = true;
    const found = this.turnBy(portions, condition, settings);
    this.isFiltered = false;
    if (found !== undefined && isClose(found)) return found;
    return this.turnBy(this.knobsUnder(condition), condition, settings) ?? found;
  }

  private turnBy(knobs: readonly Knob[], condition: Condition, settings: Settings): Turn | undefined {
    const others = this.conditions('present').filter((other) => other !== condition);
    let farther: Turn | undefined;
    for (const knob of knobs) {
      const turns = this.pasts(knob, settings).flatMap(
        (past) => this.turnFrom(past, knob, condition, settings, others) ?? [],
      );
      const ways = turns.flatMap((turn) => [turn, ...turn.looser]);
      const best = turns.find(isClose) ?? turns[0];
      if (best === undefined) continue;
      const turn = { ...best, looser: ways.filter((way) => way !== best) };
      if (isClose(turn)) return turn;
      farther ??= turn;
    }
    return farther;
  }

  /** What a series may have been like before, where that makes a difference. */
  private pasts(knob: Knob, settings: Settings): (Settings | undefined)[] {
    if (!this.isTransition) return [undefined];
    const source = this.sources[knob.sources[0] as number] as Source;
    const positions = [knob.read(this.base)];
    // Windows of different lengths fill at different speeds, which only a counter that stands still doesn't show.
    if (knob.dimension === 'growth' && source.kind === 'counter') positions.push(knob.least);
    return [...new Set(positions)].map((position) => knob.apply(settings, position));
  }

  private turnFrom(
    past: Settings | undefined,
    knob: Knob,
    condition: Condition,
    settings: Settings,
    others: readonly Condition[],
  ): Turn | undefined {
    const judge = (position: number): boolean | undefined => {
      const now = knob.apply(settings, position);
      const held = this.holds(condition, now, past);
      if (held === undefined || this.isTooClose(condition, knob, now, past)) return undefined;
      return this.answer(now, past) === held ? held : undefined;
    };
    const crossing = this.crossing(condition, knob, settings, judge, past);
    if (crossing === undefined) {
      const isFiring = past !== undefined && this.answer(settings, past) === true;
      return isFiring ? this.turnSince(condition, settings, past, others) : undefined;
    }
    const turn = this.turnAt(condition, knob, settings, crossing, past, others);
    const looser = this.rarer(knob, crossing).flatMap((wider) => {
      if (judge(wider.fire) !== true || judge(wider.quiet) !== false) return [];
      return this.turnAt(condition, knob, settings, wider, past, others) ?? [];
    });
    const since = this.turnSince(condition, knob.apply(settings, crossing.fire), past, others);
    const [first, ...more] = [
      ...(turn === undefined ? [] : [turn]),
      ...looser,
      ...(since === undefined ? [] : [since]),
    ];
    return first === undefined ? undefined : { ...first, looser: more };
  }

  /** A turn whose healthy side is what the series were like before, for queries that compare with it. */
  private turnSince(
    condition: Condition,
    firing: Settings,
    past: Settings | undefined,
    others: readonly Condition[],
  ): Turn | undefined {
    if (past === undefined || !this.isQuiet(past)) return undefined;
    if (!others.every((other) => this.holds(other, past, past) === true || this.holds(other, firing, past) !== true)) {
      return undefined;
    }
    return { firing, healthy: past, condition, values: this.valuesOf(condition, firing, past), looser: [] };
  }

  private turnAt(
    condition: Condition,
    knob: Knob,
    settings: Settings,
    crossing: Crossing,
    past: Settings | undefined,
    others: readonly Condition[],
  ): Turn | undefined {
    const firing = knob.apply(settings, crossing.fire);
    const healthy = knob.apply(settings, crossing.quiet);
    const held = others.filter((other) => this.holds(other, firing, past) === true);
    if (!held.every((other) => this.holds(other, healthy, past) === true) || !this.isQuiet(healthy)) return undefined;
    return { firing, healthy, condition, values: this.valuesOf(condition, firing, healthy), looser: [] };
  }

  /** The same crossing with events that come more often, where some come less than once in a scrape. */
  private rarer(knob: Knob, { fire, quiet }: Crossing): Crossing[] {
    // A window that isn't full yet holds fewer ups, or more downs for its length.
    if (knob.dimension === 'lapse') {
      const steadier = quiet < fire ? 0 : knob.most;
      return [
        { fire, quiet: Math.round((quiet + steadier) / 2) },
        { fire, quiet: steadier },
      ];
    }
    if (knob.dimension !== 'growth' && knob.dimension !== 'beat') return [];
    if (!knob.whole && knob.least < 0) return [];
    const isRare = (position: number) => knob.whole && position <= 0 && position > knob.least;
    const often = knob.dimension === 'beat' ? -1 : 1;
    const halfway = (position: number) => Math.round((position + often) / 2);
    const seldom = (position: number, times: number) => Math.max(knob.least, Math.floor(position * times) - 1);
    const steps = (position: number) =>
      isRare(position)
        ? [
            position,
            halfway(position),
            seldom(position, 1.05),
            seldom(position, 1.5),
            halfway(halfway(position)),
            often,
          ]
        : [position];
    // While windows aren't full yet, a rate is lower than it will be.
    if (knob.dimension === 'growth' && fire >= 1 && quiet > fire) {
      return [2, 4, 8].map((times) => ({ fire, quiet: Math.ceil(fire * times) }));
    }
    const found: Crossing[] = [];
    for (const wider of steps(fire)) for (const further of steps(quiet)) found.push({ fire: wider, quiet: further });
    const isOneSided = (one: Crossing) => one.fire === fire || one.quiet === quiet;
    return [...found.slice(1).filter(isOneSided), ...found.filter((one) => !isOneSided(one))].slice(0, 12);
  }

  /** Turns the whole query where a comparison can't be told on the other side: a ratio of nothing to nothing. */
  private turnOff(condition: Condition, settings: Settings): Turn | undefined {
    for (const knob of this.knobsUnder(condition)) {
      const past = this.isTransition ? knob.apply(settings, knob.read(this.base)) : undefined;
      const judge = (position: number) => this.answer(knob.apply(settings, position), past);
      const crossing = this.crossing(condition, knob, settings, judge, past);
      if (crossing === undefined) continue;
      const firing = knob.apply(settings, crossing.fire);
      const healthy = knob.apply(settings, crossing.quiet);
      if (!this.fires(firing, past) || !this.isQuiet(healthy)) continue;
      return { firing, healthy, condition, values: this.valuesOf(condition, firing, healthy), looser: [] };
    }
    return undefined;
  }

  private satisfied(
    condition: Condition,
    settings: Settings,
    kept: readonly Condition[],
    wanted: boolean,
  ): Settings | undefined {
    const found = this.satisfiedBy(this.knobsUnder(condition), condition, settings, kept, wanted);
    if (found !== undefined) return found;
    this.isFiltered = true;
    const some = this.satisfiedBy(this.portions(condition, settings), condition, settings, kept, wanted);
    this.isFiltered = false;
    return some;
  }

  private satisfiedBy(
    knobs: readonly Knob[],
    condition: Condition,
    settings: Settings,
    kept: readonly Condition[],
    wanted: boolean,
  ): Settings | undefined {
    for (const knob of knobs) {
      const past = this.isTransition ? this.base : undefined;
      const judge = (position: number): boolean | undefined => {
        const now = knob.apply(settings, position);
        const held = this.holds(condition, now, past);
        if (held === undefined || this.isTooClose(condition, knob, now, past)) return undefined;
        if (held === wanted && kept.some((other) => this.holds(other, now, past) !== true)) return undefined;
        return held === wanted;
      };
      const crossing = this.crossing(condition, knob, settings, judge, past);
      if (crossing !== undefined) return knob.apply(settings, crossing.fire);
    }
    return undefined;
  }

  private crossing(
    condition: Condition,
    knob: Knob,
    settings: Settings,
    judge: (position: number) => boolean | undefined,
    past: Settings | undefined,
  ): Crossing | undefined {
    const from = knob.read(settings);
    const source = this.sources[knob.sources[0] as number] as Source;
    const units = knob.dimension === 'level' && !isContinuous(source.metric);
    if (this.isWithoutEffect(condition, knob, settings, past)) return undefined;
    const isTrend = knob.dimension === 'growth' && source.kind !== 'counter';
    // What falls must not fall below 0 before the alert has fired, unless it may be there anyway.
    const plausible = (position: number) =>
      !isTrend || source.mayBeNegative || this.lowest(knob.apply(settings, position), knob) >= 0
        ? judge(position)
        : undefined;
    const guesses = this.guesses(condition, knob, settings, past);
    const found = crossingOf(knob, from, plausible, guesses, units);
    const isForeseen = source.templates.some(({ reading }) => FORESEEING.has(reading.via));
    if (!isTrend || !isForeseen || judge(0) !== false) return found;
    // What is foreseen changes as time passes, so that its neighbourhood can't be told: only what doesn't move is quiet.
    const beside = guesses.flatMap((guess) => BESIDES.map((share) => guess * share));
    const fire = beside.find((position) => plausible(position) === true) ?? found?.fire;
    return fire === undefined ? undefined : { fire, quiet: 0 };
  }

  /** The lowest value that sources come to by their growth. */
  private lowest(settings: Settings, knob: Knob): number {
    const values = knob.sources.map((index) => {
      const { level, growth } = settings[index] as Setting;
      return level + Math.min(0, growth) * ((this.trial.span + this.scrapeInterval) / this.scrapeInterval);
    });
    return Math.min(...values);
  }

  /** Whether the sides of a comparison stay as they are wherever the knob stands. */
  private isWithoutEffect(condition: Condition, knob: Knob, settings: Settings, past: Settings | undefined): boolean {
    const { grid } = knob;
    const tried = [0, 1, 2, 3, 4].map((part) => grid[Math.round(((grid.length - 1) * part) / 4)] as number);
    const found = tried.map((position) => this.differenceOf(condition, knob.apply(settings, position), past));
    const [first] = found;
    return first !== undefined && found.every((value) => value === first);
  }

  /** Where the difference of a comparison's sides is 0 if it is a straight line, or one over one. */
  private guesses(condition: Condition, knob: Knob, settings: Settings, past: Settings | undefined): number[] {
    if (knob.dimension === 'beat' || (knob.dimension === 'present' && knob.sources.length === 1)) return [];
    // Growths of less than one in a scrape lie on another scale.
    const valueAt = (position: number) => this.differenceOf(condition, knob.apply(settings, position), past);
    let [a, b] = [Math.max(knob.read(settings), knob.dimension === 'growth' && knob.whole ? 1 : knob.least), 0];
    b = a === 0 ? 1 : a * 1.5;
    if (b > knob.most) b = Math.floor(a / 2);
    let [atA, atB] = [valueAt(a), valueAt(b)];
    const found: number[] = [];
    for (let step = 0; step < 4; step += 1) {
      if (atA === undefined || atB === undefined || atA === atB) break;
      const root: number = b - (atB * (b - a)) / (atB - atA);
      if (!Number.isFinite(root) || root < knob.least || root > knob.most) break;
      found.unshift(root);
      if (Math.abs(root - b) <= 1e-9 * Math.abs(root)) break;
      [a, atA] = [b, atB];
      b = root;
      atB = valueAt(b);
      if (atB === 0) break;
    }
    return found.slice(0, 2);
  }

  private knobsUnder({ comparison, templates }: Condition): Knob[] {
    const onLeft = new Set<Expr>();
    walk(comparison.left, (expr) => {
      onLeft.add(expr);
    });
    const rank = (source: Source): number => {
      const own = source.templates.filter((template) => templates.includes(template));
      const isLeft = own.some(({ selector }) => onLeft.has(selector));
      const isDivisor = source.templates.some(({ reading }) => reading.divisor);
      const isLender = own.every(({ reading }) => reading.lender);
      const isRaw = source.kind === 'counter' && source.dimensions[0] === 'level';
      return (
        Number(!isLeft) + 2 * Number(isDivisor) + 4 * Number(isRaw) + 8 * Number(isLender || source.kind === 'info')
      );
    };
    const sourceOf = (crowd: readonly number[]) => this.sources[crowd[0] as number] as Source;
    const below = this.crowds
      .filter((crowd) => sourceOf(crowd).templates.some((template) => templates.includes(template)))
      .sort((a, b) => rank(sourceOf(a)) - rank(sourceOf(b)));
    const knobs = (indices: readonly number[]) =>
      this.dimensionsUnder(sourceOf(indices), templates).map((dimension) =>
        knob(sourceOf(indices), indices, dimension, this.constants, this.scrapeInterval),
      );
    const alone = below.filter((crowd) => crowd.length > 1).flatMap((crowd) => knobs(crowd.slice(0, 1)));
    return [...below.flatMap(knobs), ...alone, ...this.gangs(below.flat(), templates)];
  }

  /** How many of a crowd are bad, or there at all. */
  private portions(condition: Condition, settings: Settings): Knob[] {
    const found: Knob[] = [];
    for (const crowd of this.crowds) {
      const source = this.sources[crowd[0] as number] as Source;
      if (crowd.length < 2 || !source.templates.some((template) => condition.templates.includes(template))) continue;
      for (const inner of this.conditions('present')) {
        const isInside =
          inner !== condition && inner.templates.every((template) => condition.templates.includes(template));
        if (!isInside || !inner.templates.some((template) => source.templates.includes(template))) continue;
        for (const whole of this.knobsUnder(inner)) {
          if (!crowd.every((index) => whole.sources.includes(index))) continue;
          const judge = (position: number) => this.holds(inner, whole.apply(settings, position));
          const crossing = this.crossing(inner, whole, settings, judge, undefined);
          if (crossing === undefined) continue;
          const valueAt = (position: number) =>
            (whole.apply(settings, position)[crowd[0] as number] as Setting)[whole.dimension];
          found.push(portion(crowd, whole.dimension, valueAt(crossing.fire), valueAt(crossing.quiet)));
          break;
        }
      }
      if (source.kind === 'info') found.push(portion(crowd, 'level', 1, 0));
      found.push(portion(crowd, 'present', 1, 0));
    }
    return found;
  }

  /** What the readings under a condition respond to, before what only other readings do. */
  private dimensionsUnder(source: Source, templates: readonly Template[]): Dimension[] {
    const own = source.templates.filter((template) => templates.includes(template));
    const isClock = !Number.isNaN(source.base.age);
    const isForeseen = own.some(({ reading }) => FORESEEING.has(reading.via));
    // A value that only ever falls, or rises, is nothing that lasts from the start.
    return isForeseen && !this.isTransition ? [] : dimensionsOf(source.kind, own, isClock);
  }

  /** Sources that can be turned together because none of them alone decides, as in a sum. */
  private gangs(indices: readonly number[], templates: readonly Template[]): Knob[] {
    const found: Knob[] = [];
    for (const dimension of ['level', 'growth', 'age'] as const) {
      const alike = indices.filter((index) =>
        this.dimensionsUnder(this.sources[index] as Source, templates).includes(dimension),
      );
      const [first] = alike;
      if (first === undefined || alike.length < 2) continue;
      const whole = alike.find((index) => !isContinuous((this.sources[index] as Source).metric)) ?? first;
      found.push(knob(this.sources[whole] as Source, alike, dimension, this.constants, this.scrapeInterval));
    }
    return found;
  }

  fires(now: Settings, past?: Settings): boolean {
    return this.answer(now, past ?? (this.isTransition ? this.base : now)) === true;
  }

  isQuiet(settings: Settings): boolean {
    return this.answer(settings, settings) === false;
  }

  /** Whether the query gives something; undefined where it does at some moments only, or Prometheus would fail. */
  private answer(now: Settings, past: Settings | undefined): boolean | undefined {
    return agreed(
      this.trial.moments(now).map((after) => {
        const samples = this.trial.evaluate(this.query, now, past ?? now, after);
        return samples === undefined ? undefined : samples.length > 0;
      }),
    );
  }

  private holds(condition: Condition, now: Settings, past?: Settings): boolean | undefined {
    const before = past ?? (this.isTransition ? this.base : undefined);
    const operator = condition.comparison.operator as Comparison;
    return agreed(
      this.trial.moments(now).map((after) => {
        const difference = this.differenceOf(condition, now, before, after);
        return difference === undefined ? undefined : isTrue(operator, difference);
      }),
    );
  }

  /**
   * Whether the sides of a comparison lie so close together that another evaluator, which adds up in another
   * order, may find them on the other side of each other.
   */
  private isTooClose(condition: Condition, knob: Knob, now: Settings, past: Settings | undefined): boolean {
    const { operator } = condition.comparison;
    if (operator === '==' || operator === '!=') return false;
    const difference = this.differenceOf(condition, now, past);
    if (difference === undefined) return false;
    const isExact = EXACT.has(knob.dimension) && !(knob.sources.length > 1 && averages(condition.comparison));
    if (isExact && (difference === 0 || Math.abs(difference) >= 1)) return false;
    const margin = this.marginOf(condition, now, past);
    // Nothing compared with nothing is no matter of digits.
    return margin > 0 && Math.abs(difference) <= margin;
  }

  /** How far the sides of a comparison must be apart for the answer to be the same everywhere. */
  private marginOf({ comparison, templates }: Condition, now: Settings, past: Settings | undefined): number {
    const evaluated = (expr: Expr) =>
      this.trial.evaluate(stripped(expr, this.shape.taken), now, past ?? now)?.[0]?.value ?? 0;
    const { left, right } = comparison;
    const parts = left.kind === 'binary' && (left.operator === '-' || left.operator === '+') ? [left.left] : [];
    const scale = Math.max(...[right, ...parts].map((expr) => Math.abs(evaluated(expr))).filter(Number.isFinite), 0);
    return scale * (templates.some(({ reading }) => FORESEEING.has(reading.via)) ? FORESEEN_MARGIN : MARGIN);
  }

  private differenceOf(condition: Condition, now: Settings, past: Settings | undefined, after = 0): number | undefined {
    const differences = this.isFiltered ? this.filteredDifferences : this.differences;
    const samples = this.trial.evaluate(differences.get(condition) as Expr, now, past ?? now, after);
    const values = (samples ?? []).map(({ value }) => value).filter(Number.isFinite);
    if (values.length === 0) return undefined;
    switch (condition.comparison.operator) {
      case '<':
      case '<=':
        return Math.min(...values);
      case '==':
        return values.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
      case '!=':
        return values.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
      default:
        return Math.max(...values);
    }
  }

  /** The compared values of the element that decides; undefined where several do with thresholds of their own. */
  private valuesOf(condition: Condition | undefined, firing: Settings, healthy: Settings): Turn['values'] {
    if (condition === undefined) return undefined;
    const { left, right } = condition.comparison;
    const operator = condition.comparison.operator as Comparison;
    const past = this.isTransition ? healthy : firing;
    const values = (expr: Expr, now: Settings, before: Settings): number[] =>
      (this.trial.evaluate(this.isFiltered ? expr : stripped(expr, this.shape.taken), now, before) ?? []).map(
        ({ value }) => value,
      );
    const [threshold, ...others] = values(right, firing, past);
    if (threshold === undefined || others.some((other) => other !== threshold)) return undefined;
    const [bad, good] = [values(left, firing, past), values(left, healthy, healthy)].map((found) =>
      extremeOf(found, operator, threshold),
    );
    if (bad === undefined || good === undefined || !isTrue(operator, bad - threshold)) return undefined;
    return { threshold, firing: bad, healthy: good };
  }
}

/** Of several values the one that satisfies a comparison rather than the others. */
function extremeOf(values: readonly number[], operator: Comparison, threshold: number): number | undefined {
  if (values.length < 2) return values[0];
  if (operator === '<' || operator === '<=') return Math.min(...values);
  if (operator === '>' || operator === '>=') return Math.max(...values);
  return values.find((value) => isTrue(operator, value - threshold)) ?? values[0];
}

/** Shares of a guess that are tried around it. */
const BESIDES = [1.005, 1.01, 1.02, 1.05, 0.995, 0.98] as const;

/** Share of what is compared by which its sides must differ: far more than what rounding makes of them. */
const MARGIN = 1e-6;
/** The same for what is foreseen: it is extrapolated from small differences of large numbers. */
const FORESEEN_MARGIN = 4e-3;

/** Whether something is averaged over series, which is rounded differently by each way to add up. */
function averages(comparison: Expr): boolean {
  let found = false;
  walk(comparison, (expr) => {
    if (expr.kind === 'aggregation') found ||= AVERAGING.has(expr.operator);
  });
  return found;
}

const AVERAGING: ReadonlySet<string> = new Set(['avg', 'stddev', 'stdvar', 'quantile']);

/** Dimensions whose effect comes out the same each time, to the last digit. */
const EXACT: ReadonlySet<Dimension> = new Set<Dimension>(['level', 'beat', 'present']);

/** Functions whose result depends on the level as well as on the trend. */
export const FORESEEING: ReadonlySet<string> = new Set([
  'predict_linear',
  'holt_winters',
  'double_exponential_smoothing',
]);

/** A comparison for messages. */
export function shown(comparison: Expr): string {
  const text = printQuery(comparison);
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN - 1)}…`;
}

const LONGEST_SHOWN = 160;

function isWithin(inner: Expr, outer: Expr | undefined): boolean {
  let found = false;
  if (outer === undefined || outer === inner) return false;
  walk(outer, (expr) => {
    if (expr === inner) found = true;
  });
  return found;
}

/** A comparison that only keeps another one from dividing by 0. */
function isGuard({ condition, values }: Turn): boolean {
  const operator = condition?.comparison.operator;
  return values?.threshold === 0 && (operator === '>' || operator === '!=');
}

/** What all agree on. */
function agreed(answers: readonly (boolean | undefined)[]): boolean | undefined {
  const [first] = answers;
  return answers.every((answer) => answer === first) ? first : undefined;
}

/** Whether a comparison holds, given how far its left side is above its right side. */
export function isTrue(operator: Comparison, difference: number): boolean {
  switch (operator) {
    case '>':
      return difference > 0;
    case '<':
      return difference < 0;
    case '>=':
      return difference >= 0;
    case '<=':
      return difference <= 0;
    case '==':
      return difference === 0;
    case '!=':
      return difference !== 0;
  }
}
