import type { EncodedPath } from '../../contract/encodedPath.js';
import type { KubernetesContainer, KubernetesObject } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { containerImage } from './containerImage.js';

/** Objects and containers of one file that are read. */
const MAX_OBJECTS = 500;
const MAX_CONTAINERS = 100;
/** Nested graphs of a SeldonDeployment. */
const MAX_GRAPH_DEPTH = 16;

const INFERENCE_COMPONENTS = ['predictor', 'transformer', 'explainer'];

/** Whether a mapping is a Kubernetes object. */
export function isKubernetesObject(node: YamlNode): boolean {
  return node.get('apiVersion')?.text !== undefined && node.get('kind')?.text !== undefined;
}

/** Reads a Kubernetes object, or the items of a `List`, with their YAML nodes. */
export function readKubernetesObjects(
  path: EncodedPath,
  document: YamlNode,
  index: number,
): { object: KubernetesObject; node: YamlNode }[] {
  const isList = document.get('kind')?.text === 'List';
  const nodes = isList ? (document.get('items')?.items() ?? []).slice(0, MAX_OBJECTS) : [document];
  return nodes.filter(isKubernetesObject).map((node) => ({ object: readObject(path, node, index), node }));
}

function readObject(path: EncodedPath, node: YamlNode, document: number): KubernetesObject {
  const kind = node.get('kind')?.text ?? '';
  const spec = node.get('spec');
  const template = podTemplate(kind, spec);
  const namespace = node.get('metadata', 'namespace')?.text;
  const object: KubernetesObject = {
    path,
    document,
    apiVersion: node.get('apiVersion')?.text ?? '',
    kind,
    name: node.get('metadata', 'name')?.text ?? node.get('metadata', 'generateName')?.text ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    labels: node.get('metadata', 'labels')?.textMap() ?? {},
    annotations: node.get('metadata', 'annotations')?.textMap() ?? {},
    podLabels: template?.get('metadata', 'labels')?.textMap() ?? {},
    containers: containersOf(kind, spec, template),
    storageUris: storageUris(kind, spec),
    analysisMetrics: kind.endsWith('AnalysisTemplate') ? analysisMetrics(spec) : [],
    selector: (spec?.get('selector', 'matchLabels') ?? spec?.get('selector'))?.textMap() ?? {},
    endpoints: (spec?.get('endpoints') ?? spec?.get('podMetricsEndpoints'))?.items().map(endpoint) ?? [],
    data: (node.get('data')?.pairs() ?? []).flatMap(({ key, value }) => {
      const scalar = value?.scalar;
      return kind === 'ConfigMap' && scalar ? [{ key, value: scalar }] : [];
    }),
    ...node.place,
  };
  const replicas = spec?.get('replicas')?.number;
  if (replicas !== undefined) object.replicas = replicas;
  const history = spec?.get('revisionHistoryLimit')?.scalar;
  if (history) object.revisionHistoryLimit = history;
  const canary = spec?.get('predictor', 'canaryTrafficPercent')?.scalar ?? spec?.get('canaryTrafficPercent')?.scalar;
  if (canary) object.canaryTrafficPercent = canary;
  const target = spec?.get('targetRef', 'name')?.text ?? spec?.get('workloadRef', 'name')?.text;
  if (target !== undefined) object.targetName = target;
  if (kind === 'Application') {
    const sources = [spec?.get('source'), ...(spec?.get('sources')?.items() ?? [])];
    object.sourcePaths = sources.flatMap((source) => source?.get('path')?.text ?? []);
  }
  const rollout = kind === 'Rollout' ? rolloutOf(spec) : undefined;
  if (rollout) object.rollout = rollout;
  const schedule = spec?.get('schedule')?.scalar;
  if (schedule) object.schedule = schedule;
  if (kind === 'Prometheus') {
    const labels = spec?.get('ruleSelector', 'matchLabels')?.textMap();
    if (labels) object.ruleSelector = labels;
  }
  return object;
}

