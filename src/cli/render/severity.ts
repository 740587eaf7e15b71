import type { Severity } from '../../contract/severity.js';
import type { Style, Terminal } from './terminal.js';

/** The colour by which a severity is recognised everywhere. */
export function severityStyle(severity: Severity, style: Style): (text: string) => string {
  switch (severity) {
    case 'critical':
      return (text) => style.bold(style.red(text));
    case 'high':
      return style.red;
    case 'medium':
      return style.yellow;
    case 'low':
      return style.dim;
  }
}

/** The word in its colour, padded to the longest of the four. */
export function severityLabel(severity: Severity, terminal: Terminal): string {
  return severityStyle(severity, terminal.style)(severity.padEnd('critical'.length));
}
