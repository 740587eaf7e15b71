import type { PythonCall, PythonModule, PythonValue } from '../../lifecycle/facts.js';

/** Names of aliases and stages that users are answered from. */
const LIVE = /^(champion|production|prod|live|serving|current|primary|released?|active)$/i;

/** A call that makes a model live, and in which words. */
export interface PromotionCall {
  call: PythonCall;
  /** What it does, for a sentence: `moves the alias champion`. */
  what: string;
}

function argument(call: PythonCall, keyword: string, position: number): PythonValue | undefined {
  const named = call.arguments.find((each) => each.name === keyword);
  if (named) return named.value;
  return call.arguments.filter((each) => each.name === undefined && each.splat === undefined)[position]?.value;
}

/** Literal value of an expression, through one assignment in the module or a command-line default. */
function literal(value: PythonValue | undefined, module: PythonModule): string | undefined {
  if (value?.kind === 'string') return value.value;
  if (value?.kind !== 'name') return undefined;
  const assigned = module.assignments.filter(({ targets }) => targets.includes(value.name));
  if (assigned.length === 1 && assigned[0]?.value.kind === 'string') return assigned[0].value.value;
  return commandLineDefault(module, value.name.split('.').at(-1) ?? '');
}

function commandLineDefault(module: PythonModule, name: string): string | undefined {
  for (const call of module.calls) {
    if (!call.callee.endsWith('.add_argument')) continue;
    const option = call.arguments[0]?.value;
    if (option?.kind !== 'string' || option.value.replace(/^-+/, '').replaceAll('-', '_') !== name) continue;
    const value = call.arguments.find((each) => each.name === 'default')?.value;
    if (value?.kind === 'string') return value.value;
  }
  return undefined;
}

/**
 * Calls of a module that make a model live: MLflow aliases and stages, SageMaker endpoints and
 * approvals, Vertex traffic, and git tags that move a stage in the GTO convention
 * (`model#champion#3`). Those of functions that undo a promotion are left out.
 */
export function promotionCalls(module: PythonModule): PromotionCall[] {
  return module.calls.flatMap((call) => {
    if (/roll_?back|revert|restore|undo|previous/i.test(call.scope)) return [];
    const what = promotes(call, module);
    return what === undefined ? [] : [{ call, what }];
  });
}

function promotes(call: PythonCall, module: PythonModule): string | undefined {
  const method = call.callee.split('.').at(-1) ?? '';
  if (method === 'set_registered_model_alias') {
    const alias = literal(argument(call, 'alias', 1), module);
    return alias !== undefined && LIVE.test(alias) ? `moves the alias "${alias}"` : undefined;
  }
  if (method === 'transition_model_version_stage') {
    const stage = literal(argument(call, 'stage', 2), module);
    return stage !== undefined && LIVE.test(stage) ? `moves the model to the stage "${stage}"` : undefined;
  }
  if (method === 'update_model_package') {
    const status = literal(argument(call, 'ModelApprovalStatus', 99), module);
    return status === 'Approved' ? 'approves the model package' : undefined;
  }
  if (method === 'update_endpoint' && call.arguments.some((each) => each.name === 'EndpointConfigName')) {
    return 'moves the SageMaker endpoint to another configuration';
  }
  if (method === 'deploy' && call.arguments.some((each) => /^traffic_(split|percentage)$/.test(each.name ?? ''))) {
    return 'gives the model traffic on its endpoint';
  }
  return createsStageTag(call, module) ? 'creates a git tag that moves a stage' : undefined;
}

/** `git tag …` with a tag of the GTO convention, run through a list of arguments or a wrapper called git. */
function createsStageTag(call: PythonCall, module: PythonModule): boolean {
  const values = call.arguments.flatMap(({ value }) => (value.kind === 'list' ? value.items : [value]));
  const words = values.flatMap((value) => (value.kind === 'string' ? [value.value] : []));
  const isGit = /(^|[._])git([._]|$)/i.test(call.callee)
    ? words[0] === 'tag'
    : words[0] === 'git' && words[1] === 'tag';
  if (!isGit || words.some((word) => /^(-l|--list|-d|--delete|-n|--points-at|--contains|-v|--verify)$/.test(word)))
    return false;
  const names = new Set(values.flatMap((value) => (value.kind === 'name' ? [value.name] : [])));
  const inPlace = values.some(
    (value) =>
      (value.kind === 'string' && isStageTag(value.value)) || (value.kind === 'other' && isStageTag(value.text)),
  );
  return inPlace || tagNames(module, call.scope).some((name) => names.has(name));
}

/** Names that hold a stage tag in a scope: `f'{model}#{stage}#{counter}'`. */
function tagNames(module: PythonModule, scope: string): string[] {
  return module.assignments
    .filter((assignment) => assignment.scope === scope)
    .filter(({ line, endLine }) =>
      module.strings.some((text) => text.line >= line && text.endLine <= endLine && isStageTag(text.value)),
    )
    .flatMap(({ targets }) => targets);
}

function isStageTag(text: string): boolean {
  const match = /[\w}]#(\{[^{}]+\}|[\w-]+)(#|!|$|['"])/.exec(text);
  const stage = match?.[1];
  return stage !== undefined && (stage.startsWith('{') || LIVE.test(stage));
}
