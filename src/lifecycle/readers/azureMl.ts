import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import { folderOf, resolvePath } from '../scope.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

/** Schemas of Azure Machine Learning's CLI v2, by what they declare. */
const SCHEMAS: { pattern: RegExp; kind: string; stage: ToolPart['stage'] }[] = [
  {
    pattern: /(managed|kubernetes|batch|online)\w*(Endpoint|Deployment)/i,
    kind: 'Azure ML endpoint',
    stage: 'deployment',
  },
  { pattern: /(commandJob|sweepJob|autoML\w*Job)/i, kind: 'Azure ML job', stage: undefined },
  { pattern: /pipelineJob/i, kind: 'Azure ML pipeline', stage: undefined },
  { pattern: /monitorSchedule|monitoringSchedule/i, kind: 'Azure ML monitor', stage: 'monitoring' },
  { pattern: /\/model\.schema/i, kind: 'Azure ML model', stage: 'registration' },
];

const COMPUTE = new Set(['ACI', 'AKS', 'LOCAL', 'AKSENDPOINT']);

/**
 * Reads files of Azure Machine Learning: the inference and deployment configurations of CLI v1 (told by
 * `entryScript`, or `computeType` with a compute that serves) and the `$schema` files of CLI v2.
 */
export function readAzureMl(path: EncodedPath, document: YamlNode): ToolPart[] {
  const schema = document.pair('$schema')?.value?.text;
  if (schema?.includes('azureml')) return byScheme(path, document, schema);
  const script = document.pair('entryScript');
  if (script?.value?.text && (document.get('runtime') || document.get('condaFile') || document.get('environment'))) {
    const entry = resolvePath(folderOf(path), script.value.text);
    return [
      toolPart(script.place, {
        path,
        kind: 'Azure ML inference configuration',
        name: script.value.text,
        evidence: `entryScript: ${script.value.text}`,
        stage: 'deployment',
        uses: entry === undefined ? [] : [entry],
      }),
    ];
  }
  const compute = document.pair('computeType');
  if (!compute?.value?.text || !COMPUTE.has(compute.value.text.toUpperCase())) return [];
  const parts = [
    toolPart(compute.place, {
      path,
      kind: 'Azure ML deployment configuration',
      name: compute.value.text,
      evidence: `computeType: ${compute.value.text}`,
      stage: 'deployment',
    }),
  ];
  const insights = document.pair('appInsightsEnabled');
  if (insights?.value?.boolean === true || /^(true|yes)$/i.test(insights?.value?.text ?? '')) {
    parts.push(
      toolPart((insights as NonNullable<typeof insights>).place, {
        path,
        kind: 'Application Insights',
        name: compute.value.text,
        evidence: 'appInsightsEnabled: True',
        stage: 'monitoring',
      }),
    );
  }
  const collection = document.pair('modelDataCollectionEnabled') ?? document.pair('dataCollector');
  if (collection?.value?.boolean === true) {
    parts.push(
      toolPart(collection.place, {
        path,
        kind: 'model data collection',
        name: compute.value.text,
        evidence: `${collection.key}: true`,
        stage: 'monitoring',
      }),
    );
  }
  return parts;
}

function byScheme(path: EncodedPath, document: YamlNode, schema: string): ToolPart[] {
  const known = SCHEMAS.find(({ pattern }) => pattern.test(schema));
  const pair = document.pair('$schema');
  if (!known || !pair) return [];
  const command = document.get('command')?.scalar;
  const jobs = document.get('jobs')?.pairs() ?? [];
  const name = document.get('display_name')?.text ?? document.get('name')?.text ?? '';
  const code = document.get('code')?.text;
  const folder = resolvePath(folderOf(path), code ?? '.') ?? folderOf(path);
  const model = document.get('model')?.text ?? (known.stage === 'registration' ? name : undefined);
  return [
    toolPart(pair.place, {
      path,
      kind: known.kind,
      name: name === '' ? known.kind : name,
      evidence: `$schema: ${schema}`,
      ...(known.stage === undefined ? {} : { stage: known.stage }),
      ...(model === undefined ? {} : { model: modelName(model) }),
      commands: [
        ...(command ? [{ text: command.value, line: command.line, folder }] : []),
        ...jobs.flatMap(({ value }) => {
          const text = value?.get('command')?.scalar;
          return text ? [{ text: text.value, line: text.line, folder }] : [];
        }),
      ],
      labels: [name, document.get('experiment_name')?.text ?? '', ...jobs.map(({ key }) => key)],
    }),
  ];
}

/** `azureml:churn@latest` and `azureml:churn:3` name the model `churn`. */
function modelName(reference: string): string {
  return reference.replace(/^azureml:/, '').split(/[:@]/)[0] as string;
}
