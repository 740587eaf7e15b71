import type { PythonCall, PythonModule, PythonRole } from '../facts.js';
import { excerpt } from '../sourceText.js';

type Evidence = PythonModule['roleEvidence'][number];

/** Receivers whose `.fit` learns a transformation, not a model. */
const TRANSFORMERS =
  /(scaler|encoder|vectorizer|vectoriser|imputer|pca|tokenizer|tokeniser|preprocess(or|ing)?|binarizer|discretizer|selector|transformer|indexer|normalizer|tfidf|ohe)s?(_|\(\))?$/i;
/** Files that are there to register a model. */
const REGISTERING = /(promot|regist|push|upload)/i;
/** Files whose `pipeline.fit` learns a transformation. */
const PREPARING = /(preprocess|transform|feature|encod|scal|clean|prepar)/i;
/** Receivers whose `.fit` makes a yardstick or explains a model. */
const YARDSTICKS = /(dummy|baseline|perm|explainer|importance|visuali[sz]er)\w*(\(\))?$/i;

const TRAIN_CALLS = new Set([
  'xgboost.train',
  'lightgbm.train',
  'catboost.train',
  'gensim.models.Word2Vec',
  'transformers.Trainer',
  'sagemaker.workflow.steps.TrainingStep',
]);
const TRAIN_METHODS = /(^|\.)(fit|partial_fit|fit_generator|train_on_batch|fit_one_cycle|fine_tune)$/;
/** Trainer classes of Hugging Face (transformers, trl, setfit …): `Seq2SeqTrainer`, `SFTTrainer`. */
const TRAINER_CLASSES =
  /^(transformers|trl|setfit|sentence_transformers|accelerate|tf_keras|stable_baselines3)\.(\w+\.)*\w*Trainer$/;
/** `.train(…)` and the like, which are training only of a library that calls it so. */
const TRAIN_METHODS_OF = [
  { method: /(^|\.)train$/, library: /^(h2o|ultralytics|catboost|gensim|tensorflow_decision_forests|yolov5)(\.|$)/ },
  { method: /(^|\.)(compare_models|create_model|tune_model|setup)$/, library: /^pycaret(\.|$)/ },
  { method: /(^|\.)learn$/, library: /^(stable_baselines3|river)(\.|$)/ },
];

const SERVE_CALLS = new Set([
  'fastapi.FastAPI',
  'flask.Flask',
  'bentoml.Service',
  'litserve.LitServer',
  'gradio.Interface',
  'sanic.Sanic',
]);

const REGISTER_METHODS =
  /(^|\.)(register_model|create_model_version|create_registered_model|set_registered_model_alias|transition_model_version_stage|create_model_package|register_model_version)$/;
const REGISTER_CALLS =
  /^(azureml\.core(\.model)?\.Model\.register|google\.cloud\.aiplatform\.Model\.upload|bentoml\.\w+\.save_model|gto\.api\.\w+|mlem\.api\.save|mlem\.save|sagemaker\.workflow\.(model_step\.ModelStep|step_collections\.RegisterModel))$/;

