import { FOCUS_AREAS } from '../../contract/risk.js';
import type { Rule } from '../../risks/rule.js';
import type { RulePage } from '../explain/rulePage.js';
import { heading, paragraph, verbatim } from './layout.js';
import { severityLabel, severityStyle } from './severity.js';
import type { Terminal } from './terminal.js';

/** What the headings of a rule's page are called for who asks at the terminal. */
const TITLES: Readonly<Record<string, string>> = { What: 'What it is', Why: 'Why it hurts', Fix: 'How to mend it' };

/** One rule at length: its identity, then the sections of its page. */
export function renderRule(rule: Rule, page: RulePage, terminal: Terminal): string[] {
  const { style } = terminal;
  const kind = `${rule.area}, stage ${rule.stage}, ${rule.confidence}`;
  const sections = page.sections.flatMap(({ title, lines }) => [
    ...heading(TITLES[title] ?? title, '', terminal),
    ...sectionLines(lines, terminal),
  ]);
  return [
    `${style.bold(rule.id)} ${rule.name}  ${severityStyle(rule.severity, style)(rule.severity)}  ${style.dim(kind)}`,
    ...paragraph(rule.summary, terminal),
    ...sections,
    ...heading('How it is found', '', terminal),
    ...paragraph(`It reads ${rule.reads}.`, terminal),
    ...heading('Mechanical fix', '', terminal),
    ...paragraph(
      rule.fix === undefined
        ? 'None: a person must say what is right.'
        : 'temporal-mlops scan … --fix shows it as a patch, where a finding has one.',
      terminal,
    ),
    ...heading('More', '', terminal),
    verbatim(`docs/risks/${rule.page}`, terminal),
    '',
    ...paragraph('To live with a finding, say why in a comment at the place:', terminal),
    verbatim(`# mlops: ignore ${rule.id} because …`, terminal, { indent: 2 }),
  ];
}

/** All rules by focus area, a line each. */
export function renderRules(rules: readonly Rule[], terminal: Terminal): string[] {
  return FOCUS_AREAS.flatMap((area) => {
    const own = rules.filter((rule) => rule.area === area);
    if (own.length === 0) return [];
    return [
      ...heading(area, '', terminal),
      ...own.flatMap((rule) => [
        `${rule.id.padEnd(8)} ${severityLabel(rule.severity, terminal)} ${rule.name}`,
        ...paragraph(rule.summary, terminal, { indent: 9, style: terminal.style.dim }),
      ]),
    ];
  });
}

/** Prose is wrapped, items of lists hang, code stays as it is. */
function sectionLines(lines: readonly string[], terminal: Terminal): string[] {
  let fenced = false;
  return lines.flatMap((line) => {
    if (line.startsWith('```')) {
      fenced = !fenced;
      return [];
    }
    if (fenced) return [verbatim(line, terminal, { indent: 4, style: terminal.style.cyan })];
    if (line.trim() === '') return [''];
    const plain = line.replaceAll(/\*(\S[^*]*)\*/g, '$1').replaceAll('`', '');
    return plain.startsWith('- ')
      ? paragraph(plain.slice(2), terminal, { first: terminal.unicode ? '• ' : '- ' })
      : paragraph(plain, terminal);
  });
}