function podTemplate(kind: string, spec: YamlNode | undefined): YamlNode | undefined {
  return kind === 'CronJob' ? spec?.get('jobTemplate', 'spec', 'template') : spec?.get('template');
}

function containersOf(kind: string, spec: YamlNode | undefined, template: YamlNode | undefined): KubernetesContainer[] {
  const pods: (YamlNode | undefined)[] = [];
  if (kind === 'Pod' || kind === 'ServingRuntime' || kind === 'ClusterServingRuntime') pods.push(spec);
  else if (kind === 'InferenceService') for (const component of INFERENCE_COMPONENTS) pods.push(spec?.get(component));
  else if (kind === 'SeldonDeployment') {
    for (const predictor of spec?.get('predictors')?.items() ?? []) {
      for (const part of predictor.get('componentSpecs')?.items() ?? []) pods.push(part.get('spec'));
    }
  } else if (
    kind === 'Workflow' ||
    kind === 'WorkflowTemplate' ||
    kind === 'ClusterWorkflowTemplate' ||
    kind === 'CronWorkflow'
  ) {
    return workflowContainers(spec);
  } else pods.push(template?.get('spec'));
  return pods
    .flatMap((pod) => [
      ...(pod?.get('initContainers')?.items() ?? []).map((node) => container(node, true)),
      ...(pod?.get('containers')?.items() ?? []).map((node) => container(node, false)),
    ])
    .slice(0, MAX_CONTAINERS);
}

/** Argo Workflows: each template can have a container or a script. */
function workflowContainers(spec: YamlNode | undefined): KubernetesContainer[] {
  const templates = (spec?.get('templates') ?? spec?.get('workflowSpec', 'templates'))?.items() ?? [];
  return templates
    .flatMap((template) => {
      const node = template.get('container') ?? template.get('script');
      if (!node) return [];
      const read = container(node, false);
      const script = template.get('script', 'source')?.text;
      return [
        {
          ...read,
          name: template.get('name')?.text ?? read.name,
          args: script === undefined ? read.args : [...read.args, script],
        },
      ];
    })
    .slice(0, MAX_CONTAINERS);
}

function container(node: YamlNode, init: boolean): KubernetesContainer {
  const image = node.get('image')?.scalar;
  const readinessPath = node.get('readinessProbe', 'httpGet', 'path')?.scalar;
  return {
    name: node.get('name')?.text ?? '',
    init,
    ...(image ? { image: containerImage(image) } : {}),
    command: node.get('command')?.texts() ?? [],
    args: node.get('args')?.texts() ?? [],
    env: (node.get('env')?.items() ?? []).map((entry) => {
      const value = entry.get('value')?.scalar;
      return { name: entry.get('name')?.text ?? '', ...(value ? { value } : {}), line: entry.line };
    }),
    ports: (node.get('ports')?.items() ?? []).flatMap((port) => port.get('containerPort')?.number ?? []),
    readinessProbe: node.get('readinessProbe') !== undefined,
    livenessProbe: node.get('livenessProbe') !== undefined,
    startupProbe: node.get('startupProbe') !== undefined,
    ...(readinessPath ? { readinessPath } : {}),
    hasMemoryLimit: node.get('resources', 'limits', 'memory') !== undefined,
    ...node.place,
  };
}