/** `{model}#{stage}#{counter}` or `{model}@{version}`, the tags of GTO, as an f-string. */
const GTO_TAG = /^f['"]?\{[^{}]+\}(#[^#]+#|@)\{|^\{[^{}]+\}(#[^#]+#|@)\{/;

/** Names that make drift up, or configure it, rather than measure it. */
const DRIFT_MADE = /(simulat|scenario|setting|config|inject|generat|synth|mock|fake)/i;

function measuresDrift(name: string): boolean {
  return DRIFT_NAMES.test(name) && !DRIFT_MADE.test(name.split('.').at(-1) as string);
}

const EVALUATE_CALLS = /^(sklearn\.metrics\.\w+|mlflow\.(models\.)?evaluate|mlflow\.validate_evaluation_results)$/;

const DRIFT_MODULES = /^(evidently|alibi_detect|nannyml|whylogs|frouros)(\.|$)/;
const DRIFT_CALLS = /^scipy\.stats\.(ks_2samp|wasserstein_distance|chi2_contingency)$/;
/** `drift` or `psi` as a word of a snake-case or camel-case name. */
const DRIFT_NAMES = /(^|[._])(\w*drift\w*|psi|(calculate|compute)_psi|population_stability\w*)$/i;

/**
 * Roles of a module by what it calls and defines (the role map of the risk catalogue): the names of
 * files only decide between two readings of a call. Without any sign it is `other`.
 */
export function classifyRoles(module: PythonModule): { roles: PythonRole[]; roleEvidence: Evidence[] } {
  const found = new Map<PythonRole, Evidence>();
  const note = (role: PythonRole, line: number, text: string): void => {
    if (!found.has(role)) found.set(role, { role, line, text: excerpt(text) });
  };
  let backward: PythonCall | undefined;
  let logged: PythonCall | undefined;
  // Calls by where they start: of `StandardScaler().fit(x)` the inner one starts at the same place.
  const heads = new Map<number, PythonCall>();
  for (const call of module.calls) heads.set(call.range.start, call);
  for (const call of module.calls) {
    const { callee, resolved, line } = call;
    if (TRAIN_CALLS.has(resolved) || resolved.endsWith('.Trainer') || TRAINER_CLASSES.test(resolved))
      note('train', line, `calls ${callee}`);
    if (TRAIN_METHODS.test(callee)) {
      const receiver = receiverOf(call, heads);
      const prepares =
        /pipe(line)?$/i.test(receiver) && PREPARING.test(module.path.slice(module.path.lastIndexOf('/') + 1));
      if (TRANSFORMERS.test(receiver) || prepares) note('feature', line, `calls ${receiver}.fit`);
      else if (!YARDSTICKS.test(receiver)) note('train', line, `calls ${receiver}.${callee.split('.').at(-1)}`);
    }
    if (TRAIN_METHODS_OF.some(({ method, library }) => method.test(callee) && imports(module, library))) {
      note('train', line, `calls ${callee}`);
    }
    if (/^mlflow\.\w+\.log_model$/.test(resolved)) logged ??= call;
    if (callee.endsWith('.fit_transform') || resolved.startsWith('feast.')) note('feature', line, `calls ${callee}`);
    if (callee.endsWith('.backward')) backward = call;
    if (callee.endsWith('.step') && backward) note('train', backward.line, `calls ${backward.callee} and ${callee}`);
    if (SERVE_CALLS.has(resolved) || /\.serve\.deployment$/.test(resolved)) note('serve', line, `calls ${callee}`);
    if (REGISTER_METHODS.test(callee) || REGISTER_CALLS.test(resolved)) note('register', line, `calls ${callee}`);
    if (call.arguments.some((argument) => argument.name === 'registered_model_name')) {
      note('register', line, `calls ${callee} with registered_model_name`);
    }
    if (EVALUATE_CALLS.test(resolved)) note('evaluate', line, `calls ${callee}`);
    if (DRIFT_CALLS.test(resolved) || measuresDrift(callee)) note('drift', line, `calls ${callee}`);
  }
  for (const entry of module.imports) {
    if (DRIFT_MODULES.test(entry.module)) note('drift', entry.line, `imports ${entry.module}`);
  }
  const importsKserve = module.imports.some(({ module: name }) => /^(kserve|kfserving|mlserver)\b/.test(name));
  for (const definition of module.functions) {
    const { name, line, decorators } = definition;
    if (definition.kind === 'function' && measuresDrift(name)) note('drift', line, `defines ${name}`);
    const decorator = decorators.find((text) =>
      /^(bentoml\.service|serve\.deployment|svc\.api|service\.api)\b/.test(text),
    );
    if (decorator !== undefined) note('serve', line, `@${decorator}`);
    if (definition.kind === 'class' && importsKserve) note('serve', line, `defines ${name}, a model server class`);
  }
  const tags = module.strings.find(({ value, formatted }) => formatted && GTO_TAG.test(value));
  if (tags && module.strings.some(({ value }) => value === 'tag' || /\bgit tag\b/.test(value))) {
    note('register', tags.line, `makes git tags in the GTO convention: ${tags.value}`);
  }
  // What logs a model that it loaded before, or is there to register one, didn't train it.
  const hands = module.calls.some(loadsModel) || REGISTERING.test(module.path.slice(module.path.lastIndexOf('/') + 1));
  if (logged && !(found.has('register') && hands)) note('train', logged.line, `calls ${logged.callee}`);
  servingEntryPoint(module, note);
  trainedAndSaved(module, note);
  // A module that trains is measured there too; `evaluate` is for those that only measure.
  if (found.has('train')) found.delete('evaluate');
  const roles = [...found.keys()].sort();
  return {
    roles: roles.length > 0 ? roles : ['other'],
    roleEvidence: roles.map((role) => found.get(role) as Evidence),
  };
}

function imports(module: PythonModule, library: RegExp): boolean {
  return module.imports.some((entry) => library.test(entry.module));
}

/** `x = y.train(…)` whose `x` is then written by a serialiser: training through a class of the repository. */
function trainedAndSaved(module: PythonModule, note: (role: PythonRole, line: number, text: string) => void): void {
  for (const call of module.calls) {
    if (!/(^|\.)(\w+_)?train(_\w+)?$/.test(call.callee)) continue;
    const saved = module.calls.find(
      ({ resolved, arguments: given }) =>
        DUMPS.test(resolved) &&
        given.some(
          ({ value }) => value.kind === 'name' && call.assignedTo.includes(value.name.split('.')[0] as string),
        ),
    );
    if (saved) note('train', call.line, `calls ${call.callee} and ${saved.callee}`);
  }
}

const DUMPS = /(^|\.)(joblib|c?pickle|cloudpickle|dill|torch)\.(dump|save)$/;

function receiverOf(call: PythonCall, heads: ReadonlyMap<number, PythonCall>): string {
  if (!call.callee.startsWith('()')) return call.callee.split('.').slice(0, -1).join('.');
  const head = heads.get(call.range.start);
  return head && head !== call ? `${head.callee}()` : '()';
}

/** Scoring scripts of Azure ML (`init` and `run`), SageMaker (`model_fn`, `predict_fn`) and Lambda. */
function servingEntryPoint(module: PythonModule, note: (role: PythonRole, line: number, text: string) => void): void {
  const top = new Map(module.functions.filter((f) => f.kind === 'function').map((f) => [f.name, f]));
  const loads = module.calls.some(({ resolved, callee }) => LOADS_MODEL.test(resolved) || LOADS_MODEL.test(callee));
  const predicts = module.calls.some(({ callee }) => PREDICTS.test(callee));
  const init = top.get('init');
  if (init && top.has('run') && predicts) note('serve', init.line, 'defines init and run, a scoring script');
  const modelFn = top.get('model_fn') ?? top.get('predict_fn');
  if (modelFn) note('serve', modelFn.line, `defines ${modelFn.name}, a SageMaker entry point`);
  const handler = top.get('lambda_handler') ?? top.get('handler');
  if (handler && (predicts || loads)) note('serve', handler.line, `defines ${handler.name} and predicts`);
}

const LOADS_MODEL =
  /(^|\.)(load_model|(joblib|pickle|cloudpickle|dill|torch|saved_model)\.load|pickle\.loads|from_pretrained|load_checkpoint|load_from_checkpoint|load_learner|InferenceSession)$/;
const PREDICTS = /(^|\.)(predict|predict_proba|score_samples|infer|batch_predict)$/;

/** Whether a call reads a stored model. */
export function loadsModel(call: PythonCall): boolean {
  return LOADS_MODEL.test(call.resolved);
}

/** Whether a call asks a model for predictions. */
export function predicts(call: PythonCall): boolean {
  return PREDICTS.test(call.callee);
}

/** A function or class, by its own name, that makes a model: `train_model`, `fit_hgb_model`, `ChurnTrainer`. */
const TRAINS = /(^|_)(re)?(train|fit)(_|$)|Trainer$/;

/**
 * Programs that train through another module: they call something named for training that they
 * import from a module of the repository with the role `train`.
 */
export function markTrainingEntryPoints(modules: readonly PythonModule[]): void {
  const trainers = modules.filter(({ roles }) => roles.includes('train'));
  for (const module of modules) {
    if (!module.runnable || module.roles.includes('train')) continue;
    const bound = module.imports.filter(
      ({ module: from, name }) =>
        name !== undefined && TRAINS.test(name) && trainers.some((trainer) => provides(trainer.path, from)),
    );
    const call = module.calls.find(({ callee }) => bound.some(({ alias }) => alias === callee.split('.')[0]));
    if (!call) continue;
    module.roles = [...module.roles.filter((role) => role !== 'other'), 'train' as const].sort();
    module.roleEvidence.push({
      role: 'train',
      line: call.line,
      text: excerpt(`calls ${call.callee} of ${call.resolved}`),
    });
  }
}

/** Whether a file is a module, or lies in a package, of that dotted name. */
function provides(path: string, dotted: string): boolean {
  const tail = dotted.replace(/^\.+/, '').replaceAll('.', '/');
  if (tail === '') return false;
  const padded = `/${path}`;
  return padded.endsWith(`/${tail}.py`) || padded.includes(`/${tail}/`);
}
