import type { EncodedPath } from '../contract/encodedPath.js';
import type { LifecycleStage } from '../contract/stage.js';

// What the readers parsed, format by format, for rules, fixes and proofs. Plain data: it holds no
// syntax trees and no functions, it is sorted by path and then by position, and every list is
// there (empty where nothing was found).
//
// Lines count from 1. A range is a pair of UTF-16 offsets into `snapshot.text(path)`, end excluded,
// so that `text.slice(range.start, range.end)` is exactly what stands there, quotes included.

/** Offsets into the file's text, end excluded. */
export interface SourceRange {
  start: number;
  end: number;
}

/** A piece of a file: first and last line, and the offsets. */
export interface Place {
  line: number;
  endLine: number;
  range: SourceRange;
}

/** A scalar of a YAML document: its value as text, and where it stands (quotes or block header included). */
export interface Scalar extends Place {
  value: string;
}

// ---------------------------------------------------------------------------------------- Python

/** What a Python module is for; a module can have several roles. `other` stands alone. */
export type PythonRole = 'train' | 'serve' | 'register' | 'evaluate' | 'drift' | 'feature' | 'other';

/** A Python expression as far as it can be told without running it. */
export type PythonValue =
  | { kind: 'string'; value: string }
  | { kind: 'number'; value: number; text: string }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'none' }
  /** A plain or dotted name, as written: `cfg.seed`. */
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: PythonValue[] }
  | { kind: 'dict'; entries: { key: PythonValue; value: PythonValue }[]; splat: boolean }
  /** A call: its callee as {@link PythonCall.callee} gives it. */
  | { kind: 'call'; callee: string }
  /** Anything else; `text` is the source, at most 200 characters. */
  | { kind: 'other'; text: string };

export interface PythonImport extends Place {
  /** Module imported from: `sklearn.model_selection`; relative ones keep their dots. */
  module: string;
  /** Name taken from the module; absent for `import module`. */
  name?: string;
  /** The name that it is bound to here. */
  alias: string;
}

export interface PythonArgument extends Place {
  /** Keyword; absent for positional arguments and splats. */
  name?: string;
  /** `*args` or `**kwargs`. */
  splat?: '*' | '**';
  value: PythonValue;
}

export interface PythonCall extends Place {
  /**
   * Dotted callee as written: `mlflow.log_metric`, `model.fit`. Where the callee isn't a plain
   * dotted name, the unknown head is `()`: `RandomForestClassifier().fit` gives `().fit`.
   */
  callee: string;
  /** The same with the head resolved through the module's imports: `sklearn.model_selection.train_test_split`. */
  resolved: string;
  arguments: PythonArgument[];
  /** From `(` to after `)`. An argument is added just before `range.end - 1`. */
  argumentList: SourceRange;
  /** Whether the last argument is followed by a comma. */
  trailingComma: boolean;
  /** Qualified name of the function or class around it; '' at module level. */
  scope: string;
  /** Names that the call's result is assigned to directly; empty when it isn't. */
  assignedTo: string[];
  /** Whether the call is a whole statement, so that its result is dropped. */
  discarded: boolean;
  /**
   * Indices in {@link PythonModule.conditions} of the conditions whose branch it is in, outermost
   * first. Within an `else` it is the index of the last condition before: compare with its `body`.
   */
  guards: number[];
}

export interface PythonAssignment extends Place {
  /** `x`, `self.threshold`, `config['min_auc']` as written. */
  targets: string[];
  value: PythonValue;
  /** Plain and dotted names that the right side reads. */
  reads: string[];
  scope: string;
}

/** `a.b < 0.8`: one link of a chain of comparisons. */
export interface PythonComparison extends Place {
  operator: '<' | '<=' | '>' | '>=' | '==' | '!=' | 'in' | 'not in' | 'is' | 'is not';
  left: PythonValue;
  right: PythonValue;
  /** Plain and dotted names, and string keys of subscripts, on both sides. */
  reads: string[];
  scope: string;
}

