import type { PythonCall, PythonModule } from './facts.js';
import { loadsModel, predicts } from './readers/pythonRoles.js';
import { fileName } from './scope.js';

/** Frameworks whose pages or handlers answer people with what a model says. */
const APPS =
  /^(streamlit|gradio|dash|chainlit|shiny|django|rest_framework|aiohttp|tornado|starlette|panel|nicegui|quart|bottle)(\.|$)/;
const SPARK = /^(pyspark|mlflow)(\.|$)/;

/** Files that show or try a model, and put it to no use. */
const SHOWS =
  /(^|[_-])(examples?|demo|smoke|sanity|health|benchmark|debug|explain\w*|plots?|visuali[sz]\w*|tests?|try)([_-]|\.)/i;

/** How a module that neither trains nor is a service uses a stored model. */
export interface ModelUse {
  kind: 'model app' | 'batch prediction';
  call: PythonCall;
  evidence: string;
}

/**
 * A module that loads a model and asks it for predictions: an app where it imports a framework for
 * pages, a batch prediction where it is a program (a `__main__` block, or calls at module level).
 */
export function modelUse(module: PythonModule): ModelUse | undefined {
  const load = module.calls.find(loadsModel);
  if (!load || SHOWS.test(fileName(module.path))) return undefined;
  const spark = module.imports.some(({ module: name }) => SPARK.test(name));
  const predict = module.calls.find((call) => predicts(call) || (spark && call.callee.endsWith('.transform')));
  if (!predict) return undefined;
  const evidence = `calls ${load.callee} and ${predict.callee}`;
  if (module.imports.some(({ module: name }) => APPS.test(name))) return { kind: 'model app', call: predict, evidence };
  const program =
    module.runnable || predict.scope === '' || module.calls.some(({ scope, discarded }) => scope === '' && discarded);
  return program ? { kind: 'batch prediction', call: predict, evidence } : undefined;
}
