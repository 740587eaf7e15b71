import type { EncodedPath } from '../contract/encodedPath.js';
import type { Embedding, LifecycleFacts, ToolPart } from './facts.js';
import { isAlertmanagerConfig, readAlertmanagerConfig } from './readers/alertmanager.js';
import { readAzureMl } from './readers/azureMl.js';
import { isAzurePipeline, readAzurePipeline } from './readers/azurePipelines.js';
import { readBentofile } from './readers/bentofile.js';
import { isCircleCiPath, readCircleCi } from './readers/circleCi.js';
import { isCloudBuild, readCloudBuild } from './readers/cloudBuild.js';
import { isCloudFormation, readCloudFormation } from './readers/cloudFormation.js';
import { isCodeBuild, readCodeBuild } from './readers/codeBuild.js';
import { readCompose } from './readers/compose.js';
import { isCondaEnvironment, readCondaEnvironment } from './readers/condaEnvironment.js';
import { readDvcLock, readDvcPipeline } from './readers/dvc.js';
import { readDvcPointer } from './readers/dvcPointer.js';
import { isFeatureStore, readFeatureStore } from './readers/featureStore.js';
import { readGithubWorkflow } from './readers/githubWorkflow.js';
import { isGitlabCiPath, readGitlabCi } from './readers/gitlabCi.js';
import { isGreatExpectationsPath, readGreatExpectations } from './readers/greatExpectations.js';
import { readGtoArtifacts } from './readers/gto.js';
import { readAppEngine, readServerless } from './readers/hostedApps.js';
import { isKubernetesObject, readKubernetesObjects } from './readers/kubernetes.js';
import { isKustomizationName, readKustomization } from './readers/kustomization.js';
import { readMlemObject } from './readers/mlemObject.js';
import { readMlproject } from './readers/mlproject.js';
import { isPrometheusConfig, readPrometheusConfig } from './readers/prometheusConfig.js';
import { isRuleFile, readRuleFile } from './readers/prometheusRules.js';
import { fileName } from './scope.js';
import { readYaml, type YamlNode } from './yamlDocument.js';

/** Text that only a template engine turns into YAML: a Helm template, a Jinja block, a path with placeholders. */
function isTemplate(path: EncodedPath, text: string): boolean {
  if (path.includes('{{')) return true;
  if (!text.includes('{{') && !text.includes('{%')) return false;
  return /(^|\/)templates\//.test(path) || /^\s*(\{\{-?|\{%-?)/m.test(text);
}

/**
 * Reads a YAML file by what it is: by its path where a tool fixes that, else by its keys. A template
 * or a broken file becomes an entry of `unreadable`.
 */
