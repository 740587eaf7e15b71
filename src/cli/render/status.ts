import type { TaskStatus, TimelineEntry } from '../../contract/status.js';
import { renderIncident } from './incident.js';
import { heading, paragraph, paragraphs } from './layout.js';
import { renderOutcome } from './outcome.js';
import { renderHowToAnswer, renderQuestion } from './question.js';
import { renderStages } from './stages.js';
import { signs, type Terminal } from './terminal.js';

const SHOWN_ENTRIES = 12;

/** A task on one screen: what it is for, how far it is, what it waits for, what happened. */
export function renderStatus(status: TaskStatus, terminal: Terminal): string[] {
  const { style } = terminal;
  return [
    ...paragraph(status.task, terminal, { style: style.bold }),
    ...paragraph(`target ${status.target}, goal ${status.goal}`, terminal, { style: style.dim }),
    ...(status.incident === undefined ? [] : renderIncident(status.incident, terminal)),
    ...renderStages(status.stages, terminal),
    ...(status.outcome === undefined ? paragraphs(status.sentence, terminal) : []),
    ...(status.commit === undefined
      ? []
      : paragraph(`commit ${status.commit}${status.branch === undefined ? '' : ` on ${status.branch}`}`, terminal)),
    ...(status.question === undefined ? [] : renderQuestion(status.question, terminal)),
    ...(status.outcome === undefined ? [] : renderOutcome(status.outcome, status.sentence, terminal, status.error)),
    ...renderTimeline(status, terminal),
    ...(status.question === undefined ? [] : renderHowToAnswer(status.task, terminal)),
  ];
}

function renderTimeline(status: TaskStatus, terminal: Terminal): string[] {
  if (status.timeline.length === 0) return [];
  const shown = status.timeline.slice(-SHOWN_ENTRIES);
  const left = status.timeline.length - shown.length;
  const notes = [
    left > 0 ? `${left} earlier` : '',
    status.refusedBeyond > 0 ? `${status.refusedBeyond} more refused` : '',
  ];
  return [
    ...heading('Timeline', notes.filter((note) => note !== '').join(', '), terminal),
    ...shown.flatMap((entry) => timelineLines(entry, terminal)),
  ];
}

/** One event: the time of day, what happened, and for what was refused the code and reason. */
export function timelineLines(entry: TimelineEntry, terminal: Terminal): string[] {
  const { style } = terminal;
  const time = /T(\d{2}:\d{2}:\d{2})/.exec(entry.at)?.[1] ?? entry.at;
  const refused =
    entry.refused === undefined
      ? ''
      : `: ${entry.what.endsWith('refused') ? '' : 'refused, '}${entry.refused.code}, ${entry.refused.reason}`;
  return paragraph(`${entry.what}${refused}`, terminal, {
    first: `${time} ${signs(terminal).bullet} `,
    style: entry.refused === undefined ? (text) => text : style.yellow,
  });
}
