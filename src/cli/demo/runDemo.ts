import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { signDecision } from '../../approval/tokens.js';
import { artifactText } from '../../artifacts/artifactStore.js';
import { FileArtifactStore } from '../../artifacts/fileStore.js';
import { MlopsError } from '../../contract/errors.js';
import type { Outcome } from '../../contract/outcome.js';
import type { Report } from '../../contract/report.js';
import type { TaskStatus } from '../../contract/status.js';
import { incidentFromAlertmanager } from '../../incidents/alertmanager.js';
import { loadConfig } from '../../worker/config.js';
import { startWorker } from '../../worker/runWorker.js';
import { startDevServer } from '../../worker/tools/devServer.js';
import { findPromTools } from '../../worker/tools/promTools.js';
import { findTemporalServer } from '../../worker/tools/temporalServer.js';
import { PACKAGE_ROOT } from '../../worker/tools/toolsDirectory.js';
import type { Asker } from '../ask.js';
import { decisionClaims } from '../claims.js';
import { commandName } from '../commandName.js';
import { incidentTask } from '../commands/start.js';
import { followTask } from '../followTask.js';
import { assertWritable, writeOutput } from '../outputFile.js';
import { renderError } from '../render/error.js';
import { renderIncident } from '../render/incident.js';
import { paragraph } from '../render/layout.js';
import { renderQuestion } from '../render/question.js';
import { storedReport } from '../storedRecord.js';
import { TaskClient } from '../taskClient.js';
import { taskUrl } from '../webUi.js';
import type { CleanUp } from './cleanUp.js';
import { type ChosenDecision, chooseDecision } from './demoDecision.js';
import { type Ending, renderEnding } from './ending.js';
import { Narrator } from './narrate.js';
import { buildSampleRepository } from './sampleRepository.js';
import type { Screen } from './screen.js';
import {
  DEMO_APPROVER,
  type DemoServer,
  demoConfig,
  emptyWorkspace,
  makeWorkspace,
  type Workspace,
} from './workspace.js';

/** Looks at the task so often that stages are seen to tick off. */
const POLL_MS = 150;
const CONNECT_WITHIN_MS = 5_000;

export interface DemoOptions {
  /** Decides without asking, through the same signed path. */
  decision?: 'approve' | 'reject' | undefined;
  /** Where the record is written too. */
  reportFile?: string | undefined;
  /** Keeps the demo's folder. */
  keep: boolean;
  /** Whether the server is kept running at the end until the person has looked at its web UI. */
  lingers: boolean;
}

