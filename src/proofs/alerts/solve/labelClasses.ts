import { labelValueFor, type Matcher, matches } from './labelValue.js';

/** A label of one series or of one result element; its value is the empty text where the label is absent. */
export type LabelVariable = number;

/** Values of labels that contradict each other. */
export interface Contradiction {
  /** One sentence. */
  text: string;
  /** Whether no value at all can satisfy it, rather than that none was found. */
  certain: boolean;
}

interface LabelClass {
  constant?: { value: string; origin: string };
  matchers: { matcher: Matcher; origin: string }[];
  /** Matchers of other selectors of the same metric, which the value had better not satisfy. */
  avoided: Matcher[];
  /** Matchers that the value had better satisfy, though it needn't. */
  preferred: Matcher[];
  /** Whether some part of the query reads the label, so that it had better have a value. */
  wanted: boolean;
  /** A metric whose series all have the label. */
  carried?: string;
  /** An entity other than the ordinary one. */
  other: boolean;
  /** The label's name, for an ordinary value. */
  label: string;
}

interface Derived {
  target: LabelVariable;
  sources: readonly LabelVariable[];
  compute: (values: readonly string[]) => string;
}

const ORDINARY: Readonly<Record<string, string>> = { job: 'example', instance: 'host-1:8080' };
const OTHER: Readonly<Record<string, string>> = { job: 'other', instance: 'host-2:8080' };

/**
 * Labels that must be equal are one class (union-find); each class collects what its value must
 * satisfy. Then every class takes a value: the one that is demanded, one that fits the matchers, or
 * an ordinary one if something reads the label.
 */
export class LabelClasses {
  private readonly parents: LabelVariable[] = [];
  private readonly classes: LabelClass[] = [];
  private readonly derived: Derived[] = [];
  private readonly values = new Map<LabelVariable, string>();
  /**
   * What contradictions mean that are found from now on: that the alert can't fire, that it may not be
   * possible to make it fire in this way, or nothing.
   */
  strength: 'certain' | 'uncertain' | 'ignored' = 'certain';
  /** The first contradiction; a certain one replaces an uncertain one. */
  contradiction: Contradiction | undefined;
  /** A label that isn't there. */
  readonly absent: LabelVariable = this.constant('', '', '');

  /** The class whose value is free to vary: one that a label has and no `=` fixes. */
  isFree(variable: LabelVariable): boolean {
    const root = this.find(variable);
    const isComputed = this.derived.some(({ target }) => this.find(target) === root);
    return (this.classes[root] as LabelClass).constant === undefined && !isComputed && this.valueOf(variable) !== '';
  }

  /** Copies in which a label takes other values that fit; undefined where so many weren't found. */
  varied(variable: LabelVariable, count: number): LabelClasses[] | undefined {
    const own = this.classes[this.find(variable)] as LabelClass;
    const base = this.valueOf(variable);
    const found: LabelClasses[] = [];
    for (let order = 0; order < count; order += 1) {
      const value = [renumbered(base, order), `${base}-${order + 1}`, `${base}${order + 1}`].find((candidate) =>
        own.matchers.every(({ matcher }) => matches(matcher, candidate) === true),
      );
      if (value === undefined) return undefined;
      const copy = this.copy();
      (copy.classes[copy.find(variable)] as LabelClass).constant = { value, origin: 'variation' };
      copy.assign();
      found.push(copy);
    }
    return found;
  }

  /** Classes of their own with the same content. */
  copy(): LabelClasses {
    const made = new LabelClasses();
    made.parents.splice(0, made.parents.length, ...this.parents);
    made.classes.splice(
      0,
      made.classes.length,
      ...this.classes.map((one) => ({
        ...one,
        matchers: [...one.matchers],
        avoided: [...one.avoided],
        preferred: [...one.preferred],
      })),
    );
    made.derived.push(...this.derived);
    made.contradiction = this.contradiction;
    return made;
  }

  variable(label: string): LabelVariable {
    const id = this.parents.length;
    this.parents.push(id);
    this.classes.push({ matchers: [], avoided: [], preferred: [], wanted: false, other: false, label });
    return id;
  }

