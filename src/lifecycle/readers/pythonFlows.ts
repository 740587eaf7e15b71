import type { PartCommand, PythonArgument, PythonCall, PythonFunction, PythonModule, ToolPart } from '../facts.js';
import { folderOf } from '../scope.js';
import { toolPart } from './toolPart.js';

const MAX_LABELS = 150;

/** Constructors of pipelines, by their resolved name, of the libraries' documentation. */
const CONSTRUCTORS: { pattern: RegExp; kind: string; name: string[] }[] = [
  { pattern: /^airflow\.(sdk\.|models\.(dag\.)?)?DAG$/, kind: 'Airflow DAG', name: ['dag_id'] },
  { pattern: /^dagster\.define_asset_job$/, kind: 'Dagster job', name: ['name'] },
  { pattern: /^tfx\.(v1\.)?(orchestration\.pipeline|dsl)\.Pipeline$/, kind: 'TFX pipeline', name: ['pipeline_name'] },
  { pattern: /^azureml\.pipeline\.core(\.pipeline)?\.Pipeline$/, kind: 'Azure ML pipeline', name: ['description'] },
  { pattern: /^sagemaker\.workflow\.pipeline\.Pipeline$/, kind: 'SageMaker pipeline', name: ['name'] },
  {
    pattern: /^kedro\.pipeline\.(modular_pipeline\.)?(Pipeline|pipeline)$/,
    kind: 'Kedro pipeline',
    name: ['namespace'],
  },
];

/** Decorators that make a pipeline of a function. `from` is where the decorator has to be imported from. */
const DECORATORS: { pattern: RegExp; kind: string }[] = [
  { pattern: /^airflow\.(sdk|decorators)(\.\w+)?\.dag$/, kind: 'Airflow DAG' },
  { pattern: /^prefect(\.flows)?\.flow$/, kind: 'Prefect flow' },
  { pattern: /^dagster\.(job|graph|graph_asset|asset|multi_asset)$/, kind: 'Dagster job' },
  { pattern: /^(kfp(\.v2)?\.)?dsl\.pipeline$|^kfp\.v2\.dsl\.pipeline$/, kind: 'Kubeflow pipeline' },
  { pattern: /^zenml(\.pipelines)?\.pipeline$/, kind: 'ZenML pipeline' },
  { pattern: /^flytekit\.workflow$/, kind: 'Flyte workflow' },
  { pattern: /^azure\.ai\.ml\.dsl\.pipeline$/, kind: 'Azure ML pipeline' },
];

/** Arguments whose strings name a step, and those that name an image. */
const STEP_NAMES = new Set([
  'task_id',
  'name',
  'step_name',
  'display_name',
  'python_callable',
  'script_name',
  'trigger_dag_id',
]);
const SCRIPTS = new Set(['script_name', 'entry_point', 'script_path', 'code', 'script']);
const IMAGES = new Set(['image', 'base_image']);

/** Pipelines that a module declares for an orchestrator, with the names of their steps and their commands. */
export function pythonFlows(module: PythonModule): ToolPart[] {
  const parts = [...constructed(module), ...decorated(module)];
  const spec = metaflow(module);
  return spec ? [...parts, spec] : parts;
}

function constructed(module: PythonModule): ToolPart[] {
  return module.calls.flatMap((call) => {
    const known = CONSTRUCTORS.find(({ pattern }) => pattern.test(call.resolved));
    if (!known) return [];
    const given =
      call.arguments.find(({ name }) => name !== undefined && known.name.includes(name)) ?? positional(call);
    const name = given ? textOf(given) : '';
    // Steps stand in the same function as a rule, or anywhere in a module that is one pipeline.
    const steps = module.calls.filter(({ scope }) => scope === call.scope || scope === '');
    return [flow(module, call, known.kind, name, `calls ${call.callee}`, steps)];
  });
}

function positional(call: PythonCall): PythonArgument | undefined {
  const first = call.arguments[0];
  return first?.name === undefined && first?.splat === undefined ? first : undefined;
}

