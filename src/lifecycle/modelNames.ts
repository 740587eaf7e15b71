import type { PythonCall, PythonModule, PythonValue } from './facts.js';

/** A model's name, as a module writes or reads it. */
export interface NamedModel {
  name: string;
  line: number;
}

/** Calls whose first argument, or `name`, is the model's name (MLflow's client and fluent API). */
const BY_FIRST =
  /(^|\.)(create_registered_model|create_model_version|set_registered_model_alias|transition_model_version_stage|delete_registered_model_alias)$/;
/** `models:/name/3`, `models:/name/Production`, `models:/name@champion`. */
const MODELS_URI = /models:\/([^/@\s'"]+)(?:[/@]|$)/;

/** Names under which a module registers models; computed ones can't be told. */
export function registeredNames(module: PythonModule): NamedModel[] {
  return module.calls.flatMap((call) => {
    const value = nameArgument(call);
    const name = value ? literal(value, module) : undefined;
    return name === undefined || name === '' ? [] : [{ name, line: call.line }];
  });
}

function nameArgument(call: PythonCall): PythonValue | undefined {
  const keyword = (wanted: string): PythonValue | undefined =>
    call.arguments.find(({ name }) => name === wanted)?.value;
  const position = (index: number): PythonValue | undefined => {
    const argument = call.arguments[index];
    return argument?.name === undefined && argument?.splat === undefined ? argument?.value : undefined;
  };
  const registered = keyword('registered_model_name');
  if (registered) return registered;
  if (/(^|\.)mlflow\.register_model$/.test(call.resolved)) return keyword('name') ?? position(1);
  return BY_FIRST.test(call.callee) ? (keyword('name') ?? position(0)) : undefined;
}

/** Names that a module asks a registry for, in `models:/…` URIs. */
export function loadedNames(module: PythonModule): NamedModel[] {
  return module.strings.flatMap(({ value, line }) => {
    const written = MODELS_URI.exec(value)?.[1];
    if (written === undefined) return [];
    const field = /^\{(\w+)\}$/.exec(written)?.[1];
    const name = field === undefined ? written : literal({ kind: 'name', name: field }, module);
    return name === undefined || /[{}$%]/.test(name) ? [] : [{ name, line }];
  });
}

/** A string, also through one name that the module sets to a literal at its top level. */
function literal(value: PythonValue, module: PythonModule): string | undefined {
  if (value.kind === 'string') return value.value;
  if (value.kind !== 'name') return undefined;
  const { name } = value;
  const set = module.assignments.filter(({ targets, scope }) => scope === '' && targets.includes(name));
  const only = set.length === 1 ? set[0]?.value : undefined;
  return only?.kind === 'string' ? only.value : undefined;
}