export interface PythonCondition extends Place {
  kind: 'if' | 'elif' | 'while' | 'assert' | 'conditional-expression';
  /** Source of the condition, at most 200 characters. */
  text: string;
  /** Plain and dotted names, and string keys of subscripts, that it reads. */
  reads: string[];
  /** Whether it contains a comparison with `<`, `<=`, `>`, `>=`, `==` or `!=`. */
  compares: boolean;
  /** Whether its branch (or, of an `assert`, its failing) raises or exits the process. */
  stops: boolean;
  /** Whether the `else` that follows raises or exits the process. */
  elseStops: boolean;
  /** Whether its branch returns. */
  returns: boolean;
  /** Lines of the branch, first and last; of the condition itself where there is no branch. */
  body: { start: number; end: number };
  scope: string;
}

export interface PythonExit extends Place {
  kind: 'raise' | 'exit';
  /** Exit code where it is a literal; `undefined` where it is computed or absent. */
  code?: number;
  /** Class raised, as written. */
  raises?: string;
  scope: string;
  guards: number[];
}

export interface PythonString extends Place {
  value: string;
  /** An f-string: `{…}` parts stand in `value` as written. */
  formatted: boolean;
  scope: string;
}

export interface PythonFunction extends Place {
  /** Qualified: `Trainer.run`. */
  name: string;
  kind: 'function' | 'class';
  parameters: string[];
  /** Default values of parameters that have one. */
  defaults: Record<string, PythonValue>;
  /** Decorators as written, without `@`, at most 200 characters each. */
  decorators: string[];
}

export interface PythonModule {
  path: EncodedPath;
  roles: PythonRole[];
  /** Why it has its roles: `role: line: what`, one for each role. */
  roleEvidence: { role: PythonRole; line: number; text: string }[];
  imports: PythonImport[];
  calls: PythonCall[];
  assignments: PythonAssignment[];
  comparisons: PythonComparison[];
  conditions: PythonCondition[];
  exits: PythonExit[];
  strings: PythonString[];
  functions: PythonFunction[];
  /** Has `if __name__ == '__main__':`. */
  runnable: boolean;
  /** The parser met something that isn't Python; what stands around it is still given. */
  syntaxErrors: boolean;
  /** A list was cut at its limit, so absence of something can't be concluded. */
  truncated: boolean;
}

/** A Prometheus metric that code exports. */
export interface ExportedMetric extends Place {
  path: EncodedPath;
  type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'enum' | 'unknown';
  /** Full name with namespace, subsystem and unit; a counter's `_total` cut, as the client keeps it. */
  name: string;
  /** The series that a scrape really shows: a Counter `x` or `x_total` gives `x_total` and `x_created`. */
  series: string[];
  /** Names of labels, as far as they are literal; `undefined` when they can't be told. */
  labels?: string[];
  /** What exports it: `prometheus_client` or a library such as `prometheus_fastapi_instrumentator`. */
  exporter: string;
  /** `parsed`: the definition stands in the code; `documented`: the library is known to export it. */
  basis: 'parsed' | 'documented';
  /** The literal name, quotes included, where it is one literal. */
  nameRange?: SourceRange;
}

// ------------------------------------------------------------------------------------- packaging

export interface Requirement extends Place {
  /** Normalised name (PEP 503): lower case, runs of `-_.` as one `-`. */
  name: string;
  extras: string[];
  /** `==1.4.2`, `>=2,<3`, '' where there is none, or the URL after `@`. */
  specifier: string;
  /** Exactly one version: `==` or `===` without a wildcard, or a URL with a full commit id. */
  pinned: boolean;
  /** Version, where it is pinned by `==` or `===`. */
  version?: string;
  marker?: string;
  /** Has `--hash=`. */
  hashed: boolean;
}

/** One list of dependencies: a requirements file, or one list of a `pyproject.toml`. */
export interface RequirementsFile {
  path: EncodedPath;
  kind: 'requirements' | 'constraints' | 'pyproject';
  /** `dependencies`, `optional:<extra>` or `poetry` for `pyproject.toml`; '' otherwise. */
  group: string;
  requirements: Requirement[];
  /** Paths after `-r`, as the file writes them. */
  includes: string[];
  /** Paths after `-c`. */
  constraints: string[];
}