export interface DemoSurroundings {
  screen: Screen;
  /** Made only when somebody is asked. */
  asker: () => Asker;
  cleanUp: CleanUp;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

export interface DemoResult {
  task: string;
  outcome: Outcome;
  sentence: string;
  commit?: string | undefined;
  folder: string;
  files: { name: string; path: string }[];
  link?: string | undefined;
}

/** The product's main job on the sample repository: from the alert to the proved commit. */
export async function runDemo(options: DemoOptions, surroundings: DemoSurroundings): Promise<DemoResult> {
  const { screen, cleanUp } = surroundings;
  const { style } = screen.terminal;
  const example = (...path: string[]) => join(PACKAGE_ROOT, 'examples', ...path);
  const incident = incidentFromAlertmanager(await readFile(example('payloads', 'alertmanager-firing.json'), 'utf8'));
  if (options.reportFile !== undefined) await assertWritable(options.reportFile);
  screen.print([
    ...paragraph(
      'A change task on a sample repository, from an alert to a commit that is proved. Nothing outside its own folder is changed.',
      screen.terminal,
      { style: style.dim },
    ),
    '',
    ...renderIncident(incident, screen.terminal),
  ]);

  const workspace = await makeWorkspace();
  let kept: string[] = [];
  cleanUp.add(async () => (options.keep ? undefined : emptyWorkspace(workspace.folder, kept)));
  quietRuntime(join(workspace.folder, 'worker.log'));
  const { kid, x: publicKey } = workspace.approverKey;
  const progress = (line: string) => screen.print([style.dim(line)]);
  screen.now(style.dim('Looking for Temporal, promtool and amtool, and making the sample repository …'));
  const [source, tools, repository] = await Promise.all([
    findTemporalServer({ progress }),
    findPromTools({ install: true, progress }),
    buildSampleRepository({
      source: example('fraud-scorer'),
      bare: workspace.repository,
      approver: { person: DEMO_APPROVER, kid, publicKey },
    }),
  ]);
  if (tools.missing !== undefined) screen.print([style.yellow(tools.missing)]);

  screen.now(style.dim('Starting the Temporal server and the worker …'));
  const server = await demoServer(source, cleanUp);
  const connection = await connectTo(server, source.kind === 'address');
  cleanUp.add(() => connection.close());
  const run = randomBytes(4).toString('hex');
  await writeFile(workspace.configFile, demoConfig({ server, branch: repository.branch, tools, run }));
  const config = await loadConfig(workspace.configFile);
  const worker = await startWorker(config);
  cleanUp.add(() => worker.stop());
  const tasks = new TaskClient(new Client({ connection, namespace: server.namespace }), {
    taskQueue: config.temporal.taskQueue,
  });

  const { task, request } = incidentTask(incident, config);
  const started = await tasks.start(task, request);
  const link = server.ui === undefined ? undefined : taskUrl(server.ui, server.namespace, task, started.run);
  screen.print([style.dim(`Task ${task}`), ...(link === undefined ? [] : [style.dim(link)]), '']);

  const store = new FileArtifactStore(config.dataDir);
  const last = await Promise.race([
    followAndDecide(tasks, task, store, workspace, options, surroundings),
    worker.failed,
  ]);
  const { outcome } = last;
  if (outcome === undefined)
    throw new MlopsError('MLOPS-INT-001', 'The task ended without an outcome.', { where: task });

  const { report, files } = await writeReports(store, task, workspace.folder, options.reportFile);
  kept = files
    .filter((file) => file.path.startsWith(workspace.folder))
    .map((file) => file.path.slice(workspace.folder.length + 1));
  const recordPath = options.reportFile ?? join(workspace.folder, 'record.json');
  const ending: Ending = {
    outcome,
    sentence: last.sentence,
    report,
    files: [...files, ...(options.keep ? [{ name: 'folder', path: workspace.folder }] : [])],
    // A link to a server that is about to be stopped leads nowhere.
    link: options.lingers ? link : undefined,
    verify: `${commandName()} verify ${recordPath}${options.keep ? ` --repo ${workspace.repository}` : ''}`,
    undoIn: options.keep
      ? `in a clone of ${workspace.repository}`
      : 'in a clone; --keep would have kept the demo’s repository',
  };
  screen.print(renderEnding(ending, screen.terminal));
  return {
    task,
    outcome,
    sentence: last.sentence,
    commit: last.commit,
    folder: workspace.folder,
    files,
    link: ending.link,
  };
}

/** A server that the environment names may be one that nobody runs any more. */
async function connectTo(server: RunningServer, named: boolean): Promise<Connection> {
  try {
    return await Connection.connect({ ...server.connection, connectTimeout: CONNECT_WITHIN_MS });
  } catch (cause) {
    if (!named) throw cause;
    throw new MlopsError('MLOPS-TMP-001', `No Temporal server answers at the address that the environment names.`, {
      where: server.address,
      mend: 'Start it, or unset TEMPORAL_ADDRESS and TEMPORAL_PROFILE: the demo then starts a server of its own.',
      cause,
    });
  }
}

interface RunningServer extends DemoServer {
  connection: Parameters<typeof Connection.connect>[0];
}

async function demoServer(
  source: Awaited<ReturnType<typeof findTemporalServer>>,
  cleanUp: CleanUp,
): Promise<RunningServer> {
  if (source.kind === 'address') {
    const address = source.connection.address ?? '';
    return { address, namespace: source.namespace ?? 'default', connection: source.connection };
  }
  const server = await startDevServer(source.kind === 'executable' ? { executable: source.path } : {});
  cleanUp.add(() => server.stop());
  return {
    address: server.address,
    namespace: server.namespace,
    ui: server.uiUrl,
    connection: { address: server.address },
  };
}

/** The SDK's log goes to a file, and Ctrl-C to us alone: we stop the worker before its server. */
function quietRuntime(logFile: string): void {
  Runtime.install({
    shutdownSignals: [],
    // Without forwarding, the core writes its own lines onto the screen.
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      try {
        appendFileSync(logFile, `${level} ${message} ${JSON.stringify(meta ?? {})}\n`);
      } catch {
        // The folder is gone at the very end; a late line of the log is of no use to anybody.
      }
    }),
  });
}

