import {
  type Client,
  isGrpcDeadlineError,
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey, NamespaceNotFoundError } from '@temporalio/common';
import { MlopsError } from '../contract/errors.js';
import {
  CHANGE_WORKFLOW,
  type DecideAnswer,
  decideSignal,
  decideUpdate,
  extendUpdate,
  planQuery,
  recordQuery,
  statusQuery,
  withdrawSignal,
} from '../contract/messages.js';
import type { RecordEntry } from '../contract/record.js';
import type { ChangeRequest } from '../contract/request.js';
import { SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';
import type { TaskStatus } from '../contract/status.js';
import type { ChangeResult } from '../workflows/mlopsChange.js';

/** How long a worker may take to answer a query or an update. */
const ANSWER_WITHIN_MS = 5_000;

/** A task as the list shows it, from visibility: eventually consistent. */
export interface TaskSummary {
  task: string;
  run: string;
  /** Temporal's own state: RUNNING, COMPLETED, FAILED, TERMINATED … */
  execution: string;
  startedAt: string;
  target?: string;
  stage?: string;
  outcome?: string;
  severity?: string;
  awaiting?: string;
}

/** What became of a start: a new task, the one that runs for this cause, or the one that ended. */
export interface Started {
  task: string;
  run: string;
  state: 'started' | 'joined' | 'ended';
}

/** An answer to a message, or the word that it was recorded and not yet judged. */
export type SentAnswer = (DecideAnswer & { judged: true }) | { judged: false; message: string };

const NOT_JUDGED = 'recorded, not yet judged: no worker is answering';

/** Change tasks through a Temporal client; what every door does with them. */
export class TaskClient {
  readonly #client: Client;
  readonly #taskQueue: string;
  readonly #answerWithinMs: number;

  constructor(client: Client, options: { taskQueue: string; answerWithinMs?: number }) {
    this.#client = client;
    this.#taskQueue = options.taskQueue;
    this.#answerWithinMs = options.answerWithinMs ?? ANSWER_WITHIN_MS;
  }

  /**
   * Starts the task of a cause. While it runs, another delivery of the cause joins it; when it has
   * ended, none is started.
   */
  async start(task: string, request: ChangeRequest): Promise<Started> {
    const existing = await this.#describe(task).catch((error) => {
      if (error instanceof MlopsError && error.code === 'MLOPS-TMP-002') return undefined;
      throw error;
    });
    try {
      const handle = await this.#client.workflow.start(CHANGE_WORKFLOW, {
        taskQueue: this.#taskQueue,
        workflowId: task,
        args: [request],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `MLOps change task on ${request.target}`,
      });
      return { task, run: handle.firstExecutionRunId, state: existing === undefined ? 'started' : 'joined' };
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError)
        return { task, run: existing?.runId ?? '', state: 'ended' };
      throw this.#explained(error, task);
    }
  }

  /**
   * The task's status.
   * @throws MlopsError MLOPS-TMP-002 for an unknown task, MLOPS-TMP-003 when no worker answers.
   */
  status(task: string): Promise<TaskStatus> {
    return this.#answering(task, (handle) => handle.query(statusQuery));
  }

  /** Where the proposal of the open question is, if one is open. */
  plan(task: string): Promise<{ digest: string; artifact: string } | null> {
    return this.#answering(task, (handle) => handle.query(planQuery));
  }

  record(task: string): Promise<RecordEntry[]> {
    return this.#answering(task, (handle) => handle.query(recordQuery));
  }

  /**
   * Waits until the task has ended. Needs no worker to be asked.
   * @throws MlopsError MLOPS-TMP-005 when Temporal ended it (terminated, timed out), so that it has no outcome.
   */
  async result(task: string): Promise<ChangeResult> {
    try {
      return (await this.#handle(task).result()) as ChangeResult;
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw this.#explained(error, task);
      const message = `The task ended without an outcome: ${error.cause?.message ?? error.message}`;
      throw new MlopsError('MLOPS-TMP-005', message, { where: task, cause: error });
    }
  }

  /** Sends a signed decision. With no worker it is left as a signal: the same token, judged when one is back. */
  decide(task: string, token: string, jti: string): Promise<SentAnswer> {
    return this.#send(
      task,
      jti,
      (handle) => handle.executeUpdate(decideUpdate, { args: [token], updateId: jti }),
      (handle) => handle.signal(decideSignal, token),
    );
  }

  /** Sends a signed extension of the deadline; it has no signal, so it needs a worker. */
  async extend(task: string, token: string, jti: string): Promise<SentAnswer> {
    return this.#send(task, jti, (handle) => handle.executeUpdate(extendUpdate, { args: [token], updateId: jti }));
  }

  /** Sends a signed withdrawal; whether it counts shows in the task's timeline. */
  async withdraw(task: string, token: string): Promise<SentAnswer> {
    try {
      await this.#handle(task).signal(withdrawSignal, token);
      return { judged: false, message: 'recorded; the status shows whether it counts' };
    } catch (error) {
      throw await this.#ended(error, task);
    }
  }

  /** Change tasks, the latest first. */
  async list(options: { limit: number; open: boolean }): Promise<TaskSummary[]> {
    const query = `WorkflowType="${CHANGE_WORKFLOW}"${options.open ? ' AND ExecutionStatus="Running"' : ''}`;
    const tasks: TaskSummary[] = [];
    try {
      for await (const info of this.#client.workflow.list({ query, pageSize: Math.min(options.limit, 100) })) {
        tasks.push(summaryOf(info));
        if (tasks.length >= options.limit) break;
      }
    } catch (error) {
      throw this.#explained(error, '');
    }
    return tasks.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  #handle(task: string): WorkflowHandle {
    return this.#client.workflow.getHandle(task);
  }

  async #describe(task: string): Promise<Described> {
    try {
      return await this.#within(() => this.#handle(task).describe());
    } catch (error) {
      throw this.#explained(error, task);
    }
  }

  #within<T>(call: () => Promise<T>): Promise<T> {
    return this.#client.withDeadline(Date.now() + this.#answerWithinMs, call);
  }

  async #answering<T>(task: string, ask: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    try {
      return await this.#within(() => ask(this.#handle(task)));
    } catch (error) {
      throw this.#explained(error, task);
    }
  }

  async #send(
    task: string,
    jti: string,
    update: (handle: WorkflowHandle) => Promise<DecideAnswer>,
    signal?: (handle: WorkflowHandle) => Promise<void>,
  ): Promise<SentAnswer> {
    try {
      return { judged: true, ...(await this.#within(() => update(this.#handle(task)))) };
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) return refusal(error, jti);
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) && !isNoWorkerError(serverError(error)))
        throw await this.#ended(error, task);
      if (signal === undefined)
        throw new MlopsError('MLOPS-TMP-003', 'No worker answered; nothing was recorded.', {
          where: task,
          cause: error,
        });
    }
    try {
      await signal(this.#handle(task));
      return { judged: false, message: NOT_JUDGED };
    } catch (error) {
      throw await this.#ended(error, task);
    }
  }

  /** A message to a task that has ended is answered with how it ended. */
  async #ended(error: unknown, task: string): Promise<unknown> {
    if (!(error instanceof WorkflowNotFoundError)) return this.#explained(error, task);
    const description = await this.#describe(task).catch((reason: unknown) => reason);
    if (description instanceof MlopsError) return description;
    const summary = summaryOf(description as Described);
    return new MlopsError(
      'MLOPS-TMP-005',
      `The task has ended: ${summary.outcome ?? summary.execution}. The message changes nothing.`,
      { where: task },
    );
  }

  #explained(error: unknown, task: string): unknown {
    if (error instanceof MlopsError) return error;
    if (error instanceof WorkflowNotFoundError)
      return new MlopsError('MLOPS-TMP-002', 'There is no task with this id.', { where: task, cause: error });
    if (error instanceof NamespaceNotFoundError) {
      return new MlopsError('MLOPS-TMP-008', 'The namespace does not exist.', { where: error.namespace, cause: error });
    }
    const reason = serverError(error);
    if (isNoWorkerError(reason)) {
      return new MlopsError('MLOPS-TMP-003', `No worker answers on the task queue ${this.#taskQueue}.`, {
        where: task || this.#taskQueue,
        cause: error,
      });
    }
    if (isGrpcServiceError(reason))
      return new MlopsError('MLOPS-TMP-001', `Temporal answered: ${reason.details || reason.message}`, {
        where: task || 'list',
        cause: error,
      });
    return error;
  }
}

