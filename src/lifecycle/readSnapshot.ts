import type { EncodedPath } from '../contract/encodedPath.js';
import type { Snapshot, SnapshotEntry } from '../contract/snapshot.js';
import type { Embedding, LifecycleFacts } from './facts.js';
import { isAlertmanagerConfig, readAlertmanagerConfig } from './readers/alertmanager.js';
import { readCompose } from './readers/compose.js';
import { readDockerfile } from './readers/dockerfile.js';
import { readDvcLock, readDvcPipeline } from './readers/dvc.js';
import { exportedMetrics } from './readers/exportedMetrics.js';
import { readGithubWorkflow } from './readers/githubWorkflow.js';
import { readGtoArtifacts } from './readers/gto.js';
import { isKubernetesObject, readKubernetesObjects } from './readers/kubernetes.js';
import { findModelFiles } from './readers/modelFile.js';
import { isPrometheusConfig, readPrometheusConfig } from './readers/prometheusConfig.js';
import { isRuleFile, readRuleFile } from './readers/prometheusRules.js';
import { readPython } from './readers/python.js';
import { classifyRoles, markTrainingEntryPoints } from './readers/pythonRoles.js';
import { readPyproject, readRequirements } from './readers/requirements.js';
import { fileName, isSuppressed, wantedByReaders } from './scope.js';
import { readYaml, type YamlNode } from './yamlDocument.js';

/** Files of a snapshot that are parsed, and characters of all of them. */
const MAX_FILES = 20_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * Parses every file in scope, each with its format's reader. A file that can't be read becomes an
 * entry of `unreadable`; nothing throws. Tests, examples, documentation and vendored folders are
 * left out.
 */
export function readSnapshot(snapshot: Snapshot): LifecycleFacts {
  const facts: LifecycleFacts = {
    pythonModules: [],
    exportedMetrics: [],
    requirementsFiles: [],
    dockerfiles: [],
    dvcPipelines: [],
    dvcLocks: [],
    gtoArtifacts: [],
    kubernetesObjects: [],
    githubWorkflows: [],
    ruleFiles: [],
    prometheusConfigs: [],
    alertmanagerConfigs: [],
    composeFiles: [],
    modelFiles: findModelFiles(snapshot),
    unreadable: [],
  };
  let files = 0;
  let characters = 0;
  for (const entry of snapshot.entries) {
    const read = readerOf(entry);
    if (!read) continue;
    files += 1;
    if (files > MAX_FILES) {
      facts.unreadable.push({
        path: entry.path,
        reason: `more than ${MAX_FILES} files: this one and later ones weren't read`,
      });
      break;
    }
    if (!wantedByReaders(entry)) {
      facts.unreadable.push({ path: entry.path, reason: 'larger than 1 MiB' });
      continue;
    }
    const text = snapshot.text(entry.path);
    if (text === undefined) {
      const reason = snapshot.read(entry.path) ? 'not UTF-8' : "content wasn't fetched";
      facts.unreadable.push({ path: entry.path, reason });
      continue;
    }
    characters += text.length;
    if (characters > MAX_CHARACTERS) {
      facts.unreadable.push({
        path: entry.path,
        reason: 'more than 64 MiB of text: this file and later ones were not read',
      });
      break;
    }
    try {
      read(facts, entry.path, text);
    } catch (error) {
      const reason =
        error instanceof RangeError ? 'nested too deeply' : `reader failed: ${String(error).slice(0, 160)}`;
      facts.unreadable.push({ path: entry.path, reason });
    }
  }
  markTrainingEntryPoints(facts.pythonModules);
  return facts;
}

type Reader = (facts: LifecycleFacts, path: EncodedPath, text: string) => void;

function readerOf(entry: SnapshotEntry): Reader | undefined {
  const { path, mode } = entry;
  if ((mode !== '100644' && mode !== '100755') || isSuppressed(path)) return undefined;
  const name = fileName(path).toLowerCase();
  if (name.endsWith('.py')) return python;
  if (name === 'pyproject.toml') return pyproject;
  if (/^(dockerfile|containerfile)([.-].*)?$|\.(dockerfile|containerfile)$/.test(name)) return dockerfile;
  if (/(requirements|constraints)[^/]*\.txt$/.test(name) || /(^|\/)requirements\/[^/]+\.txt$/.test(path))
    return requirements;
  if (name === 'dvc.lock' || /\.(ya?ml|rules)$/.test(name)) return yaml;
  return undefined;
}

const python: Reader = (facts, path, text) => {
  const module = readPython(path, text);
  Object.assign(module, classifyRoles(module));
  facts.pythonModules.push(module);
  facts.exportedMetrics.push(...exportedMetrics(module));
};

const pyproject: Reader = (facts, path, text) => {
  facts.requirementsFiles.push(...readPyproject(path, text));
};

const requirements: Reader = (facts, path, text) => {
  facts.requirementsFiles.push(readRequirements(path, text));
};

const dockerfile: Reader = (facts, path, text) => {
  facts.dockerfiles.push(readDockerfile(path, text));
};

/** Text that only a template engine turns into YAML: a Helm template, a Jinja block, a path with placeholders. */
function isTemplate(path: EncodedPath, text: string): boolean {
  if (path.includes('{{')) return true;
  if (!text.includes('{{') && !text.includes('{%')) return false;
  return /(^|\/)templates\//.test(path) || /^\s*(\{\{-?|\{%-?)/m.test(text);
}

const yaml: Reader = (facts, path, text) => {
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
    else if (name === 'artifacts.yaml' && !isKubernetesObject(document))
      facts.gtoArtifacts.push(...readGtoArtifacts(path, document));
    else if (/^\.github\/workflows\/[^/]+$/.test(path)) facts.githubWorkflows.push(readGithubWorkflow(path, document));
    else if (isKubernetesObject(document)) kubernetes(facts, path, document, index);
    else if (isComposeFile(name, document)) facts.composeFiles.push(readCompose(path, document));
    else monitoring(facts, path, document, text);
  }
};

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
