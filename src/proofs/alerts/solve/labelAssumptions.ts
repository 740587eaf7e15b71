import type { Assumption, MetricFacts } from '../world.js';
import { carries, type KnownLabel, knownLabel, lack, nameOf } from './knownLabel.js';
import type { LabelVariable } from './labelClasses.js';
import { type Matcher, matches } from './labelValue.js';
import { OF_RECORDED, type QueryShape, type Template, UNNAMED } from './queryShape.js';
import { isTargetLabel } from './targetLabels.js';

/** Labels that exporters give to so many metrics that carrying them is nothing unlikely. */
const USUAL: ReadonlySet<string> = new Set(['device', 'name']);
/** Labels that a target's exposition can't vouch for: the scrape overwrites them. */
const OVERWRITTEN: ReadonlySet<string> = new Set(['job', 'instance']);
const MOST_LISTED = 3;

/**
 * Labels that a metric must carry although none of its selectors says so, because a join or a set
 * operation brings it together with a selector that does. With known series also what keeps a join or a
 * set operation from ever matching: a label that all series of one side carry and none of the other's.
 */
export function labelAssumptions(shape: QueryShape, facts: MetricFacts | undefined): Assumption[] {
  const found = new Map<string, Assumption>();
  for (const template of shape.templates) {
    const stated = [
      ...demanded(shape, template, facts),
      ...(facts === undefined ? [] : unmatched(shape, template, facts)),
    ];
    for (const assumption of stated) found.set(assumption.text, assumption);
  }
  return [...found.values()];
}

function* demanded({ classes }: QueryShape, template: Template, facts: MetricFacts | undefined): Generator<Assumption> {
  const { metric, selector, labels } = template;
  for (const [label, variable] of labels) {
    if (label === 'le' || isOwn(template, label) || classes.valueOf(variable) === '') continue;
    const demands = classes.demands(variable);
    const others = demands.filter(({ origin }) => isMatcherElsewhere(origin, metric));
    const matchers = demands.map(({ matcher }) => matcher);
    if (others.length === 0 || acceptsAbsence(matchers)) continue;
    const isRecorded = others.every(({ origin }) => origin.endsWith(OF_RECORDED));
    const because = isRecorded ? 'as what is recorded from it must' : 'as the series that it is matched with';
    const text = `${metric} carries the label ${conditionText(label, matchers)}, ${because}`;
    const known = selector.metric === undefined ? undefined : knownLabel(facts, metric, label);
    const isUnseen = facts !== undefined && selector.metric !== undefined && known === undefined;
    const isUsual = isTargetLabel(label) || USUAL.has(label);
    const status = statusOf(label, known, matchers, facts) ?? (isUnseen ? 'unseen' : isUsual ? 'assumed' : 'unlikely');
    const isContradicted = status === 'contradicted' && known !== undefined;
    yield {
      about: 'label',
      metric,
      text: isContradicted ? `${text}: ${lack(nameOf(label), known)}` : text,
      status,
    };
  }
}

/** Undefined where the known series don't decide. */
function statusOf(
  label: string,
  known: KnownLabel | undefined,
  matchers: readonly Matcher[],
  facts: MetricFacts | undefined,
): 'fact' | 'contradicted' | undefined {
  if (known === undefined) return undefined;
  const isCarried = carries(known, matchers);
  if (isCarried === true) return OVERWRITTEN.has(label) && facts?.complete !== true ? undefined : 'fact';
  return isCarried === false && known.decisive ? 'contradicted' : undefined;
}

/** What the known series say against a match that the query needs, whatever the values of the labels. */
function* unmatched(shape: QueryShape, template: Template, facts: MetricFacts): Generator<Assumption> {
  const { metric, selector, labels, polarity } = template;
  if (polarity !== 'present' || selector.metric === undefined) return;
  const surplus: string[] = [];
  for (const [position, variable] of labels) {
    if (isOwn(template, position)) continue;
    if (shape.classes.isAbsent(variable)) {
      const carried = position === UNNAMED ? unnamedLabels(shape, metric, facts) : [position];
      surplus.push(...carried.filter((label) => knownLabel(facts, metric, label)?.always === true));
      continue;
    }
    if (!acceptsAbsence(shape.classes.demands(variable).map(({ matcher }) => matcher))) continue;
    for (const partner of partnersOf(shape, template, position, variable)) {
      const candidates = position === UNNAMED ? unnamedLabels(shape, partner, facts) : [position];
      for (const label of candidates) {
        const own = knownLabel(facts, metric, label);
        if (own === undefined || own.values.length > 0 || !own.decisive) continue;
        if (knownLabel(facts, partner, label)?.always !== true) continue;
        const text = `${metric} carries the label ${nameOf(label)}, as ${partner}, which it is matched with`;
        yield { about: 'label', metric, text: `${text}: ${lack(nameOf(label), own)}`, status: 'contradicted' };
      }
    }
  }
  if (surplus.length === 0) return;
  const names = surplus.slice(0, MOST_LISTED).map(nameOf).join(', ');
  const more = surplus.length > MOST_LISTED ? ` and ${surplus.length - MOST_LISTED} more` : '';
  const text = `${metric} lacks the label${surplus.length === 1 ? '' : 's'} ${names}${more}`;
  const against = 'as what it is matched with: all its series carry';
  yield {
    about: 'label',
    metric,
    text: `${text}, ${against} ${surplus.length === 1 ? 'it' : 'them'}`,
    status: 'contradicted',
  };
}

/** Other metrics whose label must have the same value. */
function partnersOf(shape: QueryShape, template: Template, label: string, variable: LabelVariable): Set<string> {
  const partners = shape.templates.filter(({ metric, selector, labels, polarity }) => {
    const own = labels.get(label);
    const isOther = metric !== template.metric && selector.metric !== undefined && polarity === 'present';
    return isOther && own !== undefined && shape.classes.same(own, variable);
  });
  return new Set(partners.map(({ metric }) => metric));
}

/** Labels of a metric's series that the query doesn't name. */
function unnamedLabels({ universe }: QueryShape, metric: string, facts: MetricFacts): string[] {
  const [first] = facts.seriesOf(metric) ?? [];
  // A label that all series carry is one of the first.
  return Object.keys(first ?? {}).filter((label) => !universe.includes(label));
}

function isOwn({ selector }: Template, label: string): boolean {
  return selector.matchers.some((matcher) => matcher.label === label && matcher.recorded !== true);
}

function isMatcherElsewhere(origin: string, metric: string): boolean {
  return origin.startsWith('the matcher ') && !origin.endsWith(` of ${metric}`);
}

function acceptsAbsence(matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => matches(matcher, '') === true);
}

function conditionText(label: string, matchers: readonly Matcher[]): string {
  const exact = matchers.find(({ operator }) => operator === '=');
  const stated = exact === undefined ? matchers : [exact];
  return [...new Set(stated.map(({ operator, value }) => `${label}${operator}${JSON.stringify(value)}`))].join(' and ');
}