function decorated(module: PythonModule): ToolPart[] {
  const parts: ToolPart[] = [];
  for (const definition of module.functions) {
    if (definition.kind !== 'function') continue;
    for (const decorator of definition.decorators) {
      const resolved = resolve(decorator.split('(')[0] as string, module);
      const known = DECORATORS.find(({ pattern }) => pattern.test(resolved));
      if (!known) continue;
      const given = /\b(?:name|dag_id)\s*=\s*f?["']([^"']{1,120})["']/.exec(decorator)?.[1];
      const steps = module.calls.filter(
        ({ scope }) => scope === definition.name || scope.startsWith(`${definition.name}.`),
      );
      parts.push(flow(module, definition, known.kind, given ?? definition.name, `@${decorator}`, steps));
      break;
    }
  }
  return parts;
}

/** A Metaflow flow: a class of a module that imports `FlowSpec`, whose methods are `@step`s. */
function metaflow(module: PythonModule): ToolPart | undefined {
  if (!module.imports.some((entry) => entry.module === 'metaflow' && entry.name === 'FlowSpec')) return undefined;
  const steps = module.functions.filter(({ decorators }) => decorators.some((text) => /^step\b/.test(text)));
  const owner = steps[0]?.name.split('.').slice(0, -1).join('.');
  const definition = module.functions.find(({ kind, name }) => kind === 'class' && name === owner);
  if (!definition) return undefined;
  const calls = module.calls.filter(({ scope }) => scope.startsWith(`${definition.name}.`));
  const part = flow(module, definition, 'Metaflow flow', definition.name, `class ${definition.name}(FlowSpec)`, calls);
  return { ...part, labels: [...part.labels, ...steps.map(({ name }) => name.split('.').at(-1) as string)] };
}

function flow(
  module: PythonModule,
  at: PythonCall | PythonFunction,
  kind: string,
  name: string,
  evidence: string,
  steps: PythonCall[],
): ToolPart {
  const labels = new Set<string>([name, fileStem(module.path)]);
  const commands: PartCommand[] = [];
  const images: string[] = [];
  const uses: string[] = [];
  for (const step of steps) {
    const own = step.callee.split('.').at(-1) as string;
    if (labels.size < MAX_LABELS && own.length > 2) labels.add(own);
    for (const argument of step.arguments) {
      const text = textOf(argument);
      if (argument.name === undefined || text === '') continue;
      if (STEP_NAMES.has(argument.name) && labels.size < MAX_LABELS) labels.add(text);
      if (argument.name === 'bash_command') commands.push({ text, line: argument.line, folder: '' });
      if (SCRIPTS.has(argument.name))
        commands.push({ text: `python ${text}`, line: argument.line, folder: folderOf(module.path) });
      if (IMAGES.has(argument.name)) images.push(text);
      if (argument.name === 'trigger_dag_id') uses.push(text);
    }
  }
  return toolPart(at, {
    path: module.path,
    kind,
    name: name === '' ? fileStem(module.path) : name,
    evidence,
    labels: [...labels],
    commands,
    images,
    uses,
  });
}

function textOf(argument: PythonArgument): string {
  const { value } = argument;
  if (value.kind === 'string') return value.value;
  if (value.kind === 'name') return value.name;
  return value.kind === 'other' ? value.text.replace(/^[fr]{1,2}?(["'])(.*)\1$/s, '$2').replace(/\{[^{}]*\}/g, '') : '';
}

function fileStem(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
}

/** A dotted name with its head resolved through the module's imports. */
export function resolve(dotted: string, module: PythonModule): string {
  const [head = '', ...rest] = dotted.trim().split('.');
  const bound = module.imports.find(({ alias, name }) => alias === head && name !== '*');
  if (!bound) return dotted.trim();
  const base =
    bound.name === undefined
      ? bound.alias === bound.module.split('.')[0]
        ? head
        : bound.module
      : `${bound.module}.${bound.name}`;
  return [base, ...rest].join('.');
}
