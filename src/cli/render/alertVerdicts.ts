import { triedOn } from '../../proofs/alerts/triedOn.js';
import { type AlertVerdict, OBSERVED, type RuleVerdict } from '../../proofs/alerts/verdict.js';
import type { Judgement } from '../prove/faults.js';
import { cell, cellOfEnd } from './chart.js';
import { paragraph, verbatim } from './layout.js';
import { signs, type Terminal } from './terminal.js';

const WORDS: Readonly<Record<AlertVerdict, string>> = {
  proved: 'proved',
  never_fires: 'never fires',
  always_fires: 'always fires',
  not_provable: 'not provable',
  invalid: 'invalid',
};
const VERDICT_WIDTH = 12;
const TIME_WIDTH = 7;

/** One rule: verdict, alert, place and time in columns; below it why it isn't proved, and what was found. */
export function renderVerdict(rule: RuleVerdict, terminal: Terminal): string[] {
  const { style } = terminal;
  const sign = signs(terminal);
  const { verdict } = rule;
  const [mark, colour] =
    verdict === 'proved'
      ? [sign.done, style.green]
      : verdict === 'not_provable'
        ? [sign.skipped, style.yellow]
        : [sign.failed, style.red];
  const rest = terminal.width - 2 - VERDICT_WIDTH - 1 - 1 - TIME_WIDTH - 1;
  const alertWidth = Math.max(12, Math.floor(rest * 0.5));
  const placeWidth = Math.max(12, rest - alertWidth);
  const columns = [
    colour(`${mark} ${WORDS[verdict].padEnd(VERDICT_WIDTH)}`),
    cell(rule.alert, alertWidth, terminal),
    style.cyan(cellOfEnd(`${rule.file}:${rule.line}`, placeWidth, terminal)),
    style.dim(`${rule.seconds.toFixed(2)} s`.padStart(TIME_WIDTH)),
  ];
  const doubted = rule.assumptions.filter(({ status }) => status === 'unlikely' || status === 'contradicted');
  return [
    columns.join(' ').trimEnd(),
    ...(verdict === 'proved' ? [] : paragraph(rule.reason, terminal, { indent: 4 })),
    ...findingTexts(rule).flatMap((text) => paragraph(text, terminal, { first: '! ', indent: 4, style: style.yellow })),
    ...doubted.flatMap(({ status, text }) =>
      paragraph(`${status === 'contradicted' ? 'contradicted' : 'assumed, though unlikely'}: ${text}`, terminal, {
        first: '? ',
        indent: 4,
        style: style.dim,
      }),
    ),
  ];
}

/** How many of each verdict, and why the run fails when it does. */
export function renderSummary(
  rules: readonly RuleVerdict[],
  { failing, known }: Judgement,
  seconds: number,
  terminal: Terminal,
): string[] {
  const { style } = terminal;
  const counts = new Map<AlertVerdict, number>();
  for (const { verdict } of rules) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const parts = (Object.keys(WORDS) as AlertVerdict[])
    .filter((verdict) => counts.has(verdict))
    .map((verdict) => `${counts.get(verdict)} ${WORDS[verdict]}`);
  const found = rules.filter(({ findings }) => findings.length > 0).length;
  const counted = (count: number) => `${count} ${count === 1 ? 'rule' : 'rules'}`;
  return [
    '',
    ...paragraph(rules.length === 0 ? 'no alerting rule' : `${counted(rules.length)}: ${parts.join(', ')}`, terminal, {
      style: style.bold,
    }),
    ...(found > 0 ? [`with findings (!): ${counted(found)}`] : []),
    ...(failing > 0 ? [style.red(`at fault: ${counted(failing)}`)] : []),
    ...(known > 0 ? [`at fault as in the baseline, let pass: ${counted(known)}`] : []),
    style.dim(`in ${seconds.toFixed(1)} s`),
  ];
}

/** A bar for a line that is drawn over again. */
export function renderProgress(done: number, total: number, terminal: Terminal): string {
  const width = Math.max(10, Math.min(40, terminal.width - 24));
  const filled = total === 0 ? width : Math.floor((done / total) * width);
  const [full, empty] = terminal.unicode ? ['█', '░'] : ['#', '.'];
  return `${full.repeat(filled)}${empty.repeat(width - filled)} ${done}/${total} rules`;
}

/**
 * One rule in words: what was shown by which test, what it was tried on, which wrong versions were
 * noticed, where it goes, what was found and assumed.
 */
export function renderExplanation(rule: RuleVerdict, terminal: Terminal): string[] {
  const { style } = terminal;
  const sign = signs(terminal);
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', `  ${style.bold(title)}`, ...lines];
  const item = (text: string, first: string, colour?: (text: string) => string) =>
    paragraph(text, terminal, { first: `${first} `, indent: 2, ...(colour === undefined ? {} : { style: colour }) });
  const { inputs, mutants, route } = rule;
  const killed = mutants.filter((mutant) => mutant.killed).length;
  const survivors = mutants.filter((mutant) => !mutant.killed);
  return [
    '',
    ...paragraph(`${rule.alert}: ${WORDS[rule.verdict]}`, terminal, { style: style.bold }),
    verbatim(`${rule.file}:${rule.line}`, terminal, { style: style.cyan }),
    ...paragraph(rule.reason, terminal),
    ...part(
      'Shown by promtool',
      rule.shown.flatMap(({ name, passed, text }) => {
        const mark = OBSERVED.has(name) ? sign.bullet : passed ? style.green(sign.done) : style.red(sign.failed);
        return item(text.startsWith(`${name} `) ? text : `${name}: ${text}`, mark);
      }),
    ),
    ...part('Tried on', inputs === undefined ? [] : triedOn(inputs).flatMap((text) => item(text, sign.bullet))),
    ...part('Fires with', rule.labels === undefined ? [] : item(labelsText(rule.labels), sign.bullet)),
    ...part('Route', route === undefined ? [] : item(route.shown, route.notifies ? sign.arrow : sign.failed)),
    ...part(
      'Wrong versions of the rule',
      mutants.length === 0
        ? []
        : [
            ...item(`${killed} of ${mutants.length} fail the test, as they should`, sign.bullet),
            ...survivors.flatMap(({ kind, text, equivalent }) =>
              item(
                `${kind}: ${text}: ${equivalent ? 'the same rule for every plausible input' : 'passes the test too'}`,
                equivalent ? sign.bullet : '!',
                equivalent ? undefined : style.yellow,
              ),
            ),
          ],
    ),
    ...part(
      'Findings',
      findingTexts(rule).flatMap((text) => item(text, '!', style.yellow)),
    ),
    ...part(
      'Accepted',
      rule.accepted.flatMap(({ code, reason }) => item(`${code}: ${reason}`, sign.bullet)),
    ),
    ...part(
      'Taken for granted',
      rule.assumptions.flatMap(({ status, text }) => item(`${status}: ${text}`, '?', style.dim)),
    ),
    ...part(
      'Test files',
      rule.tests.map((test) => verbatim(test, terminal, { indent: 2 })),
    ),
  ];
}

/** Each text once: the same can be found at several places of a query. */
function findingTexts({ findings }: RuleVerdict): string[] {
  return [...new Set(findings.map(({ code, message }) => `${code}: ${message}`))];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.join(', ') || 'no labels but its name';
}
