import type { PythonModule } from '../../lifecycle/facts.js';
import { alternatives } from '../alternatives.js';

/** Words of a name that say that a decision about quality is read. */
const DECISION = alternatives(
  '^',
  `
    accept(ed|able)? approv(e|ed|al) pass(ed|es)? better worse improv(ed|es|ement) gate quality
    valid(ate|ated|ation)? eligible bless(ed|ing)? ok degraded regressed verdict failures? threshold
  `,
  '$',
  'i',
);

const METRIC = alternatives(
  '^',
  `
    metrics? auc roc accuracy acc f1 precision recall rmse mse mae mape r2 loss score scores psi ks pvalue p
    logloss ap brier lift kpi error evaluation eval candidate challenger champion baseline threshold min max
    minimum maximum
  `,
  '$',
  'i',
);

/** Comparisons with these say nothing about a model. */
const HOUSEKEEPING = alternatives(
  '^',
  `
    len count counter size version versions retries retry attempt attempts timeout time elapsed start now page
    index idx i n argv sys status status_code code returncode year month day age limit
  `,
  '$',
  'i',
);

function parts(name: string): string[] {
  return name
    .split(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/)
    .flatMap((part) => part.split('_'))
    .filter((part) => part !== '');
}

/**
 * Whether a module decides on a model's quality anywhere: an ordering comparison of anything but
 * counters, versions, sizes and times, or a branch or assertion that reads a name such as
 * `accepted` or `is_better`. It is generous on purpose, so that "nothing is compared" is true
 * where it is said. (`>` and `<` order; `==` against a fixed word doesn't judge a number.)
 */
export function decidesOnQuality(module: PythonModule): boolean {
  const ordered = module.comparisons.some(({ operator, reads }) => {
    if (!['<', '<=', '>', '>='].includes(operator)) return false;
    const words = reads.flatMap(parts);
    return words.some((word) => METRIC.test(word)) || !words.some((word) => HOUSEKEEPING.test(word));
  });
  if (ordered) return true;
  return module.conditions.some(({ reads }) => reads.flatMap(parts).some((word) => DECISION.test(word)));
}

/** Assignments that take metrics from a name or file called so: what a finding shows that nothing compares them. */
export function metricReads(module: PythonModule): { line: number; scope: string }[] {
  const seen = new Set<number>();
  const reads: { line: number; scope: string }[] = [];
  for (const { reads: names, line, endLine, scope } of module.assignments) {
    const texts = module.strings
      .filter((each) => each.line >= line && each.endLine <= endLine)
      .map(({ value }) => value);
    const reading = [...names, ...texts].flatMap(parts).some((word) => /^metrics?$/i.test(word));
    if (reading && !seen.has(line)) {
      seen.add(line);
      reads.push({ line, scope });
    }
  }
  return reads;
}
