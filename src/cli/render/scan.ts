import { SEVERITIES } from '../../contract/severity.js';
import { LIFECYCLE_STAGES } from '../../contract/stage.js';
import type { MechanicalFixes } from '../../planning/mechanicalFixes.js';
import type { ScanFinding, ScanReport } from '../scan/scanReport.js';
import { columnsOf, heading, paragraph } from './layout.js';
import { severityLabel, severityStyle } from './severity.js';
import { signs, type Terminal } from './terminal.js';
import { visible } from './visible.js';

/** A scan for people: the findings of each stage, the worst first, and what was left out and why. */
export function renderScan(report: ScanReport, terminal: Terminal): string[] {
  const lines: string[] = [];
  for (const stage of LIFECYCLE_STAGES) {
    const own = report.findings.filter(({ risk }) => risk.stage === stage);
    if (own.length === 0) continue;
    lines.push(...heading(stage, plural(own.length, 'finding'), terminal));
    // A rule's reasons are the same at most of its places: once a stage is enough.
    const said = new Set<string>();
    for (const finding of own) lines.push(...findingLines(finding, said, terminal));
  }
  return [...lines, ...notesOf(report, terminal), '', ...summaryOf(report, terminal)];
}

function findingLines({ risk, fix }: ScanFinding, said: Set<string>, terminal: Terminal): string[] {
  const { style } = terminal;
  const place = `${visible(risk.path, terminal)}:${risk.line}`;
  const before = `  ${severityLabel(risk.severity, terminal)} ${risk.rule.padEnd(7)}`;
  const columns = 2 + 8 + 1 + Math.max(7, risk.rule.length) + 1;
  const sure = risk.confidence === 'certain' ? '' : `  (${risk.confidence})`;
  const once = (first: string, text: string, colour: (line: string) => string): string[] => {
    const key = `${risk.rule} ${first} ${text}`;
    if (said.has(key)) return [];
    said.add(key);
    return paragraph(text, terminal, { indent: 4, first: `${first}  `, style: colour });
  };
  const fits = columns + columnsOf(place) + sure.length <= terminal.width;
  return [
    ...(fits
      ? [`${before} ${style.cyan(place)}${style.dim(sure)}`]
      : [`${before}${style.dim(sure)}`, ...paragraph(place, terminal, { indent: 4, style: style.cyan })]),
    ...paragraph(risk.message, terminal, { indent: 4 }),
    ...once('why', risk.consequence, style.dim),
    ...('unfixable' in fix
      ? once('fix', `by hand: ${fix.unfixable}`, style.dim)
      : once('fix', fix.reason, style.green)),
  ];
}

function notesOf({ notes, suppressed }: ScanReport, terminal: Terminal): string[] {
  const { style } = terminal;
  const lines: string[] = [];
  if (suppressed.length > 0) {
    lines.push(...heading('Suppressed', plural(suppressed.length, 'finding'), terminal));
    for (const { risk, because, by } of suppressed) {
      const where = by === 'comment' ? '' : ' (mlops.yaml)';
      const text = `${risk.rule} ${risk.path}:${risk.line} because ${because}${where}`;
      lines.push(...paragraph(text, terminal, { indent: 2, style: style.dim }));
    }
  }
  if (notes.length > 0) {
    lines.push(...heading('Comments that suppress nothing', '', terminal));
    for (const { path, line, text } of notes)
      lines.push(...paragraph(`${path}:${line} ${text}`, terminal, { indent: 2, style: style.yellow }));
  }
  return lines;
}

function summaryOf(report: ScanReport, terminal: Terminal): string[] {
  const { findings, known, hidden, gone, unreadable } = report;
  const { style } = terminal;
  const counts = [...SEVERITIES].reverse().flatMap((severity) => {
    const count = findings.filter(({ risk }) => risk.severity === severity).length;
    return count === 0 ? [] : [severityStyle(severity, style)(`${count} ${severity}`)];
  });
  const fixable = findings.filter(({ fix }) => !('unfixable' in fix)).length;
  const first =
    findings.length === 0
      ? style.green(`${signs(terminal).done} no finding`)
      : `${plural(findings.length, 'finding')}: ${counts.join(', ')}`;
  const files = unreadable.filter(({ reason }) => reason !== 'template').length;
  const more = [
    ...(fixable > 0 ? [`${fixable} with a mechanical fix: --fix shows the patch`] : []),
    ...(known.length > 0 ? [`${known.length} more in the baseline`] : []),
    ...(gone > 0 ? [`${gone} of the baseline found no more: write it anew with --write-baseline`] : []),
    ...(hidden.severity > 0 ? [`${hidden.severity} less severe not shown (--severity low)`] : []),
    ...(hidden.confidence > 0 ? [`${hidden.confidence} less certain not shown (--confidence hint)`] : []),
    ...(files > 0 ? [`${plural(files, 'note')} on files that were not read in full (--json lists them)`] : []),
    ...(findings.length > 0 ? ['temporal-mlops explain RULE says more of one'] : []),
  ];
  return [first, ...more.flatMap((text) => paragraph(text, terminal, { indent: 2, style: style.dim }))];
}

/** What `--fix` did or would do, beside the patch itself. */
export function renderFixes({ fixed, left }: MechanicalFixes, written: boolean, terminal: Terminal): string[] {
  const { style } = terminal;
  const place = ({ rule, path, line }: ScanFinding['risk']) => `${rule} ${path}:${line}`;
  return [
    ...fixed.flatMap(({ risk, reason, tradeOff }) =>
      paragraph(`${place(risk)}: ${reason}${tradeOff === '' ? '' : ` (${tradeOff})`}`, terminal, {
        style: style.green,
      }),
    ),
    ...left.flatMap(({ risk, reason }) =>
      paragraph(`${place(risk)}: left out: ${reason}`, terminal, { style: style.yellow }),
    ),
    `${plural(fixed.length, 'finding')} ${written ? 'fixed' : 'would be fixed; --fix --write writes the patch'}`,
  ];
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
