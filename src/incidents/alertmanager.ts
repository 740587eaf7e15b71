import { z } from 'zod';
import { sha256Hex } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { Alert, Incident } from '../contract/incident.js';
import { mostSevere, type Severity } from '../contract/severity.js';
import { boundedText } from './boundedText.js';

/** Largest body that is read, in characters; Alertmanager's own default limits stay far below it. */
export const MAX_PAYLOAD_LENGTH = 1024 * 1024;

const MAX_ALERTS = 50;
const MAX_LABELS = 64;
/** Takes the place of the labels beyond {@link MAX_LABELS}; its value says how many there were. */
const OMITTED_LABELS = '__omitted_labels__';

const rfc3339 = z
  .string()
  .max(64)
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/, 'a time such as 2026-11-25T10:08:34Z');

const labelSet = z.record(z.string(), z.string());

/** Body of Alertmanager's webhook, version "4" (prometheus.io/docs/alerting, `webhook_config`). Other fields are ignored. */
const payloadSchema = z.object({
  version: z.literal('4'),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: labelSet,
        annotations: labelSet.default({}),
        startsAt: rfc3339,
        endsAt: rfc3339.optional(),
        generatorURL: z.string().optional(),
        fingerprint: z.string().min(1).max(128),
      }),
    )
    .min(1)
    .max(10_000),
  truncatedAlerts: z.number().int().nonnegative().default(0),
});
type Payload = z.infer<typeof payloadSchema>;

const SEVERITY_OF_LABEL = new Map<string, Severity>([
  ['critical', 'critical'],
  ['page', 'critical'],
  ['high', 'high'],
  ['error', 'high'],
  ['warning', 'medium'],
  ['info', 'low'],
]);

/**
 * The incident in the body of an Alertmanager webhook, as text or already parsed.
 *
 * It fires while any of its alerts fires. Its episode is `fingerprint@startsAt` of the firing
 * alerts (of all alerts once none fires), sorted and joined by commas, so the same trouble has the
 * same episode whatever the order of delivery; beyond 1024 characters it is their SHA-256. Severity
 * is the highest among them by the label `severity`: critical and page, high and error, warning,
 * info; `medium` when the label is absent or another word.
 *
 * Text that is too long is cut with a mark, never refused: an oversized annotation must not keep
 * anybody from being told. At most 50 alerts are kept, firing ones first.
 *
 * @throws MlopsError MLOPS-INPUT-001 with the JSON path of what is wrong.
 */
export function incidentFromAlertmanager(body: unknown): Incident {
  const payload = parsePayload(body);
  const firing = payload.alerts.filter((alert) => alert.status === 'firing');
  const deciding = firing.length > 0 ? firing : payload.alerts;
  const resolved = firing.length > 0 ? payload.alerts.filter((alert) => alert.status === 'resolved') : [];
  const kept = [...deciding, ...resolved].slice(0, MAX_ALERTS);
  return {
    source: 'alertmanager',
    episode: episodeOf(deciding),
    title: titleOf(deciding),
    status: firing.length > 0 ? 'firing' : 'resolved',
    severity: mostSevere('low', ...deciding.map(severityOf)),
    startsAt: deciding.map((alert) => alert.startsAt).reduce(earlier),
    alerts: kept.map(toAlert),
    omittedAlerts: payload.alerts.length - kept.length + payload.truncatedAlerts,
  };
}

type PayloadAlert = Payload['alerts'][number];

function parsePayload(body: unknown): Payload {
  const result = payloadSchema.safeParse(typeof body === 'string' ? parseJson(body) : body);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({ at: jsonPath(issue.path), message: issue.message }));
  const shown = issues.slice(0, 5).map((issue) => `${issue.at}: ${issue.message}`);
  const more = issues.length > shown.length ? `; and ${issues.length - shown.length} more` : '';
  throw new MlopsError(
    'MLOPS-INPUT-001',
    `This is no Alertmanager webhook of version "4": ${shown.join('; ')}${more}`,
    {
      where: issues[0]?.at ?? '$',
      mend: 'Send the body of a `webhook_config` unchanged; examples/payloads/alertmanager-firing.json is one.',
    },
  );
}

