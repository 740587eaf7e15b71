import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { signRequest } from '../../approval/tokens.js';
import { digestOf } from '../../contract/digest.js';
import { MlopsError } from '../../contract/errors.js';
import type { Incident } from '../../contract/incident.js';
import { OUTCOME_EXIT_CODES, OUTCOME_SENTENCES } from '../../contract/outcome.js';
import {
  type ChangeRequest,
  changeRequestSchema,
  type Goal,
  MAX_REQUEST_LENGTH,
  requestWithoutToken,
} from '../../contract/request.js';
import { LIFECYCLE_STAGES } from '../../contract/stage.js';
import { incidentFromAlertmanager } from '../../incidents/alertmanager.js';
import { routeIncident } from '../../incidents/routeIncident.js';
import { routeKey, taskIdOf } from '../../incidents/taskId.js';
import { targetOf, type WorkerConfig } from '../../worker/config.js';
import { requestClaims } from '../claims.js';
import { commandName } from '../commandName.js';
import type { TemporalAccess } from '../connection.js';
import type { CommandContext } from '../context.js';
import { inputName, readInput } from '../readInput.js';
import { renderOutcome } from '../render/outcome.js';
import { runs, type Shell } from '../shell.js';
import { type SignerOptions, signerOf } from '../signerKey.js';
import { WrongUsage } from '../wrongUsage.js';

/** `TASK_QUEUE_TYPE_WORKFLOW` of Temporal's API. */
const WORKFLOW_TASK_QUEUE = 1;

interface StartOptions extends SignerOptions {
  alertmanager?: string;
  request?: string;
  target?: string;
  goal?: Goal;
  widen?: string[];
  once?: string;
  wait?: boolean;
}

/** `start`: a task from an alert or from a person's request. */
export function addStart(program: Command, shell: Shell): void {
  const command = program
    .command('start')
    .description('Start a change task from an Alertmanager webhook body or from a request in words')
    .option('--alertmanager <file>', 'body of an Alertmanager webhook (version "4"); - reads standard input')
    .option('--request <text>', 'what a person asks for, in a sentence; needs --target')
    .option('--target <id>', 'target of the configuration; for an alert it overrides the routes')
    .addOption(
      new Option(
        '--goal <goal>',
        'harden closes risks, restore brings service back first (default: the route’s, or harden)',
      ).choices(['harden', 'restore']),
    )
    .addOption(
      new Option(
        '--widen <stage...>',
        'stages that a request may touch beside the policy’s, within its widenTo',
      ).choices([...LIFECYCLE_STAGES]),
    )
    .option('--once <key>', 'a request with the same key starts no second task')
    .option('--as <person>', 'who asks: signs the request with their key; without it the requester is unknown')
    .option('--key <file>', 'their key (default: ~/.config/temporal-mlops/keys/<person>.jwk)')
    .option('--wait', 'wait for the end; exit with the outcome')
    .addHelpText('after', helpText);
  runs<[], StartOptions>(command, shell, start);
}

const helpText = `
Examples:
  temporal-mlops start --alertmanager examples/payloads/alertmanager-firing.json
  curl … | temporal-mlops start --alertmanager -
  temporal-mlops start --request "close what blocks alerting" --target fraud-scorer --as alice

The same alert, however often it is delivered, starts one task.
`;

async function start(context: CommandContext, options: StartOptions): Promise<void> {
  if ((options.alertmanager === undefined) === (options.request === undefined)) {
    throw new WrongUsage('Give either --alertmanager FILE or --request TEXT.', {
      where: 'start',
      mend: '`temporal-mlops start --help` has an example of each.',
    });
  }
  const config = await context.config();
  const { task, request } =
    options.alertmanager !== undefined
      ? incidentTask(await incidentIn(options.alertmanager, context), config, options)
      : requestTask(options.request as string, config, options);
  await context.withTasks(async (tasks, access) => {
    const { namespace } = access;
    const signed = await withRequester(
      context,
      options,
      { task, request },
      `${config.installation}/${namespace}/${config.tenant}`,
    );
    const started = await tasks.start(task, signed);
    const words = {
      started: 'Started',
      joined: 'This cause has a task already, which is running:',
      ended: 'This cause had a task already, which has ended:',
    }[started.state];
    context.print([`${words} ${task}`, `  ${commandName()} status '${task}' --watch`]);
    if (started.state !== 'ended' && !(await isPolled(access, config.temporal.taskQueue))) {
      context.progress(
        `No worker polls the task queue ${config.temporal.taskQueue}. The task waits until one runs: temporal-mlops worker`,
      );
    }
    if (options.wait !== true) {
      context.answer(started);
      return;
    }
    const { outcome, sentence } = await tasks.result(task);
    // The result says that it failed; code and way out are in the status, for which a worker must answer.
    const error = outcome === 'failed' ? (await tasks.status(task).catch(() => undefined))?.error : undefined;
    context.print(renderOutcome(outcome, sentence, context.terminal, error));
    context.answer({
      ...started,
      outcome,
      sentence: sentence || OUTCOME_SENTENCES[outcome],
      ...(error === undefined ? {} : { error }),
    });
    context.exitCode = OUTCOME_EXIT_CODES[outcome];
  });
}

