import type { Trigger } from '../contract/request.js';
import type { Risk } from '../contract/risk.js';
import type { LifecycleStage } from '../contract/stage.js';
import { safeName } from './safeName.js';

const MAX_SUBJECT = 72;
const MAX_LISTED = 20;

export interface CommitMessageInput {
  /** At least one; the first gives the subject. */
  closes: readonly Risk[];
  trigger: Trigger;
  stages: readonly LifecycleStage[];
  files: readonly { path: string; added: number; removed: number }[];
}

/**
 * A commit message in the form of Conventional Commits 1.0, without trailers: subject of at most 72
 * characters, then what was changed, why, and which risks that closes. From outside come only names
 * (alerts, subjects, paths), each made harmless by `safeName` and never at the start of a line.
 */
export function commitMessage(input: CommitMessageInput): string {
  const { closes, stages, files } = input;
  const first = closes[0] as Risk;
  const scope = stages.length === 1 ? `(${stages[0]})` : '';
  const head = `fix${scope}: close ${safeName(first.name, 40)}`;
  const more = closes.length === 1 ? '' : ` and ${closes.length - 1} more`;
  const room = MAX_SUBJECT - [...head].length - more.length - ' of '.length;
  const subject = `${head}${room >= 8 ? ` of ${safeName(first.subject, room)}` : ''}${more}`;
  const paths = new Set(closes.map((risk) => risk.blocks).filter((path) => path !== undefined));
  const why = [
    triggerSentence(input.trigger),
    ...(paths.size === 0 ? [] : [`While open, the risk blocks the proof of: ${[...paths].join(', ')}.`]),
  ];
  const list = <T>(items: readonly T[], line: (item: T) => string) => [
    ...items.slice(0, MAX_LISTED).map((item) => `- ${line(item)}`),
    ...(items.length > MAX_LISTED ? [`- and ${items.length - MAX_LISTED} more`] : []),
  ];
  return [
    subject,
    '',
    'Changed:',
    ...list(files, (file) => `${safeName(file.path, 160)} (${file.added} added, ${file.removed} removed)`),
    '',
    ...why,
    '',
    'Risks closed:',
    ...list(
      closes,
      (risk) =>
        `${safeName(risk.id)} ${safeName(risk.name, 60)}, ${safeName(risk.subject)}, in ${safeName(risk.path, 160)}`,
    ),
    '',
  ].join('\n');
}

function triggerSentence(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'incident': {
      const alerts = [...new Set(trigger.incident.alerts.map((alert) => safeName(alert.name)))];
      const named =
        alerts.length === 0
          ? 'an incident'
          : `the incident ${alerts.slice(0, 3).join(', ')}${alerts.length > 3 ? ' and others' : ''}`;
      return `Prompted by ${named}, reported by ${safeName(trigger.incident.source, 32)}.`;
    }
    case 'audit':
      return 'Prompted by an audit finding.';
    case 'request':
      return "Prompted by a person's request.";
  }
}