function parseJson(text: string): unknown {
  if (text.length > MAX_PAYLOAD_LENGTH) {
    throw new MlopsError(
      'MLOPS-INPUT-001',
      `The payload has ${text.length} characters; at most ${MAX_PAYLOAD_LENGTH} are read.`,
      {
        where: '$',
        mend: 'Set `max_alerts` in the receiver of alertmanager.yml.',
      },
    );
  }
  const mend = 'Send the body of a `webhook_config` unchanged; examples/payloads/alertmanager-firing.json is one.';
  if (text.trim() === '') throw new MlopsError('MLOPS-INPUT-001', 'The payload is empty.', { where: '$', mend });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-001', `The payload is no JSON: ${boundedText((cause as Error).message, 200)}`, {
      where: '$',
      mend,
      cause,
    });
  }
}

/** Path of a zod issue as a JSONPath, `$.alerts[0].labels.alertname`. */
function jsonPath(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    const name = boundedText(String(step), 100);
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  return `$${steps.join('')}`;
}

function episodeOf(alerts: PayloadAlert[]): string {
  const keys = alerts.map((alert) => `${boundedText(alert.fingerprint, 128)}@${alert.startsAt}`);
  const joined = [...new Set(keys)].sort().join(',');
  return joined.length <= 1024 ? joined : `sha256:${sha256Hex(joined)}`;
}

function titleOf(alerts: PayloadAlert[]): string {
  const names = [...new Set(alerts.map(nameOf))];
  const subjects = ['model', 'service'].flatMap((label) => {
    const values = new Set(alerts.flatMap((alert) => alert.labels[label] ?? []));
    return values.size === 1 ? [...values] : [];
  });
  const name = names.length === 1 ? names[0] : `${names[0]} and ${names.length - 1} more`;
  return boundedText(subjects.length === 0 ? `${name}` : `${name} on ${subjects.join(', ')}`, 512);
}

function nameOf(alert: PayloadAlert): string {
  return boundedText(alert.labels.alertname || 'unnamed alert', 256);
}

function severityOf(alert: PayloadAlert): Severity {
  return SEVERITY_OF_LABEL.get((alert.labels.severity ?? '').toLowerCase()) ?? 'medium';
}

function earlier(first: string, second: string): string {
  return Date.parse(second) < Date.parse(first) ? second : first;
}

function toAlert(alert: PayloadAlert): Alert {
  // Alertmanager sends Go's zero time while an alert fires.
  const ended = alert.status === 'resolved' && alert.endsAt !== undefined && !alert.endsAt.startsWith('0001-');
  const url = alert.generatorURL;
  return {
    name: nameOf(alert),
    status: alert.status,
    labels: boundedLabels(alert.labels),
    annotations: boundedLabels(alert.annotations),
    startsAt: alert.startsAt,
    fingerprint: boundedText(alert.fingerprint, 128),
    ...(ended ? { endsAt: alert.endsAt } : {}),
    // Half a URL leads nowhere, so one that is too long is left out rather than cut.
    ...(url && url.length <= 2048 ? { generatorUrl: boundedText(url, 2048) } : {}),
  };
}

function boundedLabels(labels: Record<string, string>): Record<string, string> {
  const entries = Object.entries(labels).map(
    ([name, value]) => [boundedText(name, 256), boundedText(value, 4096)] as const,
  );
  if (entries.length <= MAX_LABELS) return Object.fromEntries(entries);
  const kept = entries.slice(0, MAX_LABELS - 1);
  return Object.fromEntries([...kept, [OMITTED_LABELS, String(entries.length - kept.length)]]);
}
