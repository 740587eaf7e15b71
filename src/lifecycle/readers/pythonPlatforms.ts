import type { LifecycleStage } from '../../contract/stage.js';
import { deploysByCommand, registersByCommand } from '../commandSigns.js';
import type { PythonCall, PythonModule, ToolPart } from '../facts.js';
import { toolPart } from './toolPart.js';

/** Parts of one module that are kept, for each kind. */
const MAX_PER_KIND = 1;

interface Sign {
  stage: LifecycleStage;
  kind: string;
  /** Of the call's resolved name. */
  call: RegExp;
  /** A module that has to be imported for it, where the name alone is too common. */
  needs?: RegExp;
}

const SAGEMAKER = /^(sagemaker|boto3)(\.|$)/;
const AZURE_ML = /^azure\.ai\.ml(\.|$)/;
const VERTEX = /^google\.cloud(\.aiplatform|$)|^vertexai(\.|$)/;

/** Calls of the platforms' own SDKs, by their documentation. */
const SIGNS: Sign[] = [
  {
    stage: 'deployment',
    kind: 'endpoint deployment',
    call: /^google\.cloud\.aiplatform\.(Endpoint\.create|\w*Model\.deploy)$/,
  },
  {
    stage: 'deployment',
    kind: 'endpoint deployment',
    call: /(^|\.)(\w*endpoint|\w*model|\w*estimator|predictor|pipeline_model)\w*\.deploy$/i,
    needs: new RegExp(`${SAGEMAKER.source}|${VERTEX.source}`),
  },
  {
    stage: 'deployment',
    kind: 'endpoint deployment',
    call: /(^|\.)(create_endpoint|update_endpoint)$/,
    needs: SAGEMAKER,
  },
  {
    stage: 'deployment',
    kind: 'endpoint deployment',
    call: /^azureml\.core(\.model)?\.Model\.deploy$|\.(online|batch)_(endpoints|deployments)\.begin_create_or_update$/,
  },
  {
    stage: 'deployment',
    kind: 'endpoint deployment',
    call: /^mlflow\.(deployments|sagemaker)\.\w*(deploy|create_deployment|run_local)\w*$/,
  },
  { stage: 'deployment', kind: 'Ray Serve application', call: /^ray\.serve\.(run|deployment)$/ },
  {
    stage: 'deployment',
    kind: 'batch prediction',
    call: /(^|\.)create_transform_job$|^google\.cloud\.aiplatform\.BatchPredictionJob\.|^mlflow\.pyfunc\.spark_udf$|^tfx\.(v1\.)?components\.BulkInferrer$/,
  },
  { stage: 'deployment', kind: 'batch prediction', call: /(^|\.)batch_predict$/, needs: VERTEX },
  {
    stage: 'deployment',
    kind: 'batch prediction',
    call: /^azureml\.(pipeline\.steps|contrib\.pipeline\.steps)\.ParallelRunStep$|^sagemaker\.(transformer\.)?Transformer$|^sagemaker\.workflow\.steps\.TransformStep$/,
  },
  {
    stage: 'deployment',
    kind: 'CDK serving resource',
    call: /^aws_cdk\.(aws_lambda\.DockerImageFunction|aws_sagemaker\.CfnEndpoint|aws_sagemaker_alpha\.Endpoint|aws_ecs_patterns\.\w+Service|aws_apprunner(_alpha)?\.\w*Service)$/,
  },
  { stage: 'registration', kind: 'registry push', call: /(^|\.)(push_to_hub|link_artifact|link_model)$/ },
  {
    stage: 'registration',
    kind: 'registry push',
    call: /^tfx\.(v1\.)?components\.(pusher\.component\.)?Pusher$|^clearml\.OutputModel$/,
  },
  { stage: 'monitoring', kind: 'custom metric', call: /(^|\.)put_metric_data$/, needs: SAGEMAKER },
  {
    stage: 'monitoring',
    kind: 'custom metric',
    call: /^(opencensus\.ext\.azure\.\w+\.\w+|azure\.monitor\.opentelemetry\.configure_azure_monitor|statsd\.StatsClient|datadog\.(statsd\.\w+|initialize))$/,
  },
  { stage: 'registration', kind: 'registry push', call: /(^|\.)models\.(begin_)?create_or_update$/, needs: AZURE_ML },
  { stage: 'registration', kind: 'registry push', call: /(^|\.)upload_folder$/, needs: /^huggingface_hub(\.|$)/ },
  { stage: 'registration', kind: 'registry push', call: /^neptune\.init_model_version$|(^|\.)mr\.\w+\.create_model$/ },
  { stage: 'training', kind: 'training job', call: /(^|\.)jobs\.(begin_)?create_or_update$/, needs: AZURE_ML },
  {
    stage: 'monitoring',
    kind: 'model monitor',
    call: /^google\.cloud\.aiplatform\.(ModelDeploymentMonitoringJob\.create|model_monitoring\.\w+)$/,
  },
  {
    stage: 'monitoring',
    kind: 'model monitor',
    call: /^sagemaker\.model_monitor(\.\w+)*\.(\w*Monitor|DataCaptureConfig)$|^sagemaker\.workflow\.quality_check_step\.\w+$/,
  },
  {
    stage: 'monitoring',
    kind: 'model monitor',
    call: /^azureml\.monitoring\.ModelDataCollector$|^azureml\.datadrift\.\w+(\.\w+)?$|^azure\.ai\.ml\.entities\.(MonitorSchedule|MonitorDefinition|DataCollector)$/,
  },
  {
    stage: 'monitoring',
    kind: 'model monitor',
    call: /^whylogs(\.\w+)*\.(log|log_\w+)$/,
  },
  {
    stage: 'training',
    kind: 'training job',
    call: /^google\.cloud\.aiplatform\.(Custom\w*TrainingJob|CustomJob|AutoML\w+TrainingJob|HyperparameterTuningJob)(\.\w+)?$/,
  },
  { stage: 'training', kind: 'training job', call: /(^|\.)create_training_job$|(^|\.)fine_tuning\.jobs\.create$/ },
  {
    stage: 'training',
    kind: 'training job',
    call: /^tfx\.(v1\.)?(components|extensions\.google_cloud_ai_platform)(\.\w+)*\.(Trainer|Tuner)$/,
  },
  {
    stage: 'training',
    kind: 'data validation',
    call: /^(great_expectations|deepchecks|pandera|tensorflow_data_validation)(\.\w+)*\.(get_context|run_checkpoint|full_suite|data_integrity|train_test_validation|model_evaluation|DataFrameSchema|validate_statistics)$/,
  },
];

