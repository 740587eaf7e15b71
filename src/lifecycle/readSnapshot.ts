import type { EncodedPath } from '../contract/encodedPath.js';
import type { Snapshot, SnapshotEntry } from '../contract/snapshot.js';
import type { LifecycleFacts } from './facts.js';
import { readJson } from './jsonDocument.js';
import { readDependencyGroups } from './readers/dependencyGroups.js';
import { readDockerfile } from './readers/dockerfile.js';
import { exportedMetrics } from './readers/exportedMetrics.js';
import { grafanaDashboard, readGrafanaDashboard } from './readers/grafanaDashboard.js';
import { chartFolders, chartOf, readHelmTemplate } from './readers/helmChart.js';
import { readHelmValues } from './readers/helmValues.js';
import { readProcfile } from './readers/hostedApps.js';
import { isJenkinsfileName, readJenkinsfile } from './readers/jenkinsfile.js';
import { lockKind, readLockFile } from './readers/lockFile.js';
import { isMakefileName, readMakefile } from './readers/makefile.js';
import { findModelFiles } from './readers/modelFile.js';
import { readNotebook } from './readers/notebook.js';
import { readPython } from './readers/python.js';
import { pythonFlows } from './readers/pythonFlows.js';
import { pythonPlatforms } from './readers/pythonPlatforms.js';
import { classifyRoles, markTrainingEntryPoints } from './readers/pythonRoles.js';
import { readPyproject, readRequirements } from './readers/requirements.js';
import { readSetupCfg } from './readers/setupCfg.js';
import { readSetupPy } from './readers/setupPy.js';
import { readShellScript } from './readers/shellScript.js';
import { readTerraform } from './readers/terraform.js';
import { readTorchServeConfig } from './readers/torchServeConfig.js';
import { readTritonConfig } from './readers/tritonConfig.js';
import { readYamlFile } from './readYamlFile.js';
import { fileName, folderOf, isDashboardPath, isSuppressed, wantedByReaders } from './scope.js';
import { LineTable } from './sourceText.js';
import { readYaml } from './yamlDocument.js';

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
    dependencyManifests: [],
    notebooks: [],
    helmTemplates: [],
    helmValues: [],
    dashboards: [],
    toolParts: [],
    unreadable: [],
  };
  let files = 0;
  let characters = 0;
  const charts = chartFolders(snapshot.entries.map(({ path }) => path));
  for (const entry of snapshot.entries) {
    const read = readerOf(entry, charts);
    if (!read) {
      const reason = isSuppressed(entry.path) ? undefined : unfollowed(entry);
      if (reason) facts.unreadable.push({ path: entry.path, reason });
      continue;
    }
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
    const hollow = hollowText(text);
    if (hollow) {
      facts.unreadable.push({ path: entry.path, reason: hollow });
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

/** Why text that could be decoded isn't what its name says. */
function hollowText(text: string): string | undefined {
  if (text.startsWith('version https://git-lfs.github.com/spec/'))
    return "a Git LFS pointer: its content isn't in the repository";
  return text.includes('\0') ? 'binary: it holds NUL bytes' : undefined;
}

/** Entries that stand for content elsewhere; of links only those with a name that a reader wants are told. */
function unfollowed({ path, mode }: SnapshotEntry): string | undefined {
  if (mode === '160000') return "a submodule: its content isn't in this repository";
  if (mode !== '120000') return undefined;
  return readerByName(path) ? 'a symbolic link, which is not followed' : undefined;
}

type Reader = (facts: LifecycleFacts, path: EncodedPath, text: string) => void;

function readerOf(entry: SnapshotEntry, charts: ReadonlySet<EncodedPath>): Reader | undefined {
  const { path, mode } = entry;
  if ((mode !== '100644' && mode !== '100755') || isSuppressed(path)) return undefined;
  const chart = /\.(ya?ml|tpl)$/i.test(path) ? chartOf(path, charts) : undefined;
  if (chart !== undefined) return helmTemplate(chart);
  if (/^values[\w.-]*\.ya?ml$/.test(fileName(path)) && charts.has(folderOf(path))) return helmValues;
  return readerByName(path);
}

function readerByName(path: EncodedPath): Reader | undefined {
  const name = fileName(path).toLowerCase();
  if (name.endsWith('.py')) return python;
  if (name.endsWith('.ipynb')) return notebook;
  if (name === 'pyproject.toml') return pyproject;
  if (/^(dockerfile|containerfile)([.-].*)?$|\.(dockerfile|containerfile)$/.test(name)) return dockerfile;
  if (/(requirements|constraints)[^/]*\.txt$/.test(name) || /(^|\/)requirements\/[^/]+\.txt$/.test(path))
    return requirements;
  if (name === 'setup.cfg') return setupCfg;
  if (lockKind(name)) return lock;
  if (isJenkinsfileName(name)) return part(readJenkinsfile);
  if (isMakefileName(name)) return part(readMakefile);
  if (/\.(sh|bash)$/.test(name)) return part(readShellScript);
  if (name.endsWith('.tf')) return part(readTerraform);
  if (name === 'procfile') return part(readProcfile);
  if (name === 'config.pbtxt') return part(readTritonConfig);
  if (name === 'config.properties') return part(readTorchServeConfig);
  if (isDashboardPath(path)) return dashboard;
  if (/^(dvc\.lock|mlproject|kustomization)$|\.(ya?ml|rules|mlem|dvc)$/.test(name)) return readYamlFile;
  return undefined;
}

function part(read: (path: EncodedPath, text: string) => LifecycleFacts['toolParts']): Reader {
  return (facts, path, text) => {
    facts.toolParts.push(...read(path, text));
  };
}

function helmTemplate(chart: EncodedPath): Reader {
  return (facts, path, text) => {
    const template = readHelmTemplate(path, chart, text);
    if (template.kinds.length > 0) facts.helmTemplates.push(template);
    facts.unreadable.push({ path, reason: 'template' });
  };
}

const helmValues: Reader = (facts, path, text) => {
  const reading = readYaml(text);
  if ('reason' in reading) facts.unreadable.push({ path, reason: reading.reason });
  else for (const document of reading.documents) facts.helmValues.push(readHelmValues(path, document));
};

const python: Reader = (facts, path, text) => {
  const module = readPython(path, text);
  Object.assign(module, classifyRoles(module));
  facts.pythonModules.push(module);
  facts.exportedMetrics.push(...exportedMetrics(module));
  facts.toolParts.push(...pythonFlows(module), ...pythonPlatforms(module));
  if (fileName(path) === 'setup.py') facts.dependencyManifests.push(...readSetupPy(module, new LineTable(text)));
};

const notebook: Reader = (facts, path, text) => {
  const reading = readNotebook(path, text);
  if ('reason' in reading) facts.unreadable.push({ path, reason: reading.reason });
  else facts.notebooks.push(reading);
};

const pyproject: Reader = (facts, path, text) => {
  facts.requirementsFiles.push(...readPyproject(path, text));
  facts.dependencyManifests.push(...readDependencyGroups(path, text));
};

const requirements: Reader = (facts, path, text) => {
  facts.requirementsFiles.push(readRequirements(path, text));
};

const setupCfg: Reader = (facts, path, text) => {
  facts.dependencyManifests.push(...readSetupCfg(path, text));
};

const lock: Reader = (facts, path, text) => {
  const kind = lockKind(fileName(path));
  const reading = kind ? readLockFile(path, kind, text) : undefined;
  if (!reading) return;
  if ('reason' in reading) facts.unreadable.push({ path, reason: reading.reason });
  else facts.dependencyManifests.push(reading);
};

const dockerfile: Reader = (facts, path, text) => {
  facts.dockerfiles.push(readDockerfile(path, text));
};

const dashboard: Reader = (facts, path, text) => {
  const reading = readJson(text);
  if ('reason' in reading) {
    facts.unreadable.push({ path, reason: reading.reason });
    return;
  }
  const found = grafanaDashboard(reading.root);
  if (found) facts.dashboards.push(readGrafanaDashboard(path, found, reading.lines));
};