/** Whether a worker has asked the task queue for work in the last minutes; `true` where the server doesn't tell. */
async function isPolled({ connection, namespace }: TemporalAccess, taskQueue: string): Promise<boolean> {
  try {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: WORKFLOW_TASK_QUEUE,
    });
    return (pollers ?? []).length > 0;
  } catch {
    return true;
  }
}

/** The incident in an Alertmanager body; errors name the file as well as the field. */
async function incidentIn(path: string, context: CommandContext): Promise<Incident> {
  const body = await readInput(path, context.streams.input);
  try {
    return incidentFromAlertmanager(body);
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    const where = error.where === undefined ? inputName(path) : `${inputName(path)}, ${error.where}`;
    throw new MlopsError(error.code, error.message, { where, mend: error.mend, cause: error });
  }
}

interface NewTask {
  task: string;
  request: ChangeRequest;
}

/**
 * The task of an incident on the target that the routes choose.
 * @throws MlopsError MLOPS-INPUT-004 for a resolved incident, MLOPS-INPUT-003 without a route,
 * MLOPS-CFG-002 for an unknown target.
 */
export function incidentTask(
  incident: Incident,
  config: WorkerConfig,
  options: { target?: string; goal?: Goal } = {},
): NewTask {
  if (incident.status === 'resolved')
    throw new MlopsError('MLOPS-INPUT-004', 'The incident is resolved already.', { where: incident.title });
  const route =
    options.target === undefined
      ? routeIncident(incident, config.routes)
      : { target: options.target, goal: 'harden' as const };
  const goal = options.goal ?? route.goal;
  targetOf(config, route.target);
  const severity = 'severity' in route ? route.severity : undefined;
  return {
    task: taskIdOf({
      tenant: config.tenant,
      source: incident.source,
      episode: incident.episode,
      route: routeKey({ target: route.target, goal }),
    }),
    request: {
      version: 1,
      tenant: config.tenant,
      target: route.target,
      goal,
      trigger: { kind: 'incident', incident },
      severity: severity ?? 'low',
    },
  };
}

function requestTask(text: string, config: WorkerConfig, options: StartOptions): NewTask {
  if (options.target === undefined) {
    throw new WrongUsage('A request needs a target.', {
      where: '--target',
      mend: `Use one of: ${Object.keys(config.targets).join(', ')}.`,
    });
  }
  targetOf(config, options.target);
  if (text.trim() === '' || text.length > MAX_REQUEST_LENGTH) {
    throw new WrongUsage(
      text.trim() === ''
        ? 'The request is empty.'
        : `The request has ${text.length} characters; at most ${MAX_REQUEST_LENGTH} are taken.`,
      { where: '--request', mend: 'Say in a sentence what should change.' },
    );
  }
  const goal = options.goal ?? 'harden';
  const parsed = changeRequestSchema.safeParse({
    version: 1,
    tenant: config.tenant,
    target: options.target,
    goal,
    trigger: { kind: 'request', text },
    ...(options.widen === undefined ? {} : { widenTo: options.widen }),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new MlopsError('MLOPS-INPUT-001', issue?.message ?? 'The request is not valid.', {
      where: issue?.path.join('.') ?? '--request',
    });
  }
  const episode = options.once ?? randomUUID();
  return {
    task: taskIdOf({
      tenant: config.tenant,
      source: 'request',
      episode,
      route: routeKey({ target: options.target, goal }),
    }),
    request: parsed.data,
  };
}

async function withRequester(
  context: CommandContext,
  options: StartOptions,
  { task, request }: NewTask,
  audience: string,
): Promise<ChangeRequest> {
  if (options.as === undefined && options.key === undefined) return request;
  const signer = await signerOf(options, context.streams.env);
  const digest = digestOf(requestWithoutToken(request));
  const subject = { name: { task, run: '', audience }, person: signer.person };
  return { ...request, requesterToken: await signRequest(signer.key, requestClaims(subject, digest)) };
}