// ------------------------------------------------------------------------------------- Dockerfile

export interface DockerStage extends Place {
  /** Name after `AS`, where there is one. */
  name?: string;
  /** As written after FROM, build arguments unresolved. */
  image: string;
  /** Where the image is written: the splice range of a pin. */
  imageRange: SourceRange;
  repository: string;
  tag?: string;
  digest?: string;
  /** Names an earlier stage, or `scratch`. */
  internal: boolean;
  /** Contains `$`, so that it can't be told. */
  templated: boolean;
}

export interface DockerInstruction extends Place {
  /** Upper case: `RUN`, `COPY`, `CMD` … */
  keyword: string;
  /** The rest with line continuations joined by a space. */
  value: string;
  /** The words of a JSON (exec) form. */
  exec?: string[];
  /** Index of its stage in {@link Dockerfile.stages}; -1 before the first FROM. */
  stage: number;
}

export interface Dockerfile {
  path: EncodedPath;
  stages: DockerStage[];
  instructions: DockerInstruction[];
  /** Repository paths that COPY and ADD name, as written. */
  copies: { source: string; destination: string; from?: string; line: number }[];
  hasHealthcheck: boolean;
  exposes: string[];
}

// -------------------------------------------------------------------------------------------- DVC

export interface DvcStage extends Place {
  name: string;
  /** A single command, or the list joined by ` && `; '' where there is none. */
  cmd: string;
  wdir?: string;
  /** Paths, resolved against the folder of dvc.yaml and `wdir`. */
  deps: string[];
  outs: string[];
  metrics: string[];
  plots: string[];
  /** `params.yaml:train.lr` forms: file, and key where there is one. */
  params: { file: string; key?: string }[];
  frozen: boolean;
  alwaysChanged: boolean;
  /** Has `foreach` or `matrix`: names in dvc.lock are `name@item`. */
  expanded: boolean;
  /** Where `deps:` stands as a list, for appending; absent where the stage has none. */
  depsPlace?: Place;
}

export interface DvcPipeline {
  path: EncodedPath;
  stages: DvcStage[];
  /** Top-level `metrics`. */
  metrics: string[];
}

export interface DvcLockEntry {
  /** Path resolved against the folder of dvc.lock. */
  path: string;
  md5?: string;
  size?: number;
  /** `md5` for DVC 3 entries; absent for DVC 2, whose text hashes were taken with CRLF as LF. */
  hash?: string;
  line: number;
}

export interface DvcLockStage extends Place {
  name: string;
  cmd: string;
  deps: DvcLockEntry[];
  outs: DvcLockEntry[];
  /** File → dotted key → value, as parsed. */
  params: Record<string, Record<string, unknown>>;
}

export interface DvcLock {
  path: EncodedPath;
  stages: DvcLockStage[];
}

// ----------------------------------------------------------------------------------------- GTO

export interface GtoArtifact extends Place {
  path: EncodedPath;
  name: string;
  type?: string;
  /** Where the artifact's file is in the repository. */
  artifactPath?: string;
  labels: string[];
}

// ------------------------------------------------------------------------------------ Kubernetes

export interface ContainerImage {
  /** As written. */
  image: Scalar;
  repository: string;
  tag?: string;
  digest?: string;
}

export interface KubernetesContainer extends Place {
  name: string;
  init: boolean;
  image?: ContainerImage;
  command: string[];
  args: string[];
  env: { name: string; value?: Scalar; line: number }[];
  ports: number[];
  readinessProbe: boolean;
  livenessProbe: boolean;
  startupProbe: boolean;
  readinessPath?: Scalar;
  hasMemoryLimit: boolean;
}

