import { triedOn } from '../../proofs/alerts/triedOn.js';
import { type AlertVerdict, type Finding, OBSERVED, type RuleVerdict } from '../../proofs/alerts/verdict.js';
import type { Judgement } from '../prove/faults.js';
import { cell, cellOfEnd } from './chart.js';
import { columnsOf, paragraph, verbatim } from './layout.js';
import { signs, type Terminal } from './terminal.js';
import { visible } from './visible.js';

const WORDS: Readonly<Record<AlertVerdict, string>> = {
  proved: 'proved',
  never_fires: 'never fires',
  always_fires: 'always fires',
  not_provable: 'not provable',
  invalid: 'invalid',
};
const VERDICT_WIDTH = 12;
const TIME_WIDTH = 7;
const MIN_COLUMN = 12;

/** Widths of the two columns that depend on what stands in them. */
interface Columns {
  alert: number;
  place: number;
}

/** The table of rules: verdict, alert, place and time; below each why it isn't proved, and what was found. */
export function renderVerdicts(rules: readonly RuleVerdict[], terminal: Terminal): string[] {
  const columns = columnsFor(rules, terminal);
  return rules.flatMap((rule) => renderVerdict(rule, columns, terminal));
}

/** As wide as the texts, as far as the terminal has room; what isn't shown on one is never cut. */
function columnsFor(rules: readonly RuleVerdict[], terminal: Terminal): Columns {
  const widest = (texts: string[]) =>
    texts.map((text) => columnsOf(visible(text, terminal))).reduce((a, b) => Math.max(a, b), MIN_COLUMN);
  const alert = widest(rules.map((rule) => rule.alert));
  const place = widest(rules.map(placeOf));
  if (!terminal.interactive) return { alert, place };
  const rest = (terminal.room ?? terminal.width) - 2 - VERDICT_WIDTH - 1 - 1 - TIME_WIDTH - 1;
  const alertWidth = Math.max(MIN_COLUMN, Math.min(alert, Math.max(Math.floor(rest / 2), rest - place)));
  return { alert: alertWidth, place: Math.max(MIN_COLUMN, Math.min(place, rest - alertWidth)) };
}

function placeOf({ file, line }: RuleVerdict): string {
  return `${file}:${line}`;
}

function renderVerdict(rule: RuleVerdict, widths: Columns, terminal: Terminal): string[] {
  const { style } = terminal;
  const sign = signs(terminal);
  const { verdict } = rule;
  const [mark, colour] =
    verdict === 'proved'
      ? [sign.done, style.green]
      : verdict === 'not_provable'
        ? [sign.skipped, style.yellow]
        : [sign.failed, style.red];
  const columns = [
    colour(`${mark} ${WORDS[verdict].padEnd(VERDICT_WIDTH)}`),
    cell(rule.alert, widths.alert, terminal),
    style.cyan(cellOfEnd(placeOf(rule), widths.place, terminal)),
    style.dim(`${rule.seconds.toFixed(2)} s`.padStart(TIME_WIDTH)),
  ];
  const doubted = rule.assumptions.filter(({ status }) => status === 'unlikely' || status === 'contradicted');
  return [
    columns.join(' ').trimEnd(),
    ...(verdict === 'proved' ? [] : paragraph(rule.reason, terminal, { indent: 4 })),
    ...findingTexts(ownFindings(rule)).flatMap((text) =>
      paragraph(text, terminal, { first: '! ', indent: 4, style: style.yellow }),
    ),
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
  const found = rules.filter((rule) => ownFindings(rule).length > 0).length;
  const shared = rules.flatMap(({ findings }) => findings.filter(isShared));
  const counted = (count: number) => `${count} ${count === 1 ? 'rule' : 'rules'}`;
  return [
    '',
    ...findingTexts(shared).flatMap((text) => paragraph(text, terminal, { first: '! ', style: style.yellow })),
    ...(shared.length > 0 ? [''] : []),
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
      findingTexts(rule.findings).flatMap((text) => item(text, '!', style.yellow)),
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

/** Of the Alertmanager configuration, hence the same for every rule: told once. */
function isShared({ code }: Finding): boolean {
  return code === 'inline-secret';
}

function ownFindings({ findings }: RuleVerdict): Finding[] {
  return findings.filter((finding) => !isShared(finding));
}

/** Each text once: the same can be found at several places of a query. */
function findingTexts(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ code, message }) => `${code}: ${message}`))];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.join(', ') || 'no labels but its name';
}
