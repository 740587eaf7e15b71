import type { EncodedPath } from '../../contract/encodedPath.js';
import type { PartCommand, ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';
import { commandFolder, scriptCommands } from './yamlScript.js';

/** Nested stages, jobs, deployment strategies and template conditions. */
const MAX_DEPTH = 12;
const MAX_JOBS = 300;
/** Inputs of tasks that hold a script or name one. */
const SCRIPT_INPUTS = ['inlineScript', 'script', 'scriptPath', 'command', 'arguments', 'chartPath', 'manifests'];

/** Whether a mapping is an Azure pipeline or a template of one: steps that are `task:` or `script:` entries. */
export function isAzurePipeline(path: EncodedPath, document: YamlNode): boolean {
  if (/(^|\/)azure-pipelines[\w.-]*\.ya?ml$/.test(path)) return true;
  const stages = document.get('stages');
  const jobs = stages?.items()[0]?.get('jobs') ?? document.get('jobs');
  if (!jobs?.isSequence && !document.get('steps')?.isSequence) return false;
  if (document.get('pool') || document.get('trigger') || document.get('resources', 'repositories')) return true;
  const first = (document.get('steps') ?? jobs?.items()[0]?.get('steps'))?.items() ?? [];
  return first.some((step) => /^[\w.-]+@\d+$/.test(step.get('task')?.text ?? ''));
}

/** Reads the jobs of an Azure pipeline with the scripts of their steps, also below template conditions. */
export function readAzurePipeline(path: EncodedPath, document: YamlNode): ToolPart[] {
  const parts: ToolPart[] = [];
  const walk = (node: YamlNode, labels: string[], depth: number): void => {
    if (depth > MAX_DEPTH || parts.length >= MAX_JOBS) return;
    for (const list of ['stages', 'jobs']) {
      for (const item of unconditional(node.get(list), depth)) walk(item, [...labels, ...namesOf(item)], depth + 1);
    }
    const steps = [...unconditional(node.get('steps'), depth), ...strategySteps(node, depth)];
    const commands = steps.flatMap(stepCommands);
    const tasks = steps.flatMap((step) => step.get('task')?.text ?? []);
    if (commands.length + tasks.length === 0) return;
    const name = namesOf(node)[0] ?? labels.at(-1) ?? 'steps';
    const shown = steps.flatMap((step) => step.get('displayName')?.text ?? []);
    parts.push(
      toolPart(node.place, {
        path,
        kind: 'Azure pipeline job',
        name,
        evidence: commands.at(-1)?.text ?? `tasks ${tasks.join(', ')}`,
        commands,
        labels: [...labels, ...shown, ...tasks],
        uses: steps.flatMap((step) => step.get('template')?.text ?? []),
      }),
    );
  };
  walk(document, [], 0);
  return parts;
}

function namesOf(node: YamlNode): string[] {
  return ['job', 'deployment', 'stage', 'displayName'].flatMap((key) => node.get(key)?.text ?? []);
}

/** Items of a list, with those below `${{ if … }}:` keys in their place. */
function unconditional(list: YamlNode | undefined, depth: number): YamlNode[] {
  if (depth > MAX_DEPTH) return [];
  return (list?.items() ?? []).flatMap((item) => {
    const conditional = item.pairs().filter(({ key }) => key.startsWith('${{'));
    return conditional.length === 0 ? [item] : conditional.flatMap(({ value }) => unconditional(value, depth + 1));
  });
}

/** Steps of a deployment job: `strategy.runOnce.deploy.steps` and its siblings. */
function strategySteps(job: YamlNode, depth: number): YamlNode[] {
  const strategy = job.get('strategy')?.pairs() ?? [];
  return strategy.flatMap(({ value }) =>
    (value?.pairs() ?? []).flatMap(({ value: hook }) => unconditional(hook?.get('steps'), depth)),
  );
}

function stepCommands(step: YamlNode): PartCommand[] {
  const inputs = step.get('inputs');
  const folder = commandFolder(step.get('workingDirectory')?.text ?? inputs?.get('workingDirectory')?.text);
  const own = ['script', 'bash', 'pwsh', 'powershell'].flatMap((key) => scriptCommands(step.get(key), folder));
  const task = step.get('task')?.text ?? '';
  const given = SCRIPT_INPUTS.flatMap((key) => scriptCommands(inputs?.get(key), folder));
  // `HelmDeploy@0` with `command: upgrade` is `helm upgrade`, and so on for the tasks that wrap a tool.
  const tool = /^(helm|kubernetes|docker|terraform)/i.exec(task)?.[1]?.toLowerCase();
  const prefix = tool === 'kubernetes' ? 'kubectl' : tool;
  const verb = inputs?.get('command')?.text ?? inputs?.get('action')?.text;
  return prefix && verb
    ? [{ text: `${prefix} ${verb}`, line: step.line, folder }, ...own, ...given]
    : [...own, ...given];
}
