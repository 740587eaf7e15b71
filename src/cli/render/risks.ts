import type { Risk } from '../../contract/risk.js';
import { severityRank } from '../../contract/severity.js';
import { columnsOf, heading, paragraph } from './layout.js';
import { severityLabel } from './severity.js';
import { signs, type Terminal } from './terminal.js';
import { visible } from './visible.js';

export interface RenderRisksOptions {
  /** Id of the risk that the plan is about. */
  primary?: string | undefined;
  /** Risks shown in full; the others are counted. Default 12. */
  limit?: number;
}

/** The risks found, the most severe first: severity, rule and place, then what is wrong. */
export function renderRisks(risks: readonly Risk[], terminal: Terminal, options: RenderRisksOptions = {}): string[] {
  const limit = options.limit ?? 12;
  const sign = signs(terminal);
  const rank = (risk: Risk) => (risk.id === options.primary ? 10 : severityRank(risk.severity));
  const ordered = [...risks].sort((a, b) => rank(b) - rank(a));
  const fixable = risks.filter((risk) => risk.fixable).length;
  const lines = heading('Risks', `${risks.length} found, ${fixable} with a mechanical fix`, terminal);
  for (const risk of ordered.slice(0, limit)) {
    const mark = risk.id === options.primary ? terminal.style.cyan(sign.running) : ' ';
    const place = `${visible(risk.path, terminal)}:${risk.line}`;
    const before = `${mark} ${severityLabel(risk.severity, terminal)} ${risk.rule.padEnd(8)}`;
    const fits = 2 + 8 + 1 + Math.max(8, risk.rule.length) + 1 + columnsOf(place) <= terminal.width;
    lines.push(
      ...(fits
        ? [`${before} ${terminal.style.cyan(place)}`]
        : [before.trimEnd(), ...paragraph(place, terminal, { indent: 4, style: terminal.style.cyan })]),
      ...paragraph(risk.message, terminal, { indent: 4 }),
    );
  }
  const rest = ordered.length - limit;
  if (rest > 0)
    lines.push(...paragraph(`and ${rest} more in the report`, terminal, { indent: 2, style: terminal.style.dim }));
  return lines;
}
