import type { BundleOptions } from '@temporalio/worker';
import { MlopsError } from '../contract/errors.js';
import { COMBINED_ENTRY } from './bundle.js';

/** Names under which the joining module asks for the two it joins. */
export const APPLICATION_WORKFLOWS = '__app_workflows__';
export const OUR_WORKFLOWS = '__mlops_workflows__';

// The bundler's types, through the SDK that brings it along.
type Configuration = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];
type PluginFunction = Extract<NonNullable<Configuration['plugins']>[number], (...args: never[]) => unknown>;
type Compiler = ThisParameterType<PluginFunction>;
type Compilation = ReturnType<Compiler['newCompilation']>;
type Module = Parameters<Compilation['moduleGraph']['getProvidedExports']>[0];

/**
 * A bundler plugin that fails the bundling where an application's workflows and ours have a name in
 * common, so that the worker doesn't start. It goes by the exports that the bundler finds without running
 * anything; what it can't see (`module.exports` put together at run time) the joining module finds in
 * the first workflow task. A re-export of ours is no clash.
 */
export const refuseWorkflowClash = {
  apply(compiler: Compiler): void {
    compiler.hooks.compilation.tap('temporal-mlops', (compilation) => {
      // After the bundler's own taps, which find out what each module exports.
      compilation.hooks.finishModules.tap({ name: 'temporal-mlops', stage: 1000 }, () => {
        const names = commonNames(compilation);
        if (names.length === 0) return;
        throw new MlopsError(
          'MLOPS-CFG-005',
          `your workflows and those of temporal-mlops have a name in common: ${names.join(', ')}`,
          { where: 'workflowsPath', mend: 'Rename yours; a workflow’s type is the name of its function.' },
        );
      });
    });
  },
};

function commonNames(compilation: Compilation): string[] {
  const graph = compilation.moduleGraph;
  const joining = [...compilation.modules].find(
    (module) => (module as { resource?: string }).resource === COMBINED_ENTRY,
  );
  if (!joining) return [];
  const joined = (request: string) => {
    const dependency = joining.dependencies.find((each) => (each as { request?: string }).request === request);
    return dependency ? graph.getModule(dependency) : null;
  };
  const application = joined(APPLICATION_WORKFLOWS);
  const ours = joined(OUR_WORKFLOWS);
  if (!application || !ours) return [];
  const exported = graph.getProvidedExports(application);
  const own = graph.getProvidedExports(ours);
  if (!Array.isArray(exported) || !Array.isArray(own)) return [];
  const declaredIn = (module: Module, name: string) =>
    graph.getReadOnlyExportInfo(module, name).getTarget(graph)?.module ?? module;
  return own.filter((name) => exported.includes(name) && declaredIn(application, name) !== declaredIn(ours, name));
}