/** One object of a multi-document manifest. */
export interface KubernetesObject extends Place {
  path: EncodedPath;
  /** Index of the document in its file. */
  document: number;
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Labels of the pod template, where there is one. */
  podLabels: Record<string, string>;
  /** All containers of the pod template, of an InferenceService's custom predictor or of a Seldon graph. */
  containers: KubernetesContainer[];
  replicas?: number;
  revisionHistoryLimit?: Scalar;
  /** InferenceService, Seldon `modelUri`, ServingRuntime: where the model comes from. */
  storageUris: { component: string; uri: Scalar }[];
  /** InferenceService predictors etc.: `canaryTrafficPercent`. */
  canaryTrafficPercent?: Scalar;
  /** Kubernetes `strategy`/Argo `strategy.canary`: which canary steps and analyses there are. */
  rollout?: {
    strategy: 'canary' | 'blueGreen' | 'other';
    steps: { kind: string; value?: string; line: number }[];
    analysisTemplates: string[];
    trafficRouting: boolean;
    autoPromotionEnabled?: boolean;
    hasPrePromotionAnalysis: boolean;
  };
  /** AnalysisTemplate metrics. */
  analysisMetrics: {
    name: string;
    provider: string;
    query?: Scalar;
    successCondition?: Scalar;
    failureCondition?: Scalar;
    failureLimit?: string;
    count?: string;
    line: number;
  }[];
  /** CronJob: its schedule. */
  schedule?: Scalar;
  /** Name of the workload that it steers: `targetRef` of a Flagger Canary, `workloadRef` of a Rollout. */
  targetName?: string;
  /** Argo CD Application: folders of the repository that it applies. */
  sourcePaths?: string[];
  /** Service, ServiceMonitor, PodMonitor: selector labels. */
  selector: Record<string, string>;
  /** ServiceMonitor/PodMonitor endpoints. */
  endpoints: { port?: string; path?: string; interval?: string }[];
  /** Prometheus custom resource: `ruleSelector.matchLabels`. */
  ruleSelector?: Record<string, string>;
  /** ConfigMap data: keys with their text; large values are cut from nothing: the file limit holds. */
  data: { key: string; value: Scalar }[];
}

// -------------------------------------------------------------------------------- GitHub Actions

export interface WorkflowStep extends Place {
  id?: string;
  name?: string;
  uses?: Scalar;
  run?: Scalar;
  shell?: string;
  workingDirectory?: string;
  if?: Scalar;
  continueOnError?: Scalar;
  /** Key and value of the whole `continue-on-error:` line, for removing it. */
  continueOnErrorPair?: Place;
  env: Record<string, string>;
  with: Record<string, string>;
}

export interface WorkflowJob extends Place {
  id: string;
  name?: string;
  needs: string[];
  if?: Scalar;
  runsOn?: string;
  environment?: string;
  timeoutMinutes?: string;
  continueOnError?: Scalar;
  continueOnErrorPair?: Place;
  env: Record<string, string>;
  concurrency: boolean;
  /** Reusable workflow. */
  uses?: Scalar;
  steps: WorkflowStep[];
}

export interface GithubWorkflow {
  path: EncodedPath;
  name?: string;
  /** Names of events: `push`, `schedule`, `workflow_dispatch` … */
  events: string[];
  crons: Scalar[];
  env: Record<string, string>;
  concurrency: boolean;
  jobs: WorkflowJob[];
}

// ------------------------------------------------------------------------------------ Prometheus

export interface LabelMatcher {
  label: string;
  operator: '=' | '!=' | '=~' | '!~';
  value: string;
}

/** A vector selector of an expression. Offsets are into the expression's text. */
export interface PromqlSelector {
  /** Metric name; `undefined` where only matchers select (`{job="x"}` without `__name__`). */
  metric?: string;
  /** Where the metric's name stands in the expression. */
  metricRange?: SourceRange;
  matchers: LabelMatcher[];
  /** Range of a matrix selector: `5m`. */
  window?: string;
  range: SourceRange;
}

export interface PromqlExpression {
  text: string;
  selectors: PromqlSelector[];
  /** Names of functions and aggregations used, each once, in order. */
  functions: string[];
  /** The comparison at the top (parentheses ignored), where there is one. */
  comparison?: {
    operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
    left: SourceRange;
    right: SourceRange;
    operatorRange: SourceRange;
    /** Where one side is a number. */
    threshold?: number;
    thresholdSide?: 'left' | 'right';
  };
  /** Set when it isn't valid PromQL; selectors may still be partly known. */
  error?: string;
}

