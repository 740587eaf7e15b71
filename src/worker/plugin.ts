/*
 * MlopsPlugin: what a worker needs for change tasks, without touching what it has.
 *   activities  ours are added; a name that both have is an error
 *   workflows   alone: the bundle built with the package; next to the user's `workflowsPath`: both, in
 *               one bundle; next to the user's prebuilt bundle: theirs, which must re-export ours
 *   converter   undecodable signals survive; a converter of the user's own is kept
 *   client      nothing changes
 */
import { SimplePlugin } from '@temporalio/plugin';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/createActivities.js';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { MlopsError } from '../contract/errors.js';
import { COMBINED_ENTRY, hasPrebuiltBundle, PAYLOAD_CONVERTER, PREBUILT_BUNDLE, WORKFLOWS_ENTRY } from './bundle.js';

/**
 * Brings the workflow `mlopsChange` and its activities to a worker.
 *
 * Give it to `Worker.create({ plugins })`; giving it to the client too is harmless. Secrets never pass
 * through it: they are read by reference when an activity needs them.
 */
export class MlopsPlugin extends SimplePlugin {
  readonly #dependencies: ActivityDependencies;

  constructor(dependencies: ActivityDependencies) {
    super({ name: 'temporal-mlops' });
    this.#dependencies = dependencies;
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    const configured = super.configureWorker(options);
    const result: WorkerOptions = {
      ...configured,
      activities: joined(configured.activities, createActivities(this.#dependencies)),
    };
    return this.#withWorkflows(result);
  }

  override configureBundler(options: BundleOptions): BundleOptions {
    const configured = super.configureBundler(options);
    if (configured.workflowsPath === COMBINED_ENTRY || configured.workflowsPath === WORKFLOWS_ENTRY)
      return withConverter(configured);
    return withConverter(combined(configured));
  }

  #withWorkflows(options: WorkerOptions): WorkerOptions {
    const converter = options.dataConverter?.payloadConverterPath;
    const dataConverter = converter
      ? options.dataConverter
      : { ...options.dataConverter, payloadConverterPath: PAYLOAD_CONVERTER };
    const withData: WorkerOptions = dataConverter ? { ...options, dataConverter } : options;
    if (options.workflowBundle || options.workflowsPath) return withData;
    // A converter of the user's own must be bundled, so the bundle from the package doesn't fit.
    if (converter || !hasPrebuiltBundle()) return { ...withData, workflowsPath: WORKFLOWS_ENTRY };
    return { ...withData, workflowBundle: { codePath: PREBUILT_BUNDLE } };
  }
}

function joined(theirs: object | undefined, ours: object): object {
  const clash = Object.keys(ours).find((name) => theirs && (theirs as Record<string, unknown>)[name] !== undefined);
  if (clash) {
    throw new MlopsError('MLOPS-CFG-005', `the worker already has an activity "${clash}"`, {
      where: 'activities',
      mend: 'Rename your activity, or give the plugin only once: to the worker, not to its connection as well.',
    });
  }
  return { ...theirs, ...ours };
}

function withConverter(options: BundleOptions): BundleOptions {
  return options.payloadConverterPath ? options : { ...options, payloadConverterPath: PAYLOAD_CONVERTER };
}

/** Points the bundler at the joining module, around a webpack hook of the user's own. */
function combined(options: BundleOptions): BundleOptions {
  const application = options.workflowsPath;
  if (!application) return { ...options, workflowsPath: WORKFLOWS_ENTRY };
  const hook = options.webpackConfigHook;
  return {
    ...options,
    workflowsPath: COMBINED_ENTRY,
    webpackConfigHook: (config) => {
      const hooked = hook ? hook(config) : config;
      const alias = { __app_workflows__$: application, __mlops_workflows__$: WORKFLOWS_ENTRY };
      return {
        ...hooked,
        resolve: { ...hooked.resolve, alias: { ...(hooked.resolve?.alias as Record<string, string>), ...alias } },
      };
    },
  };
}