  /** @param origin what gives the value, for messages */
  constant(label: string, value: string, origin: string): LabelVariable {
    const id = this.variable(label);
    (this.classes[id] as LabelClass).constant = { value, origin };
    return id;
  }

  /** A label that is computed from others, by `label_replace` or `label_join`. */
  computed(label: string, sources: readonly LabelVariable[], compute: Derived['compute']): LabelVariable {
    const target = this.variable(label);
    this.derived.push({ target, sources, compute });
    return target;
  }

  find(variable: LabelVariable): LabelVariable {
    let root = variable;
    while (this.parents[root] !== root) root = this.parents[root] as LabelVariable;
    this.parents[variable] = root;
    return root;
  }

  same(a: LabelVariable, b: LabelVariable): boolean {
    return this.find(a) === this.find(b);
  }

  /** @param origin the operation that demands the same value on both sides, for messages */
  unify(a: LabelVariable, b: LabelVariable, origin: string): void {
    const [left, right] = [this.find(a), this.find(b)];
    if (left === right) return;
    const [one, two] = [this.classes[left] as LabelClass, this.classes[right] as LabelClass];
    if (one.constant !== undefined && two.constant !== undefined && one.constant.value !== two.constant.value) {
      this.contradict(
        `${origin} needs one value of the label ${one.label || two.label} on both sides, ` +
          `but ${describe(one.constant)} and ${describe(two.constant)}`,
      );
      return;
    }
    this.parents[right] = left;
    const constant = one.constant ?? two.constant;
    const carried = one.carried ?? two.carried;
    this.classes[left] = {
      ...(constant === undefined ? {} : { constant }),
      ...(carried === undefined ? {} : { carried }),
      matchers: [...one.matchers, ...two.matchers],
      avoided: [...one.avoided, ...two.avoided],
      preferred: [...one.preferred, ...two.preferred],
      wanted: one.wanted || two.wanted,
      other: one.other || two.other,
      label: one.label || two.label,
    };
    this.check(left, origin);
  }

  match(variable: LabelVariable, matcher: Matcher, origin: string): void {
    const root = this.find(variable);
    const own = this.classes[root] as LabelClass;
    own.matchers.push({ matcher, origin });
    if (matches(matcher, '') !== true) own.wanted = true;
    if (matcher.operator === '=' && own.constant === undefined) own.constant = { value: matcher.value, origin };
    this.check(root, origin);
  }

  avoid(variable: LabelVariable, matcher: Matcher): void {
    (this.classes[this.find(variable)] as LabelClass).avoided.push(matcher);
  }

  prefer(variable: LabelVariable, matcher: Matcher): void {
    (this.classes[this.find(variable)] as LabelClass).preferred.push(matcher);
  }

  /** @param metric whose series all have the label, because they are scraped */
  carry(variable: LabelVariable, metric: string): void {
    (this.classes[this.find(variable)] as LabelClass).carried = metric;
  }

  want(variable: LabelVariable): void {
    (this.classes[this.find(variable)] as LabelClass).wanted = true;
  }

  /** Gives the label the value of another entity than the ordinary one, where it is free. */
  elsewhere(variable: LabelVariable): boolean {
    const own = this.classes[this.find(variable)] as LabelClass;
    if (own.constant !== undefined) return false;
    own.other = true;
    own.wanted = true;
    return true;
  }

  /** Matchers that some selector states for the label. */
  demands(variable: LabelVariable): readonly { matcher: Matcher; origin: string }[] {
    return (this.classes[this.find(variable)] as LabelClass).matchers;
  }

  isAbsent(variable: LabelVariable): boolean {
    return (this.classes[this.find(variable)] as LabelClass).constant?.value === '';
  }

