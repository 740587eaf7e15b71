import type { EncodedPath } from '../../contract/encodedPath.js';
import type { GithubWorkflow, Scalar, WorkflowJob, WorkflowStep } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';

/** Reads a GitHub Actions workflow: events, jobs and steps. */
export function readGithubWorkflow(path: EncodedPath, document: YamlNode): GithubWorkflow {
  const on = document.get('on');
  const name = document.get('name')?.text;
  return {
    path,
    ...(name === undefined ? {} : { name }),
    events: on?.isMap ? on.pairs().map(({ key }) => key) : (on?.texts() ?? []),
    crons: (on?.get('schedule')?.items() ?? []).flatMap((item) => item.get('cron')?.scalar ?? []),
    env: document.get('env')?.textMap() ?? {},
    concurrency: document.get('concurrency') !== undefined,
    jobs: (document.get('jobs')?.pairs() ?? []).flatMap(({ key, place, value }) =>
      value ? [job(key, place, value)] : [],
    ),
  };
}

function job(
  id: string,
  place: { line: number; endLine: number; range: { start: number; end: number } },
  node: YamlNode,
): WorkflowJob {
  const runsOn = node.get('runs-on');
  const environment = node.get('environment');
  return {
    id,
    needs: node.get('needs')?.texts() ?? [],
    env: node.get('env')?.textMap() ?? {},
    concurrency: node.get('concurrency') !== undefined,
    steps: (node.get('steps')?.items() ?? []).map(step),
    ...present('name', node.get('name')?.text),
    ...present('if', node.get('if')?.scalar),
    ...present('runsOn', runsOn?.texts().join(', ')),
    ...present('environment', environment?.text ?? environment?.get('name')?.text),
    ...present('timeoutMinutes', node.get('timeout-minutes')?.text),
    ...present('uses', node.get('uses')?.scalar),
    ...continueOnError(node),
    ...place,
  };
}

function step(node: YamlNode): WorkflowStep {
  return {
    env: node.get('env')?.textMap() ?? {},
    with: node.get('with')?.textMap() ?? {},
    ...present('id', node.get('id')?.text),
    ...present('name', node.get('name')?.text),
    ...present('uses', node.get('uses')?.scalar),
    ...present('run', node.get('run')?.scalar),
    ...present('shell', node.get('shell')?.text),
    ...present('workingDirectory', node.get('working-directory')?.text),
    ...present('if', node.get('if')?.scalar),
    ...continueOnError(node),
    ...node.place,
  };
}

function continueOnError(node: YamlNode): Pick<WorkflowJob, 'continueOnError' | 'continueOnErrorPair'> {
  const pair = node.pair('continue-on-error');
  const scalar = pair?.value?.scalar;
  return pair && scalar ? { continueOnError: scalar, continueOnErrorPair: pair.place } : {};
}

function present<K extends string, V extends string | Scalar>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

/** Folder in which a step runs, `${{ env.NAME }}` filled in from literal settings; '' where it can't be told. */
export function stepFolder(workflow: GithubWorkflow, job: WorkflowJob, step: WorkflowStep): string {
  const env = { ...workflow.env, ...job.env, ...step.env };
  const folder = (step.workingDirectory ?? '').replace(/\$\{\{\s*env\.(\w+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(env, name) ? (env[name] as string) : whole,
  );
  return folder.includes('$') ? '' : folder.replace(/^\.\//, '').replace(/\/$/, '');
}
