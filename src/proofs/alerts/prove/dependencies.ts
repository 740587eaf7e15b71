import type { Expr } from '../../../promql/ast.js';
import { selectorsOf } from '../../../promql/walk.js';
import type { WrittenRule } from './readRuleFiles.js';

/** What a rule reads from rules of the given files. */
export interface Dependencies {
  /**
   * The recording rules that the alert depends on and the alert itself, in the order in which they are
   * evaluated: groups that others read come first, within a group the file's order counts.
   */
  chain: readonly WrittenRule[];
  recordings: readonly WrittenRule[];
  /** Recording rules that read themselves or one another in a circle; empty when there are none. */
  circle: readonly string[];
}

/** Finds what alerts depend on; the index over all recording rules is made once. */
export class DependencyFinder {
  private readonly byName = new Map<string, WrittenRule[]>();
  private readonly order = new Map<WrittenRule, number>();

  constructor(
    rules: readonly WrittenRule[],
    private readonly queryOf: (rule: WrittenRule) => Expr | undefined,
  ) {
    rules.forEach((rule, index) => {
      this.order.set(rule, index);
      if (rule.kind !== 'record') return;
      const same = this.byName.get(rule.name);
      if (same === undefined) this.byName.set(rule.name, [rule]);
      else same.push(rule);
    });
  }

  of(alert: WrittenRule): Dependencies {
    const found = new Set<WrittenRule>();
    const circle = new Set<string>();
    const under = new Set<WrittenRule>();
    /** Groups in which nothing that is read later stands before what reads it. */
    const groups: string[] = [];
    const visit = (rule: WrittenRule) => {
      under.add(rule);
      for (const read of this.readBy(rule)) {
        if (under.has(read)) circle.add(read.name);
        else if (!found.has(read)) visit(read);
      }
      under.delete(rule);
      found.add(rule);
      if (!groups.includes(rule.groupKey)) groups.push(rule.groupKey);
    };
    visit(alert);
    const place = (rule: WrittenRule) => this.order.get(rule) ?? 0;
    const chain = [...found].sort(
      (a, b) => groups.indexOf(a.groupKey) - groups.indexOf(b.groupKey) || place(a) - place(b),
    );
    return { chain, recordings: chain.filter(({ kind }) => kind === 'record'), circle: [...circle] };
  }

  private readBy(rule: WrittenRule): WrittenRule[] {
    const query = this.queryOf(rule);
    if (query === undefined) return [];
    const selectors = selectorsOf(query);
    const named = new Set(selectors.flatMap(({ metric }) => metric ?? []));
    return [...named].flatMap((name) => this.byName.get(name) ?? []);
  }
}

/** The intervals that a chain crosses, in seconds, when there are several; undefined: it keeps to one. */
export function crossedIntervals(chain: readonly WrittenRule[], byDefault: number): number[] | undefined {
  const intervals = [...new Set(chain.map(({ interval }) => interval ?? byDefault))];
  return intervals.length > 1 ? intervals : undefined;
}