export function readYamlFile(facts: LifecycleFacts, path: EncodedPath, text: string): void {
  if (isTemplate(path, text)) {
    facts.unreadable.push({ path, reason: 'template' });
    return;
  }
  const reading = readYaml(text);
  if ('reason' in reading) {
    facts.unreadable.push({
      path,
      reason: text.includes('{{') && /^\s*[\w-]+:\s*\{\{/m.test(text) ? 'template' : reading.reason,
    });
    return;
  }
  for (const { key, line } of reading.duplicateKeys) {
    facts.unreadable.push({
      path,
      reason: `duplicate key "${key.slice(0, 80)}" at line ${line}: the last one was read`,
    });
  }
  const name = fileName(path);
  for (const [index, document] of reading.documents.entries()) {
    if (name === 'dvc.yaml') {
      facts.dvcPipelines.push(readDvcPipeline(path, document));
      const artifacts = document.get('artifacts');
      if (artifacts) facts.gtoArtifacts.push(...readGtoArtifacts(path, artifacts));
    } else if (name === 'dvc.lock') facts.dvcLocks.push(readDvcLock(path, document));
    else if (name.endsWith('.dvc')) facts.modelFiles.push(...readDvcPointer(path, document));
    else if (name === 'artifacts.yaml' && !isKubernetesObject(document))
      facts.gtoArtifacts.push(...readGtoArtifacts(path, document));
    else if (/^\.github\/workflows\/[^/]+$/.test(path)) facts.githubWorkflows.push(readGithubWorkflow(path, document));
    else if (isKustomizationName(name)) facts.toolParts.push(...readKustomization(path, document));
    else if (isKubernetesObject(document)) kubernetes(facts, path, document, index);
    else if (isComposeFile(name, document)) facts.composeFiles.push(readCompose(path, document));
    else if (!toolFile(facts, path, name, document)) monitoring(facts, path, document, text);
  }
}

type ToolReader = (path: EncodedPath, document: YamlNode) => ToolPart[];

/** Formats that are told by their path, and those that are told by their keys. */
const BY_PATH: { is: (path: EncodedPath, name: string) => boolean; read: ToolReader }[] = [
  { is: isGitlabCiPath, read: readGitlabCi },
  { is: isCircleCiPath, read: readCircleCi },
  { is: (_, name) => name === 'MLproject', read: readMlproject },
  { is: (_, name) => /^bentofile\.ya?ml$/.test(name), read: readBentofile },
  { is: (_, name) => name.endsWith('.mlem'), read: readMlemObject },
  { is: isGreatExpectationsPath, read: readGreatExpectations },
  { is: (_, name) => isKustomizationName(name), read: readKustomization },
  { is: (_, name) => /^serverless\.ya?ml$/.test(name), read: readServerless },
  { is: (_, name) => /^app\.ya?ml$/.test(name), read: readAppEngine },
];
const BY_KEYS: { is: (path: EncodedPath, document: YamlNode) => boolean; read: ToolReader }[] = [
  { is: (_, document) => isCloudFormation(document), read: readCloudFormation },
  { is: (_, document) => isCodeBuild(document), read: readCodeBuild },
  { is: isAzurePipeline, read: readAzurePipeline },
  { is: (_, document) => isCloudBuild(document), read: readCloudBuild },
  { is: (_, document) => isFeatureStore(document), read: readFeatureStore },
];

/** Whether one of the tools' readers takes the file. */
function toolFile(facts: LifecycleFacts, path: EncodedPath, name: string, document: YamlNode): boolean {
  const known = BY_PATH.find(({ is }) => is(path, name)) ?? BY_KEYS.find(({ is }) => is(path, document));
  if (known) facts.toolParts.push(...known.read(path, document));
  else if (isCondaEnvironment(document)) facts.dependencyManifests.push(...readCondaEnvironment(path, document));
  else {
    const parts = readAzureMl(path, document);
    facts.toolParts.push(...parts);
    return parts.length > 0;
  }
  return true;
}

function isComposeFile(name: string, document: YamlNode): boolean {
  if (!document.get('services')?.isMap) return false;
  return (
    /compose/i.test(name) ||
    document
      .get('services')
      ?.pairs()
      .some(({ value }) => value?.get('image') ?? value?.get('build')) === true
  );
}

function kubernetes(facts: LifecycleFacts, path: EncodedPath, document: YamlNode, index: number): void {
  for (const { object, node } of readKubernetesObjects(path, document, index)) {
    facts.kubernetesObjects.push(object);
    const spec = node.get('spec');
    const owner = {
      name: object.name,
      labels: object.labels,
      ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
    };
    if (object.kind === 'PrometheusRule' && spec) {
      facts.ruleFiles.push(readRuleFile(path, spec, 'PrometheusRule', { object: owner }));
    }
    if (object.kind !== 'ConfigMap') continue;
    for (const { key, value } of node.get('data')?.pairs() ?? []) {
      if (value) embedded(facts, path, key, value, owner);
    }
  }
}

/** A ConfigMap's value that is itself a monitoring configuration. */
function embedded(
  facts: LifecycleFacts,
  path: EncodedPath,
  key: string,
  value: YamlNode,
  object: { name: string; namespace?: string; labels: Record<string, string> },
): void {
  if (!/\.(ya?ml|rules)$/.test(key)) return;
  const inside = value.embedded();
  if (!inside) return;
  const reading = readYaml(inside.text, inside.outer);
  if ('reason' in reading) {
    facts.unreadable.push({
      path,
      reason: `${key.slice(0, 80)} in ConfigMap ${object.name.slice(0, 80)}: ${reading.reason}`,
    });
    return;
  }
  const embedding: Embedding = { object: object.name, key, lineOffset: inside.outer.lineOffset };
  for (const document of reading.documents) monitoring(facts, path, document, inside.text, { object, embedding });
}

function monitoring(
  facts: LifecycleFacts,
  path: EncodedPath,
  document: YamlNode,
  text: string,
  owner?: { object: { name: string; namespace?: string; labels: Record<string, string> }; embedding: Embedding },
): void {
  if (isRuleFile(document)) facts.ruleFiles.push(readRuleFile(path, document, owner ? 'embedded' : 'file', owner));
  else if (isAlertmanagerConfig(document)) {
    facts.alertmanagerConfigs.push(readAlertmanagerConfig(path, document, text, owner?.embedding));
  } else if (isPrometheusConfig(document)) {
    facts.prometheusConfigs.push(readPrometheusConfig(path, document, owner?.embedding));
  }
}