/** Clients of services that watch models. */
const MONITORS = /^(aporia|arize|fiddler|superwise|whylabs_client|verta\.monitoring)(\.|$)/;

const SHELLS =
  /^(os\.(system|popen)|subprocess\.(run|call|check_call|check_output|Popen|getoutput)|fabric\.\w+|invoke\.run)$|(^|\.)(run_command|local_command)$/;

/** What a module does on a platform: calls of its SDK, and commands that it has a shell run. */
export function pythonPlatforms(module: PythonModule): ToolPart[] {
  const counts = new Map<string, number>();
  const parts: ToolPart[] = [];
  const add = (call: PythonCall, stage: LifecycleStage, kind: string, evidence: string): void => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count > MAX_PER_KIND) return;
    const name = `${module.path.slice(module.path.lastIndexOf('/') + 1)}`;
    parts.push(toolPart(call, { path: module.path, kind, name, evidence, stage }));
  };
  const monitor = module.imports.find(({ module: name }) => MONITORS.test(name));
  if (monitor) {
    const name = module.path.slice(module.path.lastIndexOf('/') + 1);
    const evidence = `imports ${monitor.module}`;
    parts.push(toolPart(monitor, { path: module.path, kind: 'model monitor', name, evidence, stage: 'monitoring' }));
  }
  for (const call of module.calls) {
    const sign = SIGNS.find(
      ({ call: pattern, needs }) =>
        pattern.test(call.resolved) &&
        (needs === undefined || module.imports.some((entry) => needs.test(fullName(entry)))),
    );
    // A data set that is pushed is no model.
    if (sign && !(sign.stage === 'registration' && /data(set)?/i.test(call.callee)))
      add(call, sign.stage, sign.kind, `calls ${call.callee}`);
    if (
      /(^|\.)(log_artifact|Artifact)$/.test(call.resolved) &&
      call.resolved.startsWith('wandb.') &&
      isModelArtifact(call)
    ) {
      add(call, 'registration', 'registry push', `calls ${call.callee} of type model`);
    }
    if (!SHELLS.test(call.resolved)) continue;
    const command = call.arguments
      .flatMap(({ name, value }) => (name === undefined || name === 'args' ? words(value) : []))
      .join(' ');
    if (deploysByCommand(command)) add(call, 'deployment', 'deployment script', `runs ${command}`);
    else if (registersByCommand(command)) add(call, 'registration', 'registration script', `runs ${command}`);
  }
  return parts;
}

function fullName(entry: { module: string; name?: string }): string {
  return entry.name === undefined ? entry.module : `${entry.module}.${entry.name}`;
}

function isModelArtifact(call: PythonCall): boolean {
  return call.arguments.some(
    ({ name, value }) => (name === 'type' || name === undefined) && value.kind === 'string' && value.value === 'model',
  );
}

function words(value: PythonCall['arguments'][number]['value']): string[] {
  if (value.kind === 'string') return [value.value];
  if (value.kind === 'other') return [value.text.replace(/^[fr]{1,2}["']/, '')];
  return value.kind === 'list' ? value.items.flatMap(words) : [];
}
