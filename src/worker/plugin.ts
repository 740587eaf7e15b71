/*
 * MlopsPlugin: what a worker needs for change tasks, without touching what it has.
 *   activities  ours are added; a name that both have is an error
 *   workflows   alone: the bundle built with the package; next to the user's `workflowsPath`: both, in
 *               one bundle; next to the user's prebuilt bundle: theirs, which must re-export ours
 *   converter   undecodable signals survive; a converter of the user's own is kept
 *   client      nothing changes
 */
import { readFileSync } from 'node:fs';
import { SimplePlugin } from '@temporalio/plugin';
import type { BundleOptions, ReplayWorkerOptions, WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/createActivities.js';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { MlopsError } from '../contract/errors.js';
import { CHANGE_WORKFLOW } from '../contract/messages.js';
import { SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';
import { COMBINED_ENTRY, hasPrebuiltBundle, PAYLOAD_CONVERTER, PREBUILT_BUNDLE, WORKFLOWS_ENTRY } from './bundle.js';
import { APPLICATION_WORKFLOWS, OUR_WORKFLOWS, refuseWorkflowClash } from './workflowClash.js';

/** One set of activities for one set of dependencies: whoever gives the plugin twice gets the same functions. */
const activitiesOf = new WeakMap<ActivityDependencies, ReturnType<typeof createActivities>>();

/**
 * Brings the workflow `mlopsChange` and its activities to a worker.
 *
 * Give it to `Worker.create({ plugins })`; giving it to the client or the connection too is harmless.
 * Secrets never pass through it: they are read by reference when an activity needs them.
 */
export class MlopsPlugin extends SimplePlugin {
  readonly #dependencies: ActivityDependencies;

  constructor(dependencies: ActivityDependencies) {
    super({ name: 'temporal-mlops' });
    this.#dependencies = dependencies;
  }

  /**
   * @throws MlopsError MLOPS-CFG-005 when the worker has an activity or workflow with the name of one
   * of ours, MLOPS-CFG-006 when it has a prebuilt workflow bundle without our workflow.
   */
  override configureWorker(options: WorkerOptions): WorkerOptions {
    const configured = super.configureWorker(options);
    if (configured.workflowBundle) assertOursIn(configured.workflowBundle);
    return withWorkflows({ ...configured, activities: joined(configured.activities, this.#activities()) });
  }

  /** The same workflows for a replay of recorded histories. */
  override configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return withWorkflows(super.configureReplayWorker(options));
  }

  override configureBundler(options: BundleOptions): BundleOptions {
    const configured = super.configureBundler(options);
    if (configured.workflowsPath === COMBINED_ENTRY || configured.workflowsPath === WORKFLOWS_ENTRY)
      return withConverter(configured);
    return withConverter(combined(configured));
  }

  #activities(): ReturnType<typeof createActivities> {
    const activities = activitiesOf.get(this.#dependencies) ?? createActivities(this.#dependencies);
    activitiesOf.set(this.#dependencies, activities);
    return activities;
  }
}

function joined(theirs: object | undefined, ours: object): object {
  const present = (theirs ?? {}) as Record<string, unknown>;
  const clash = Object.entries(ours).find(([name, own]) => present[name] !== undefined && present[name] !== own);
  if (clash) {
    throw new MlopsError('MLOPS-CFG-005', `the worker already has an activity "${clash[0]}"`, {
      where: 'activities',
      mend: 'Rename your activity; or, where two plugins with different dependencies reach one worker, leave one out.',
    });
  }
  return { ...theirs, ...ours };
}

/** What decides about the workflow code, common to a worker that runs and one that replays. */
type WorkflowOptions = Pick<
  ReplayWorkerOptions,
  'workflowsPath' | 'workflowBundle' | 'dataConverter' | 'interceptors' | 'bundlerOptions'
>;

function withWorkflows<O extends WorkflowOptions>(options: O): O {
  const converter = options.dataConverter?.payloadConverterPath;
  const withData: O = converter
    ? options
    : { ...options, dataConverter: { ...options.dataConverter, payloadConverterPath: PAYLOAD_CONVERTER } };
  if (options.workflowBundle || options.workflowsPath) return withData;
  // What is the user's own in the sandbox must be bundled, so the bundle from the package doesn't fit.
  const own =
    converter ||
    options.dataConverter?.failureConverterPath ||
    options.interceptors?.workflowModules?.length ||
    options.bundlerOptions;
  if (own || !hasPrebuiltBundle()) return { ...withData, workflowsPath: WORKFLOWS_ENTRY };
  return { ...withData, workflowBundle: { codePath: PREBUILT_BUNDLE } };
}

/** Without ours every task would wait for ever, with nothing but a line in the worker's log. */
function assertOursIn(bundle: NonNullable<WorkerOptions['workflowBundle']>): void {
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  // The type alone may be there because a workflow of the user's starts ours as a child.
  if (code.includes(CHANGE_WORKFLOW) && code.includes(SEARCH_ATTRIBUTES.awaiting)) return;
  throw new MlopsError('MLOPS-CFG-006', `the workflow bundle does not export ${CHANGE_WORKFLOW}`, {
    where: 'codePath' in bundle ? bundle.codePath : 'workflowBundle',
    mend:
      "Write `export * from 'temporal-mlops/workflow'` into the entry module of the bundle, or give the plugin " +
      'to bundleWorkflowCode as well; docs/plugin.md shows both.',
  });
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
      const theirs = hooked.resolve?.alias ?? {};
      const ours = { [APPLICATION_WORKFLOWS]: application, [OUR_WORKFLOWS]: WORKFLOWS_ENTRY };
      const alias = Array.isArray(theirs)
        ? [...theirs, ...Object.entries(ours).map(([name, path]) => ({ name, alias: path, onlyModule: true }))]
        : { ...theirs, ...Object.fromEntries(Object.entries(ours).map(([name, path]) => [`${name}$`, path])) };
      return {
        ...hooked,
        resolve: { ...hooked.resolve, alias },
        plugins: [...(hooked.plugins ?? []), refuseWorkflowClash],
      };
    },
  };
}
