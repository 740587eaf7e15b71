import { z } from 'zod';
import { SEVERITIES } from './severity.js';

/** Labels and annotations come from outside: bounded, and never anything but data. */
const labels = z.record(z.string().max(256), z.string().max(4096)).refine((r) => Object.keys(r).length <= 64, {
  message: 'more than 64 labels',
});

/** One alert of an incident, in the words of its sender. */
export const alertSchema = z.object({
  name: z.string().max(256),
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels,
  /** RFC 3339, as sent. */
  startsAt: z.string().max(64),
  endsAt: z.string().max(64).optional(),
  fingerprint: z.string().max(128),
  generatorUrl: z.string().max(2048).optional(),
});
export type Alert = z.infer<typeof alertSchema>;

/** What happened: the alerts of one cause, from one sender. */
export const incidentSchema = z.object({
  /** The sender's kind, for example `alertmanager`. */
  source: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  /** The same trouble has the same episode key, however often it is delivered. */
  episode: z.string().min(1).max(1024),
  title: z.string().max(512),
  status: z.enum(['firing', 'resolved']),
  severity: z.enum(SEVERITIES),
  startsAt: z.string().max(64),
  /** At most 50 are kept; `omittedAlerts` counts the others, those cut by the sender included. */
  alerts: z.array(alertSchema).max(50),
  omittedAlerts: z.number().int().nonnegative().default(0),
});
export type Incident = z.infer<typeof incidentSchema>;