/** The gRPC error that the SDK wrapped. */
function serverError(error: unknown): unknown {
  return error instanceof ServiceError ? error.cause : error;
}

/** `FAILED_PRECONDITION`, with which the server says that no worker has polled for a while. */
const FAILED_PRECONDITION = 9;

/** Nobody answered in time, or the server knows that nobody will. */
function isNoWorkerError(reason: unknown): boolean {
  return (
    isGrpcDeadlineError(reason) ||
    (isGrpcServiceError(reason) && Number(reason.code) === FAILED_PRECONDITION && /no poller/i.test(reason.details))
  );
}

/** What the update's validator said, as an answer. */
function refusal(error: WorkflowUpdateFailedError, jti: string): SentAnswer {
  const { cause } = error;
  const code = cause instanceof ApplicationFailure && cause.type ? cause.type : 'MLOPS-APR-001';
  return { judged: true, accepted: false, code, message: cause?.message ?? `the decision ${jti} was refused` };
}

type Described = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'status' | 'startTime' | 'typedSearchAttributes'>;

function summaryOf(info: Described): TaskSummary {
  const attribute = (name: string) => info.typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD'));
  const found = Object.entries(SEARCH_ATTRIBUTES).flatMap(([field, name]) => {
    const value = attribute(name);
    return value === undefined ? [] : [[field, value]];
  });
  return {
    task: info.workflowId,
    run: info.runId,
    execution: info.status.name,
    startedAt: info.startTime.toISOString(),
    ...Object.fromEntries(found),
  };
}
