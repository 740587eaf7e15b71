import type { Outcome } from '../../contract/outcome.js';
import type { Report } from '../../contract/report.js';
import { heading, paragraph, verbatim } from '../render/layout.js';
import { renderOutcome } from '../render/outcome.js';
import { renderValidations } from '../render/probes.js';
import type { Terminal } from '../render/terminal.js';

export interface Ending {
  outcome: Outcome;
  sentence: string;
  report: Report;
  /** Files that were written, by what they are. */
  files: { name: string; path: string }[];
  /** Page of the task in Temporal's web UI. */
  link?: string | undefined;
  /** Command that checks the record offline. */
  verify: string;
  /** Where the command that undoes the change is to be run. */
  undoIn: string;
}

/** What a person wants to know when a task has ended, in the order in which they ask. */
export function renderEnding(ending: Ending, terminal: Terminal): string[] {
  const { report } = ending;
  const { commit } = report.boundary;
  const fact = (name: string, value: string) => verbatim(`${name.padEnd(9)} ${value}`, terminal);
  return [
    ...(commit === undefined
      ? []
      : [...heading('Commit', `on ${report.target.branch}`, terminal), verbatim(commit, terminal)]),
    ...(report.validations.length === 0 || commit === undefined
      ? []
      : renderValidations('Validation', report.validations, terminal, { brief: true })),
    ...renderOutcome(ending.outcome, ending.sentence, terminal),
    ...report.reasons.flatMap((reason) => paragraph(reason, terminal, { indent: 2, style: terminal.style.dim })),
    ...(report.followUps.length === 0
      ? []
      : [
          ...heading('Follow-ups', `${report.followUps.length}, the first three`, terminal),
          ...report.followUps
            .slice(0, 3)
            .flatMap((item) =>
              paragraph(`${item.message} (${item.path}:${item.line})`, terminal, { first: `${item.priority}. ` }),
            ),
        ]),
    ...heading('Report', '', terminal),
    ...ending.files.map(({ name, path }) => fact(name, path)),
    fact('verify', ending.verify),
    ...(ending.link === undefined ? [] : [fact('web UI', ending.link)]),
    ...(report.undo === undefined
      ? []
      : [...heading('Undo', ending.undoIn, terminal), verbatim(report.undo, terminal, { style: terminal.style.cyan })]),
  ];
}