/** Shows what happens and answers each question, until the task has ended. */
async function followAndDecide(
  tasks: TaskClient,
  task: string,
  store: FileArtifactStore,
  workspace: Workspace,
  options: DemoOptions,
  { screen, asker, signal }: DemoSurroundings,
): Promise<TaskStatus> {
  const narrator = new Narrator(screen, store);
  let last: TaskStatus | undefined;
  for await (const { status, events } of followTask(() => tasks.status(task), { pollMs: POLL_MS, signal })) {
    last = status;
    for (const event of events) {
      await narrator.tell(event, status);
      if (event.kind !== 'question' || narrator.proposal === undefined) continue;
      screen.print(renderQuestion(event.question, screen.terminal, narrator.proposal.blastRadius));
      for (;;) {
        const chosen =
          options.decision === undefined
            ? await chooseDecision(asker(), narrator.proposal, screen)
            : automatic(options.decision);
        if (chosen === undefined) {
          throw new MlopsError('MLOPS-INPUT-001', 'No decision came; nothing was changed.', {
            where: 'standard input',
            mend: 'Answer the question, or use --yes or --no.',
          });
        }
        const claims = decisionClaims(
          { name: status, person: DEMO_APPROVER },
          { plan: event.question.plan, ...chosen },
        );
        const answer = await tasks.decide(task, await signDecision(workspace.approverKey, claims), claims.jti);
        const refused = answer.judged && !answer.accepted;
        screen.print(
          refused
            ? renderError({ code: answer.code, message: answer.message, mend: 'Decide again.' })
            : [screen.terminal.style.dim(answer.message)],
        );
        if (!refused || options.decision !== undefined) break;
      }
    }
  }
  // The outcome is known a moment before the workflow has ended; what follows reads its record.
  if (last?.outcome !== undefined) await tasks.result(task);
  if (last === undefined) throw new MlopsError('MLOPS-TMP-003', 'The task never answered.', { where: task });
  return last;
}

function automatic(verdict: 'approve' | 'reject'): ChosenDecision {
  return { verdict, comment: `decided by the demo's --${verdict === 'approve' ? 'yes' : 'no'}` };
}

async function writeReports(
  store: FileArtifactStore,
  task: string,
  folder: string,
  reportFile: string | undefined,
): Promise<{ report: Report; files: { name: string; path: string }[] }> {
  const { text, report } = await storedReport(store, task);
  const json = artifactText(await store.get(report.json));
  const files = [
    { name: 'Markdown', path: join(folder, 'report.md'), text: artifactText(await store.get(report.markdown)) },
    { name: 'JSON', path: join(folder, 'report.json'), text: json },
    { name: 'record', path: join(folder, 'record.json'), text },
    ...(reportFile === undefined ? [] : [{ name: 'record', path: reportFile, text }]),
  ];
  for (const file of files) await writeOutput(file.path, file.text);
  return { report: JSON.parse(json) as Report, files: files.map(({ name, path }) => ({ name, path })) };
}
