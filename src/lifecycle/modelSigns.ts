import type { LifecycleFacts } from './facts.js';
import { predicts } from './readers/pythonRoles.js';

/** Modules, or packages, that are there for models: frameworks, registries, servers and monitors. */
const LIBRARIES =
  /^(sklearn|scikit[-_]learn|torch|torchvision|pytorch[-_]lightning|lightning|tensorflow|keras|tfx|xgboost|lightgbm|catboost|mlflow|transformers|sentence[-_]transformers|diffusers|peft|trl|onnxruntime|onnx|bentoml|kserve|mlserver|seldon[-_]core|statsmodels|prophet|pyspark\.ml|spacy|fastai|autogluon|pycaret|flaml|h2o|jax|flax|optuna|sagemaker|azureml|azure[.-]ai[.-]ml|google\.cloud\.aiplatform|google-cloud-aiplatform|vertexai|kfp|zenml|evidently|nannyml|deepchecks|mlem|ultralytics|gensim|surprise|implicit|river|vllm|ray\.(train|serve|tune))([._-]|$)/;
const MODEL_KINDS = new Set([
  'InferenceService',
  'SeldonDeployment',
  'TrainedModel',
  'ServingRuntime',
  'ClusterServingRuntime',
]);
/** Formats that only tools for models have. */
const MODEL_PARTS =
  /^(MLproject|BentoML|MLEM|Azure ML|Triton|TorchServe|Terraform aws_sagemaker|AWS::SageMaker|Terraform google_vertex|SageMaker|TFX|Kedro|Metaflow|ZenML)/;
const ROLE_SIGNS = ['train', 'register', 'drift'];
const MODEL_WORDS = /(^|[^a-z])(model|drift|predictions?|inference|feature)s?([^a-z]|$)/i;

/**
 * One sentence why this repository is about a model, or `undefined` when nothing says so. A plain
 * web service has Dockerfiles, Deployments and alerts too; without such a sign they are no part of
 * a model's life.
 */
export function modelSign(facts: LifecycleFacts): string | undefined {
  for (const module of facts.pythonModules) {
    const library = module.imports.find(({ module: name }) => LIBRARIES.test(name));
    if (library) return `${module.path}:${library.line} imports ${library.module}`;
    const role = module.roleEvidence.find(({ role: name, text }) => ROLE_SIGNS.includes(name) && saysModel(text));
    if (role) return `${module.path}:${role.line} ${role.text}`;
    const prediction = module.calls.find(predicts);
    if (prediction) return `${module.path}:${prediction.line} calls ${prediction.callee}`;
    const definition = module.functions.find(
      ({ name, kind }) => kind === 'class' && /(^|\.)\w*Model$/.test(name) && hasScore(module.functions, name),
    );
    if (definition) return `${module.path}:${definition.line} defines ${definition.name}`;
  }
  for (const file of facts.requirementsFiles) {
    const requirement = file.requirements.find(({ name }) => LIBRARIES.test(name));
    if (requirement) return `${file.path}:${requirement.line} requires ${requirement.name}`;
  }
  for (const { path, module } of facts.notebooks) {
    const library = module.imports.find(({ module: name }) => LIBRARIES.test(name));
    if (library) return `${path}:${library.line} imports ${library.module}`;
  }
  for (const manifest of facts.dependencyManifests) {
    // What a lock file lists can be there for something else's sake.
    const requirement = manifest.locked ? undefined : manifest.requirements.find(({ name }) => LIBRARIES.test(name));
    if (requirement) return `${manifest.path}:${requirement.line} requires ${requirement.name}`;
  }
  const declared = facts.toolParts.find(({ kind }) => MODEL_PARTS.test(kind));
  if (declared) return `${declared.path}:${declared.line} is a ${declared.kind}`;
  const model = facts.modelFiles[0];
  if (model) return `${model.path} is a model file`;
  const artifact = facts.gtoArtifacts.find(({ type }) => type === 'model');
  if (artifact) return `${artifact.path}:${artifact.line} registers ${artifact.name}`;
  const served = facts.kubernetesObjects.find(({ kind }) => MODEL_KINDS.has(kind));
  if (served) return `${served.path}:${served.line} is a ${served.kind}`;
  for (const { rules } of facts.ruleFiles) {
    const rule = rules.find(
      ({ name, promql }) =>
        MODEL_WORDS.test(name.replace(/([a-z])([A-Z])/g, '$1 $2')) ||
        promql.selectors.some(({ metric }) => MODEL_WORDS.test((metric ?? '').replaceAll('_', ' '))),
    );
    if (rule) return `${rule.path}:${rule.line} alerts on a model: ${rule.name}`;
  }
  return undefined;
}

/** Configuration drifts and windows fit too: such a call alone says nothing about a model. */
function saysModel(evidence: string): boolean {
  return !/drift/i.test(evidence) || /model|feature|data|predict|psi|population|imports/i.test(evidence);
}

function hasScore(functions: LifecycleFacts['pythonModules'][number]['functions'], owner: string): boolean {
  return functions.some(({ name }) => name === `${owner}.score` || name === `${owner}.predict`);
}