/** Whether text stands in a file of its own or as a value inside another YAML file. */
export interface Embedding {
  /** ConfigMap (or other object) that holds it. */
  object: string;
  /** Key in `data`. */
  key: string;
  /** Lines to add to a line of the embedded text (counted from 1) for the line in the file. */
  lineOffset: number;
}

export interface AlertRule extends Place {
  path: EncodedPath;
  group: string;
  /** `alert` or `recording`. */
  kind: 'alert' | 'recording';
  /** Name of the alert, or of the series that is recorded. */
  name: string;
  nameScalar: Place;
  /** Value as Prometheus reads it (block scalars joined), with its place in the file (block header included). */
  expr: Scalar;
  promql: PromqlExpression;
  /**
   * Pieces of `expr.value` that stand verbatim in the file, in order: `length` characters at `at` of
   * the value are at `fileAt` of the file. Use `rangeInFile` (rangeInFile.ts) to splice a part of it.
   */
  exprPieces: { at: number; fileAt: number; length: number }[];
  for?: Scalar;
  keepFiringFor?: Scalar;
  labels: Record<string, Scalar>;
  annotations: Record<string, Scalar>;
  /** The file's text is a Go or Helm template, so that values can't be trusted. */
  templated: boolean;
}

export interface RuleFile {
  path: EncodedPath;
  /** `file`: a rule file; `PrometheusRule`: the custom resource; `embedded`: a value in a ConfigMap. */
  container: 'file' | 'PrometheusRule' | 'embedded';
  /** For custom resources and ConfigMaps: name, namespace and labels of the object. */
  object?: { name: string; namespace?: string; labels: Record<string, string> };
  embedding?: Embedding;
  groups: { name: string; interval?: string; line: number }[];
  rules: AlertRule[];
}

export interface PrometheusConfig {
  path: EncodedPath;
  embedding?: Embedding;
  line: number;
  /** Globs below `rule_files`; `undefined` where the key is absent. */
  ruleFiles?: Scalar[];
  /** Where the key `rule_files` stands (key and value), also when it is empty or null. */
  ruleFilesPair?: Place;
  /** Targets below `alerting.alertmanagers`; empty where there are none. */
  alertmanagers: string[];
  alertingPair?: Place;
  scrapeConfigs: {
    job: string;
    targets: string[];
    metricsPath?: string;
    /** Uses service discovery (`kubernetes_sd_configs` …). */
    discovery: string[];
    line: number;
  }[];
  /** Place of the top-level key that a new top-level key can be put before; keeps comments above it. */
  topLevelKeys: { key: string; place: Place }[];
  scrapeInterval?: string;
  evaluationInterval?: string;
}

// ---------------------------------------------------------------------------------- Alertmanager

export interface AlertmanagerRoute extends Place {
  /** The receiver written on this node; inherited where it is absent. */
  receiver?: Scalar;
  /** `match`, `match_re` and `matchers` together. */
  matchers: LabelMatcher[];
  /** A matcher that couldn't be parsed, as written. */
  badMatchers: string[];
  continue: boolean;
  groupBy: string[];
  groupWait?: string;
  groupInterval?: string;
  repeatInterval?: string;
  muteTimeIntervals: string[];
  routes: AlertmanagerRoute[];
}

export interface AlertmanagerReceiver extends Place {
  name: string;
  nameScalar: Place;
  /** Each `*_configs` entry: kind without `_configs`, and its literal destinations (url, to, channel, service key …). */
  integrations: { kind: string; line: number; destinations: { key: string; value: Scalar }[] }[];
}

export interface AlertmanagerConfig {
  path: EncodedPath;
  embedding?: Embedding;
  route?: AlertmanagerRoute;
  receivers: AlertmanagerReceiver[];
  inhibitRules: { line: number; equal: string[] }[];
  /** Text for amtool: the whole file, or the embedded value. */
  text: string;
}

// ---------------------------------------------------------------------------------------- Compose

export interface ComposeService extends Place {
  name: string;
  image?: ContainerImage;
  build?: { context: string; dockerfile?: string };
  command?: string;
  ports: string[];
  volumes: string[];
  environment: Record<string, string>;
  hasHealthcheck: boolean;
}

