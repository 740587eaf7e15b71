import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Incident } from './incident.js';
import type { Proposal } from './plan.js';
import type { RecordEntry } from './record.js';
import type { TaskStatus } from './status.js';

/** What a door is told about a decision, a withdrawal or an extension. */
export type DecideAnswer = { accepted: true; message: string } | { accepted: false; code: string; message: string };

/** How an incident's state changed while its task runs. */
export interface IncidentChange {
  state: 'resolved' | 'refired' | 'escalated';
  incident?: Incident;
}

/** Workflow type of the change task. */
export const CHANGE_WORKFLOW = 'mlopsChange';

/** A signed decision, as a compact JWS. */
export const decideSignal = defineSignal<[string]>('decide');
/** The gateway's word on the incident; it can never approve. */
export const incidentChangedSignal = defineSignal<[IncidentChange]>('incidentChanged');
/** A signed withdrawal, as a compact JWS. */
export const withdrawSignal = defineSignal<[string]>('withdraw');

/** The same gate as the signal, with an answer. Use the token's `jti` as the update id. */
export const decideUpdate = defineUpdate<DecideAnswer, [string]>('decide');
/** A signed extension of the deadline. */
export const extendUpdate = defineUpdate<DecideAnswer, [string]>('extend');

export const statusQuery = defineQuery<TaskStatus>('status');
/** Reference to the proposal that the open question is about; the content is in the artifact store. */
export const planQuery = defineQuery<{ digest: string; artifact: string } | null>('plan');
export const recordQuery = defineQuery<RecordEntry[]>('record');

export type { Proposal };
