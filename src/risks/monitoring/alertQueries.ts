import type { AlertRule } from '../../lifecycle/facts.js';
import type { Expr, Span } from '../../promql/ast.js';
import { parseQuery } from '../../promql/parse.js';
import type { RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { nameWords } from './nameWords.js';

/** An alert whose query can be read. */
export interface QueriedAlert {
  rule: AlertRule;
  /** Its spans are offsets into `rule.expr.value`. */
  query: Expr;
}

/** Alerts of the repository whose query is no template and that our parser reads. */
export function queriedAlerts({ facts }: RuleContext): QueriedAlert[] {
  return facts.ruleFiles
    .filter(({ path }) => isScanned(path))
    .flatMap(({ rules }) => rules)
    .filter((rule) => rule.kind === 'alert' && !rule.templated && rule.promql.error === undefined)
    .flatMap((rule) => {
      try {
        return [{ rule, query: parseQuery(rule.expr.value) }];
      } catch {
        // What Prometheus refuses, or our parser can't hold, says nothing here.
        return [];
      }
    });
}

/** What an alert says of itself, without templates: its name and its annotations. */
export function ownWords(rule: AlertRule): string[] {
  return [rule.name, ...plainAnnotations(rule)];
}

/** Annotations without what templates put in. */
export function plainAnnotations({ annotations }: AlertRule): string[] {
  return Object.values(annotations).map(({ value }) => value.replace(/\{\{[^}]*\}\}/g, ' '));
}

const ABSENCE =
  /^(absent|absence|missing|gone|vanished|disappeared|nodata|down|stopped|unreachable|unavailable|unreported)$/;
const ABSENCE_PHRASE = /\bno (data|metrics?|series|samples?)\b|\bnot (reporting|reported|exported|scraped|seen)\b/i;

/** Whether an alert says that it is about something that isn't there. */
export function saysAbsence(rule: AlertRule): boolean {
  return (
    nameWords(rule.name).some((word) => ABSENCE.test(word)) ||
    plainAnnotations(rule).some(
      (text) => ABSENCE_PHRASE.test(text) || nameWords(text).some((word) => ABSENCE.test(word)),
    )
  );
}

/** A piece of a query as it is written. */
export function written({ rule }: QueriedAlert, { from, to }: Span): string {
  return rule.expr.value.slice(from, to);
}
