import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import { readUnverified } from '../approval/readToken.js';
import { MAX_TOKEN_LENGTH } from '../contract/decision.js';
import { ERRORS, type ErrorCode } from '../contract/errors.js';
import {
  type DecideAnswer,
  decideSignal,
  decideUpdate,
  extendUpdate,
  incidentChangedSignal,
  planQuery,
  recordQuery,
  statusQuery,
  withdrawSignal,
} from '../contract/messages.js';
import type { InboxItem, InboxKind, TaskState } from './taskState.js';

/** Registers every handler; called before the first await, so that nothing arrives unheard. */
export function registerHandlers(state: TaskState): void {
  const append = (kind: InboxKind, payload: unknown): InboxItem => {
    const item: InboxItem = { kind, payload };
    state.inbox.push(item);
    return item;
  };
  setHandler(decideSignal, (token) => void append('decision', token));
  setHandler(withdrawSignal, (token) => void append('withdraw', token));
  setHandler(incidentChangedSignal, (change) => void append('incident', change));
  setHandler(decideUpdate, (token) => judged(append('decision', token)), {
    validator: (token) => assertAnswerable(state, token),
  });
  setHandler(extendUpdate, (token) => judged(append('extend', token)), {
    validator: (token) => assertAnswerable(state, token),
  });
  setHandler(statusQuery, () => state.status);
  setHandler(planQuery, () =>
    state.proposal ? { digest: state.proposal.digest, artifact: state.proposal.artifact.$artifact } : null,
  );
  setHandler(recordQuery, () => state.entries);
}

async function judged(item: InboxItem): Promise<DecideAnswer> {
  await condition(() => item.answer !== undefined);
  return item.answer as DecideAnswer;
}

/** Refuses, without crypto and without a trace in history, what can't be an answer to the open question. */
function assertAnswerable(state: TaskState, token: unknown): void {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) throw refusal('MLOPS-APR-001');
  const read = readUnverified(token);
  if ('problem' in read) throw refusal('MLOPS-APR-001', read.problem);
  if (read.claims.task !== state.identity.task || read.claims.run !== state.identity.run)
    throw refusal('MLOPS-APR-004');
  // A repeated token gets its first answer again, also when the question it answered is closed.
  if (Object.values(state.used).some((used) => used.token === token)) return;
  const { question } = state.status;
  if (!question) throw refusal('MLOPS-APR-010');
  if (read.claims.plan !== question.plan) throw refusal('MLOPS-APR-005');
}

function refusal(code: ErrorCode, detail?: string): ApplicationFailure {
  const { meaning, mend } = ERRORS[code];
  return ApplicationFailure.nonRetryable(`${detail ?? meaning} ${mend}`, code);
}