  /** Chooses a value for each class; afterwards `valueOf` tells it. */
  assign(): void {
    this.strength = 'certain';
    const targets = new Set(this.derived.map(({ target }) => this.find(target)));
    for (const id of this.parents.keys()) {
      if (this.find(id) === id && !targets.has(id)) this.values.set(id, this.choose(id));
    }
    for (const { target, sources, compute } of this.derived) {
      const value = compute(sources.map((source) => this.valueOf(source)));
      const root = this.find(target);
      const own = this.classes[root] as LabelClass;
      const set = this.values.get(root) ?? own.constant?.value;
      if (set !== undefined && set !== value) {
        this.contradict(`no value was found for the computed label ${own.label}`, false);
      }
      if (own.matchers.some(({ matcher }) => matches(matcher, value) !== true)) {
        this.contradict(`no value was found whose computed label ${own.label} matches`, false);
      }
      this.values.set(root, value);
    }
  }

  valueOf(variable: LabelVariable): string {
    return this.values.get(this.find(variable)) ?? '';
  }

  private choose(root: LabelVariable): string {
    const own = this.classes[root] as LabelClass;
    if (own.constant !== undefined) return own.constant.value;
    const ordinary = (own.other ? OTHER : ORDINARY)[own.label] ?? (own.other ? 'other' : 'example');
    const matchers = own.matchers.map(({ matcher }) => matcher);
    const isFit = (value: string, avoiding: boolean) =>
      matchers.every((matcher) => matches(matcher, value) === true) &&
      (!avoiding || !own.avoided.some((matcher) => matches(matcher, value) === true));
    if (!own.wanted && own.avoided.length === 0 && isFit('', false)) return '';
    const refusals = own.avoided.map(({ operator, value }) => ({ operator: OPPOSITE[operator], value }));
    const candidates = [ordinary, labelValueFor([...matchers, ...refusals]), labelValueFor(matchers), ''];
    const liked = own.preferred.length === 0 ? undefined : labelValueFor([...matchers, ...own.preferred]);
    const found =
      liked ??
      candidates.find((value) => value !== undefined && isFit(value, true)) ??
      candidates.find((value) => value !== undefined && isFit(value, false));
    if (found === undefined) {
      this.contradict(`no value of the label ${own.label} was found that fits ${list(own.matchers)}`, false);
    }
    return found ?? '';
  }

  private check(root: LabelVariable, origin: string): void {
    const own = this.classes[root] as LabelClass;
    const { constant } = own;
    const impossible = own.matchers.find(
      ({ matcher }) => matcher.operator === '!~' && MATCHES_ALL.includes(matcher.value),
    );
    if (impossible !== undefined) {
      this.contradict(`${impossible.origin} excludes every value of the label ${own.label}`);
    }
    if (constant === undefined) return;
    if (own.carried !== undefined && constant.value === '') {
      this.contradict(
        `${origin} needs one value of the label ${own.label} on both sides, but ${own.carried} has it, ` +
          `as every scraped series has, and on the other side it is ${describe(constant)}`,
      );
    }
    const refusing = own.matchers.find(({ matcher }) => matches(matcher, constant.value) === false);
    if (refusing !== undefined) {
      const by = refusing.origin === origin ? '' : `, by ${origin}`;
      this.contradict(`${refusing.origin} refuses what the label ${own.label} must be${by}: ${describe(constant)}`);
    }
  }

  private contradict(text: string, isCertain = true): void {
    if (this.strength === 'ignored') return;
    const certain = isCertain && this.strength === 'certain';
    if (this.contradiction === undefined || (certain && !this.contradiction.certain)) {
      this.contradiction = { text, certain };
    }
  }
}

/** The first number in a text raised, or a number behind the text. */
function renumbered(text: string, by: number): string {
  if (by === 0) return text;
  return /\d/.test(text) ? text.replace(/\d+/, (digits) => String(Number(digits) + by)) : `${text}-${by + 1}`;
}

const OPPOSITE = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const;
const MATCHES_ALL: readonly string[] = ['.*', '(.*)', '^.*$', '(?:.*)'];

function describe({ value, origin }: { value: string; origin: string }): string {
  if (origin === '') return 'absent';
  return value === '' ? `absent by ${origin}` : `"${value}" by ${origin}`;
}

function list(matchers: readonly { origin: string }[]): string {
  return matchers.map(({ origin }) => origin).join(' and ');
}
