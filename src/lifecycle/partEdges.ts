import type { Component, EdgeKind, LifecycleMap } from '../contract/lifecycle.js';
import type { LifecycleStage } from '../contract/stage.js';
import type { Findings } from './components.js';
import type { LifecycleFacts, PythonModule } from './facts.js';
import { loadedNames, registeredNames } from './modelNames.js';

/** Adds an edge where both ends are there. */
export type AddEdge = (from: Component | undefined, to: Component | undefined, kind: EdgeKind, reason: string) => void;

/** Edges of tool parts: what they run, what they start, and what they apply. */
export function joinParts(facts: LifecycleFacts, findings: Findings, add: AddEdge): void {
  for (const part of facts.toolParts) {
    for (const from of findings.of(part)) {
      for (const command of findings.purposes.commandsOf(part)) {
        for (const module of findings.purposes.modulesOf(command)) {
          for (const { target, reason } of reached(findings, module, from.stage)) add(from, target, 'triggers', reason);
        }
      }
      for (const other of facts.toolParts) {
        if (other !== part && other.kind === part.kind && part.uses.includes(other.name)) {
          add(from, findings.of(other)[0], 'triggers', `starts ${other.name}`);
        }
      }
    }
    if (part.kind === 'Kustomize overlay') overlay(part.uses, findings.of(part)[0]);
  }
  for (const module of facts.pythonModules) flows(module);

  /** A pipeline runs the modules that its file imports, where they take part in the same stage. */
  function flows(module: PythonModule): void {
    const own = facts.toolParts.filter(({ path, stage }) => path === module.path && stage === undefined);
    const from = own.flatMap((part) => findings.of(part));
    if (from.length === 0) return;
    for (const imported of findings.index.importedBy(module, 2)) {
      for (const target of findings.at(imported.path)) {
        if (/metric$/.test(target.kind)) continue;
        add(
          from.find(({ stage }) => stage === target.stage),
          target,
          'triggers',
          `${module.path} imports ${imported.path}`,
        );
      }
    }
  }

  function overlay(uses: readonly string[], from: Component | undefined): void {
    for (const object of facts.kubernetesObjects) {
      const use = uses.find((path) => object.path === path || object.path.startsWith(`${path}/`));
      if (use !== undefined)
        for (const target of findings.of(object)) add(from, target, 'triggers', `puts together ${use}`);
    }
  }
}

/**
 * Components of one stage that running a module leads to: its own, else those of the modules that it
 * imports, the nearest first.
 */
export function reached(
  findings: Findings,
  module: PythonModule,
  stage: LifecycleStage,
): { target: Component; reason: string }[] {
  const own = findings.at(module.path).filter((component) => component.stage === stage);
  if (own.length > 0) return own.map((target) => ({ target, reason: `runs ${module.path}` }));
  for (let hops = 1; hops <= 3; hops += 1) {
    const found = findings.index
      .importedBy(module, hops)
      .flatMap((imported) => findings.at(imported.path).map((target) => ({ target, imported })))
      .filter(({ target }) => target.stage === stage && !/metric$/.test(target.kind));
    if (found.length > 0) {
      return found.map(({ target, imported }) => ({
        target,
        reason: `runs ${module.path}, which imports ${imported.path}`,
      }));
    }
  }
  return [];
}

/** Edges of delivery tools: what an Argo CD Application applies, and which workload a canary steers. */
export function joinDelivery(facts: LifecycleFacts, findings: Findings, add: AddEdge): void {
  for (const object of facts.kubernetesObjects) {
    const from = findings.of(object)[0];
    if (!from) continue;
    for (const path of object.sourcePaths ?? []) {
      const folder = path.replace(/^\.?\/|\/$/g, '');
      for (const other of facts.kubernetesObjects) {
        if (other === object || folder === '' || !other.path.startsWith(`${folder}/`)) continue;
        add(from, findings.of(other)[0], 'triggers', `applies ${folder}`);
      }
    }
    if (object.kind !== 'Canary' || object.targetName === undefined) continue;
    const workload = facts.kubernetesObjects.find(({ name, kind }) => name === object.targetName && kind !== 'Canary');
    if (workload) add(from, findings.of(workload)[0], 'gates', `targetRef names ${object.targetName}`);
  }
}

/** What Kubernetes jobs and workflows run. */
export function joinJobs(facts: LifecycleFacts, findings: Findings, add: AddEdge): void {
  for (const object of facts.kubernetesObjects) {
    if (!/(Job|Workflow|WorkflowTemplate)$/.test(object.kind)) continue;
    for (const from of findings.of(object)) {
      for (const { command, args } of object.containers) {
        const text = [...command, ...args].join(' ');
        for (const module of findings.purposes.modulesOf({ text, line: object.line, folder: '' })) {
          for (const { target, reason } of reached(findings, module, from.stage)) add(from, target, 'triggers', reason);
        }
      }
    }
  }
}

/** Edges between what registers a model by a name and what loads it by that name; loads that nothing registers. */
export function joinModelNames(facts: LifecycleFacts, findings: Findings, add: AddEdge): LifecycleMap['unknowns'] {
  const missing: LifecycleMap['unknowns'] = [];
  const registered = facts.pythonModules.flatMap((module) => {
    const component = findings.of(module).find(({ stage }) => stage === 'registration');
    return component ? registeredNames(module).map(({ name, line }) => ({ name, line, module, component })) : [];
  });
  for (const module of facts.pythonModules) {
    const users = findings.of(module).filter(({ stage }) => stage === 'deployment' || stage === 'monitoring');
    for (const { name, line } of loadedNames(module)) {
      const sources = registered.filter((entry) => entry.name === name);
      for (const source of sources) {
        const reason = `line ${line} loads models:/${name}, which ${source.module.path}:${source.line} registers`;
        for (const user of users) add(user, source.component, 'loads', reason);
      }
      if (sources.length === 0 && registered.length > 0 && users.length > 0) {
        const text = `${module.path}:${line} loads models:/${name}; no registration step that was read writes that name.`;
        missing.push({ stage: 'registration', text });
      }
    }
  }
  for (const { name, line, module, component } of registered) {
    const trainer = [
      module,
      ...facts.pythonModules.filter((other) => findings.index.importedBy(other, 1).includes(module)),
    ]
      .flatMap((candidate) => findings.of(candidate))
      .find(({ kind }) => kind === 'training script');
    add(trainer, component, 'registers', `${module.path}:${line} registers ${name}`);
  }
  return missing;
}

/** Dashboards and the metrics that code exports. */
export function joinDashboards(facts: LifecycleFacts, findings: Findings, add: AddEdge): void {
  for (const dashboard of facts.dashboards) {
    const from = findings.of(dashboard)[0];
    const names = new Map(
      dashboard.queries.flatMap(({ metrics, line }) => metrics.map((name) => [name, line] as const)),
    );
    for (const metric of facts.exportedMetrics) {
      const series = metric.series.find((name) => names.has(name));
      if (series !== undefined)
        add(from, findings.of(metric)[0], 'watches-metric', `line ${names.get(series)} reads ${series}`);
    }
  }
}
