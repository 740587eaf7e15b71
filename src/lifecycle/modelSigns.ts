import type { LifecycleFacts } from './facts.js';
import { predicts } from './readers/pythonRoles.js';

const LIBRARIES =
  /^(sklearn|scikit-learn|torch|tensorflow|keras|xgboost|lightgbm|catboost|mlflow|transformers|onnxruntime|onnx|bentoml|kserve|mlserver|statsmodels|prophet|pyspark\.ml|spacy|sagemaker|evidently|mlem)(\.|$)/;
const MODEL_KINDS = new Set([
  'InferenceService',
  'SeldonDeployment',
  'TrainedModel',
  'ServingRuntime',
  'ClusterServingRuntime',
]);
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
    const role = module.roleEvidence.find(({ role: name }) => ['train', 'register', 'drift'].includes(name));
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

function hasScore(functions: LifecycleFacts['pythonModules'][number]['functions'], owner: string): boolean {
  return functions.some(({ name }) => name === `${owner}.score` || name === `${owner}.predict`);
}
