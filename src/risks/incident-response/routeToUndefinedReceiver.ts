import type { AlertmanagerConfig, AlertmanagerRoute, Scalar } from '../../lifecycle/facts.js';
import { applySplices, scalarLike, yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { editOf } from '../textEdit.js';

/** Letters that may be wrong in a name of six letters or more; in shorter ones half of it. */
const MOST_TYPOS = 2;
const SHORT = 6;
/** Longer names aren't compared letter by letter. */
const LONGEST_NAME = 200;

interface Site {
  config: AlertmanagerConfig;
  receiver: Scalar;
  /** Defined receivers that the name is likely a misspelling of. */
  candidates: string[];
  finding: Finding;
}

function sitesIn({ facts, snapshot }: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  return facts.alertmanagerConfigs
    .filter(({ path, route, receivers }) => isScanned(path) && route !== undefined && receivers.length > 0)
    .flatMap((config) => {
      const names = new Set(config.receivers.map(({ name }) => name));
      return routesOf(config.route as AlertmanagerRoute).flatMap(({ receiver }): Site[] => {
        if (receiver === undefined || names.has(receiver.value) || /\{\{|\$/.test(receiver.value)) return [];
        const candidates = [...names].filter((name) => isMisspelling(receiver.value, name));
        const reason = whyNotFixable(receiver, candidates, names);
        const meant = candidates.length === 1 ? `; there is "${candidates[0]}"` : '';
        return [
          {
            config,
            receiver,
            candidates,
            finding: {
              path: config.path,
              line: receiver.line,
              subject: numbering.next(config.path, receiver.value),
              message: `A route names the receiver "${receiver.value}", which is not defined${meant}.`,
              consequence: 'Alertmanager refuses the whole configuration, so nobody is told of any alert by it.',
              evidence: evidenceOf(
                quoteLine(snapshot, config.path, receiver.line),
                `receivers: ${listed([...names], 10)}`,
              ),
              ...(reason === undefined ? {} : { unfixableBecause: reason }),
            },
          },
        ];
      });
    });
}

function routesOf(route: AlertmanagerRoute): AlertmanagerRoute[] {
  return [route, ...route.routes.flatMap(routesOf)];
}

function whyNotFixable(
  receiver: Scalar,
  candidates: readonly string[],
  names: ReadonlySet<string>,
): string | undefined {
  if (candidates.length === 0) return `none of the receivers (${listed([...names], 10)}) is called alike`;
  if (candidates.length > 1) return `it could be ${listed(candidates)}, and a person must say which`;
  return receiver.range.end > receiver.range.start ? undefined : 'the route does not stand in the file as it is read';
}

/** Whether two names differ only in case and separators, or in at most two letters. */
function isMisspelling(written: string, name: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[-_. ]/g, '');
  if (plain(written) === plain(name)) return plain(name) !== '';
  if (Math.max(written.length, name.length) > LONGEST_NAME) return false;
  // A number is what tells such names apart: `oncall-1` is no misspelling of `oncall-2`.
  if (written.replace(/\D/g, '') !== name.replace(/\D/g, '')) return false;
  const most = Math.min(written.length, name.length) >= SHORT ? MOST_TYPOS : 1;
  return typosBetween(written, name) <= most;
}

/** Letters to be put in, left out, changed or swapped with their neighbour (optimal string alignment). */
function typosBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] as number) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}

/** INC-008; basis: Alertmanager's documentation (each route's receiver must be defined). */
export const routeToUndefinedReceiver: Rule = {
  id: 'INC-008',
  name: 'route-to-undefined-receiver',
  area: 'incident-response',
  stage: 'monitoring',
  severity: 'critical',
  confidence: 'certain',
  summary: 'A route that names a receiver which is not defined, so that Alertmanager loads nothing.',
  reads: 'Alertmanager configurations, as files and in ConfigMaps',
  blocks: 'alerting',
  page: 'incident-response/route-to-undefined-receiver.md',
  answers: ['alert-without-receiver'],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the route is no longer there' };
    const { receiver, candidates, finding, config } = site;
    const [name] = candidates;
    if (finding.unfixableBecause !== undefined || name === undefined)
      return { unfixable: finding.unfixableBecause ?? 'which receiver is meant is for a person to say' };
    const { start, end } = receiver.range;
    const edited = applySplices(text, [{ start, end, text: scalarLike(text.slice(start, end), name) }]);
    if (yamlDifferences(text, edited)?.length !== 1)
      return { unfixable: 'the route cannot be changed without touching more' };
    return {
      edits: [editOf(config.path, edited)],
      reason: `"${name}" is the only receiver whose name "${receiver.value}" can be a misspelling of.`,
      tradeOff: `Whoever "${name}" reaches gets the alerts of this route.`,
    };
  },
};
