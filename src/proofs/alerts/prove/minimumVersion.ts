import { parser } from '@prometheus-io/lezer-promql';
import { FUNCTIONS } from '../../../promql/functions.js';

/** Aggregations and modifiers that older releases don't know, from Prometheus' change log. */
const SINCE: Readonly<Record<string, string>> = {
  limitk: '2.54',
  limit_ratio: '2.54',
  fill: '3.10',
  fill_left: '3.10',
  fill_right: '3.10',
};

/** How promtool words its objection to syntax that came later. */
const SYNTAX: readonly (readonly [RegExp, string, string])[] = [
  [/unexpected string .* in (?:label matching|grouping opts)/, '3.0', 'quoted names'],
  [/missing unit character in duration|unexpected duration "/, '3.0', 'durations as numbers'],
  [/unexpected identifier "(?:anchored|smoothed)"/, '3.7', 'extended ranges'],
  [/in subquery or range, expected ":" or "\]"|unexpected "\(" in offset/, '3.4', 'arithmetic in durations'],
];

const FIELDS: Readonly<Record<string, string>> = { query_offset: '2.53', keep_firing_for: '2.42', limit: '2.31' };

/**
 * Reads from promtool's objection to a rule whether the rule is merely too new for it (or too old).
 * Undefined: the objection is about the rule.
 *
 * @param message what `promtool check rules` said of the rule.
 */
export function neededVersion(message: string, expr: string, installed: string): string | undefined {
  const unknown = /unknown function with name "([a-z0-9_]+)"/.exec(message)?.[1];
  if (unknown !== undefined) {
    const known = FUNCTIONS.get(unknown);
    if (known?.removed !== undefined) {
      return `needs promtool < ${known.removed} (${unknown}; installed is ${installed})`;
    }
    const since = known?.since ?? SINCE[unknown];
    return since === undefined ? undefined : `needs promtool ≥ ${since} (${unknown}; installed is ${installed})`;
  }
  const syntax = SYNTAX.find(([words]) => words.test(message));
  if (syntax !== undefined && isKnownSyntax(expr)) {
    return `needs promtool ≥ ${syntax[1]} (${syntax[2]}; installed is ${installed})`;
  }
  const field = /field ([a-z_]+) not found in type rulefmt/.exec(message)?.[1];
  const since = field === undefined ? undefined : FIELDS[field];
  return since === undefined ? undefined : `needs promtool ≥ ${since} (${field}; installed is ${installed})`;
}

/** Whether the current grammar of the query language reads the text without an error. */
function isKnownSyntax(expr: string): boolean {
  let known = true;
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) known = false;
    },
  });
  return known;
}
