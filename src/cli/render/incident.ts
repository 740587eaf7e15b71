import type { Incident } from '../../contract/incident.js';
import { boundedText } from '../../incidents/boundedText.js';
import { box } from './layout.js';
import { severityStyle } from './severity.js';
import type { Terminal } from './terminal.js';
import { shownTime } from './time.js';

/** Annotation that says in words what is wrong; `summary` is Prometheus' own convention. */
const TELLING = ['summary', 'description', 'message'];
const SHOWN_ALERTS = 5;
/** Of one annotation; `--json` has all of it. */
const SHOWN_CHARACTERS = 400;

/** What happened, in a frame. */
export function renderIncident(incident: Incident, terminal: Terminal): string[] {
  const { style } = terminal;
  const shown = incident.alerts.slice(0, SHOWN_ALERTS);
  const others = incident.alerts.length - shown.length + incident.omittedAlerts;
  const told = new Set<string>();
  const texts = shown.flatMap((alert) => {
    const words = TELLING.map((name) => alert.annotations[name]).filter((text): text is string => Boolean(text));
    return words.filter((text) => !told.has(text) && told.add(text)).map((text) => boundedText(text, SHOWN_CHARACTERS));
  });
  const from = `from ${incident.source}, since ${shownTime(incident.startsAt)}`;
  return box(
    `Incident, ${incident.severity}, ${incident.status}`,
    [
      { text: incident.title, style: style.bold },
      ...texts.map((text) => ({ text })),
      { text: others > 0 ? `${from}, and ${others} more alert${others === 1 ? '' : 's'}` : from, style: style.dim },
    ],
    terminal,
    severityStyle(incident.severity, style),
  );
}