function storageUris(kind: string, spec: YamlNode | undefined): KubernetesObject['storageUris'] {
  const found: KubernetesObject['storageUris'] = [];
  const take = (component: string, node: YamlNode | undefined): void => {
    const uri = node?.scalar;
    if (uri && found.length < MAX_CONTAINERS) found.push({ component, uri });
  };
  if (kind === 'InferenceService') {
    for (const component of INFERENCE_COMPONENTS) {
      // New form `model: {storageUri}`, old form `sklearn: {storageUri}`.
      for (const { value } of spec?.get(component)?.pairs() ?? []) take(component, value?.get('storageUri'));
    }
  } else if (kind === 'TrainedModel') take('model', spec?.get('model', 'storageUri'));
  else if (kind === 'SeldonDeployment') {
    for (const predictor of spec?.get('predictors')?.items() ?? []) {
      const name = predictor.get('name')?.text ?? 'predictor';
      let level = [predictor.get('graph')].flatMap((node) => node ?? []);
      for (let depth = 0; level.length > 0 && depth < MAX_GRAPH_DEPTH; depth += 1) {
        for (const graph of level) take(name, graph.get('modelUri'));
        level = level.flatMap((graph) => graph.get('children')?.items() ?? []).slice(0, MAX_CONTAINERS);
      }
    }
  } else if (kind === 'Model' && spec?.get('storageUri')) take('model', spec.get('storageUri'));
  return found;
}

function rolloutOf(spec: YamlNode | undefined): KubernetesObject['rollout'] {
  const strategy = spec?.get('strategy');
  if (!strategy) return undefined;
  const canary = strategy.pair('canary');
  const blueGreen = strategy.get('blueGreen');
  const steps = (canary?.value?.get('steps')?.items() ?? []).flatMap((step) => {
    const pair = step.pairs()[0];
    if (!pair) return [];
    const value = pair.value?.text ?? pair.value?.get('duration')?.text;
    return [{ kind: pair.key, ...(value === undefined ? {} : { value }), line: step.line }];
  });
  const analysed = [
    canary?.value?.get('analysis'),
    blueGreen?.get('prePromotionAnalysis'),
    blueGreen?.get('postPromotionAnalysis'),
    ...(canary?.value?.get('steps')?.items() ?? []).flatMap((step) => [
      step.get('analysis'),
      ...(step.get('experiment', 'analyses')?.items() ?? []),
    ]),
  ];
  const analysisTemplates = analysed.flatMap((node) => [
    ...(node?.get('templates')?.items() ?? []).flatMap((item) => item.get('templateName')?.text ?? []),
    ...(node?.get('templateName')?.texts() ?? []),
  ]);
  const promotion = blueGreen?.get('autoPromotionEnabled')?.boolean;
  return {
    strategy: canary ? 'canary' : blueGreen ? 'blueGreen' : 'other',
    steps,
    analysisTemplates,
    trafficRouting: canary?.value?.get('trafficRouting') !== undefined,
    ...(promotion === undefined ? {} : { autoPromotionEnabled: promotion }),
    hasPrePromotionAnalysis: blueGreen?.get('prePromotionAnalysis') !== undefined,
  };
}

function analysisMetrics(spec: YamlNode | undefined): KubernetesObject['analysisMetrics'] {
  return (spec?.get('metrics')?.items() ?? []).map((metric) => {
    const provider = metric.get('provider')?.pairs()[0];
    const query = provider?.value?.get('query')?.scalar;
    const success = metric.get('successCondition')?.scalar;
    const failure = metric.get('failureCondition')?.scalar;
    const limit = metric.get('failureLimit')?.text;
    const count = metric.get('count')?.text;
    return {
      name: metric.get('name')?.text ?? '',
      provider: provider?.key ?? '',
      ...(query ? { query } : {}),
      ...(success ? { successCondition: success } : {}),
      ...(failure ? { failureCondition: failure } : {}),
      ...(limit === undefined ? {} : { failureLimit: limit }),
      ...(count === undefined ? {} : { count }),
      line: metric.line,
    };
  });
}

function endpoint(node: YamlNode): KubernetesObject['endpoints'][number] {
  const port = node.get('port')?.text ?? node.get('targetPort')?.text;
  const path = node.get('path')?.text;
  const interval = node.get('interval')?.text;
  return {
    ...(port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path }),
    ...(interval === undefined ? {} : { interval }),
  };
}