export interface ComposeFile {
  path: EncodedPath;
  services: ComposeService[];
}

/** A model binary that is committed (or a pointer to one). */
export interface ModelFile {
  path: EncodedPath;
  size: number;
  /** `pickle`, `onnx`, `dvc-pointer` … by its extension. */
  format: string;
}

/**
 * One list of dependencies outside requirements files and `pyproject.toml`'s main tables: `setup.cfg`,
 * `setup.py` (read as data), a conda environment, development groups of uv, PDM and PEP 735, or a lock
 * file.
 */
export interface DependencyManifest {
  path: EncodedPath;
  kind:
    | 'setup.cfg'
    | 'setup.py'
    | 'conda'
    | 'dependency-group'
    | 'poetry.lock'
    | 'uv.lock'
    | 'pdm.lock'
    | 'Pipfile'
    | 'Pipfile.lock';
  /** Extra, group or channel list; '' for the main list. */
  group: string;
  /** Every entry is one exact version that the tool resolved. */
  locked: boolean;
  requirements: Requirement[];
}

/** A command that a part runs, and the line of the file on which its text starts. */
export interface PartCommand {
  text: string;
  line: number;
  /** Folder it runs in, from the repository's root; '' where that isn't known. */
  folder: string;
}

/**
 * A part of a model's life that the format or library of one tool declares: a CI job, a DAG, a
 * Terraform resource, a service definition.
 */
export interface ToolPart extends Place {
  path: EncodedPath;
  /** What it is, in the tool's words: `GitLab CI job`, `Airflow DAG`. */
  kind: string;
  name: string;
  /** The key, call or line that says so, in one line. */
  evidence: string;
  /** Where the format itself says so; absent where only what it runs can tell. */
  stage?: LifecycleStage;
  /** Model that it names. */
  model?: string;
  commands: PartCommand[];
  /** Names of its steps or tasks, and other names that tell what it is for. */
  labels: string[];
  /** Container images that it runs. */
  images: string[];
  /** Names of parts that it starts (DAG ids), or paths of files that it uses. */
  uses: string[];
}

/** A Jupyter notebook's code, read as one Python module whose lines are those of the notebook file. */
export interface Notebook {
  path: EncodedPath;
  /** Code cells that were read. */
  cells: number;
  module: PythonModule;
}

/** A template of a Helm chart: never parsed as YAML, only its `kind:` and `image:` lines are noted. */
export interface HelmTemplate {
  path: EncodedPath;
  /** Folder of the chart. */
  chart: EncodedPath;
  kinds: { kind: string; line: number }[];
  images: { text: string; line: number }[];
}

/** The images that a Helm chart's values name. */
export interface HelmValues {
  path: EncodedPath;
  chart: EncodedPath;
  images: { text: string; line: number }[];
}

/** A Grafana dashboard, and the Prometheus queries of its panels. */
export interface Dashboard extends Place {
  path: EncodedPath;
  title: string;
  queries: { text: string; line: number; metrics: string[] }[];
}

/** Everything that the readers found in a snapshot. */
export interface LifecycleFacts {
  pythonModules: PythonModule[];
  exportedMetrics: ExportedMetric[];
  requirementsFiles: RequirementsFile[];
  dockerfiles: Dockerfile[];
  dvcPipelines: DvcPipeline[];
  dvcLocks: DvcLock[];
  gtoArtifacts: GtoArtifact[];
  kubernetesObjects: KubernetesObject[];
  githubWorkflows: GithubWorkflow[];
  ruleFiles: RuleFile[];
  prometheusConfigs: PrometheusConfig[];
  alertmanagerConfigs: AlertmanagerConfig[];
  composeFiles: ComposeFile[];
  modelFiles: ModelFile[];
  dependencyManifests: DependencyManifest[];
  notebooks: Notebook[];
  helmTemplates: HelmTemplate[];
  helmValues: HelmValues[];
  dashboards: Dashboard[];
  /** CI jobs, orchestrated pipelines, infrastructure and service definitions of other tools. */
  toolParts: ToolPart[];
  /** Files that a reader wanted and couldn't read. */
  unreadable: { path: EncodedPath; reason: string }[];
}
