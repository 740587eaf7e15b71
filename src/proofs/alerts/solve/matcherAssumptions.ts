import type { Assumption, MetricFacts } from '../world.js';
import { carries, knownLabel, lack } from './knownLabel.js';
import { matches } from './labelValue.js';
import { type Template, textOf } from './queryShape.js';

/**
 * What known series say against the label matchers of a query's selectors: the label isn't there at all
 * (contradicted), or not with such a value yet (unseen, which is no fault: `code="500"` appears with the
 * first error).
 */
export function matcherAssumptions(templates: readonly Template[], facts: MetricFacts | undefined): Assumption[] {
  const found = new Map<string, Assumption>();
  for (const { metric, selector } of templates) {
    if (selector.metric === undefined) continue;
    for (const matcher of selector.matchers) {
      const { label, operator, recorded } = matcher;
      if (recorded === true || (operator !== '=' && operator !== '=~') || label === '__name__') continue;
      if (matches(matcher, '') !== false) continue;
      const known = knownLabel(facts, metric, label);
      if (known === undefined || carries(known, [matcher]) !== false) continue;
      const isMissing = known.values.length === 0;
      if (isMissing && !known.decisive) continue;
      const text = `${metric} has series with ${textOf(matcher)}: ${lack(label, known)}`;
      found.set(text, { about: 'label', metric, text, status: isMissing ? 'contradicted' : 'unseen' });
    }
  }
  return [...found.values()];
}
