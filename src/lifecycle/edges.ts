import type { Component, Edge, EdgeKind, LifecycleMap } from '../contract/lifecycle.js';
import { alertLabels } from './alertLabels.js';
import { receiversOf } from './alertRouting.js';
import type { Findings } from './components.js';
import type { AlertRule, LifecycleFacts, PythonModule } from './facts.js';
import { joinDashboards, joinDelivery, joinJobs, joinModelNames, joinParts, reached } from './partEdges.js';
import { splitImage } from './readers/containerImage.js';
import { stepFolder } from './readers/githubWorkflow.js';
import { folderOf, resolvePath } from './scope.js';
import { excerpt } from './sourceText.js';

/** Edges of a map. */
const MAX_EDGES = 5000;

/** How the components are joined, each edge with its reason, and the links that are missing. */
export function joinComponents(
  facts: LifecycleFacts,
  findings: Findings,
): { edges: Edge[]; missing: LifecycleMap['unknowns'] } {
  return new Joiner(facts, findings).join();
}

class Joiner {
  private readonly edges: Edge[] = [];
  private readonly seen = new Set<string>();
  private readonly missing: LifecycleMap['unknowns'] = [];

  constructor(
    private readonly facts: LifecycleFacts,
    private readonly findings: Findings,
  ) {}

  join(): { edges: Edge[]; missing: LifecycleMap['unknowns'] } {
    this.pipelines();
    this.workflows();
    this.modelFiles();
    this.images();
    this.rollouts();
    const add = this.add.bind(this);
    joinParts(this.facts, this.findings, add);
    joinJobs(this.facts, this.findings, add);
    joinDelivery(this.facts, this.findings, add);
    this.missing.push(...joinModelNames(this.facts, this.findings, add));
    this.metrics();
    joinDashboards(this.facts, this.findings, add);
    this.alerts();
    return { edges: this.edges, missing: this.missing };
  }

  private one(fact: object, ...kinds: string[]): Component | undefined {
    return this.findings.of(fact).find(({ kind }) => kinds.length === 0 || kinds.includes(kind));
  }

  private pipelines(): void {
    for (const { path, stages } of this.facts.dvcPipelines) {
      for (const stage of stages) {
        const from = this.one(stage);
        if (!from) continue;
        const folder = resolvePath(folderOf(path), stage.wdir ?? '.') ?? '';
        for (const module of this.findings.index.runBy(stage.cmd, folder)) {
          for (const { target } of reached(this.findings, module, from.stage)) {
            this.add(from, target, 'triggers', excerpt(`cmd: ${stage.cmd}`));
          }
        }
      }
    }
  }

  private workflows(): void {
    for (const workflow of this.facts.githubWorkflows) {
      const own = this.findings.of(workflow);
      if (own.length === 0) continue;
      for (const job of workflow.jobs) {
        for (const step of job.steps) {
          const run = step.run?.value ?? '';
          const reason = (text: string): string => excerpt(`job ${job.id}: ${text}`);
          const command = { text: run, line: step.line, folder: stepFolder(workflow, job, step) };
          for (const module of this.findings.purposes.modulesOf(command)) {
            for (const from of own) {
              for (const { target, reason: why } of reached(this.findings, module, from.stage)) {
                this.add(from, target, 'triggers', reason(why));
              }
            }
          }
          if (/\bdvc\s+(repro|exp\s+run)\b/.test(run)) {
            const from = own.find(({ stage }) => stage === 'training');
            for (const { stages } of this.facts.dvcPipelines) {
              for (const stage of stages) this.add(from, this.one(stage), 'triggers', reason('runs dvc repro'));
            }
          }
          if (/\b(kubectl|helm|kustomize)\b/.test(run)) this.appliedManifests(own, run, reason);
        }
      }
    }
  }

  private appliedManifests(own: Component[], run: string, reason: (text: string) => string): void {
    const from = own.find(({ stage }) => stage === 'deployment');
    const words = new Set(run.split(/[\s'"`;&|()=]+/).map((word) => word.replace(/^\.\//, '').replace(/\/$/, '')));
    for (const object of this.facts.kubernetesObjects) {
      const named = words.has(object.path)
        ? object.path
        : words.has(folderOf(object.path))
          ? folderOf(object.path)
          : '';
      if (named === '') continue;
      for (const target of this.findings.of(object)) this.add(from, target, 'triggers', reason(`applies ${named}`));
    }
  }

  private modelFiles(): void {
    const files = this.findings.components.filter(
      ({ kind }) => kind === 'committed model file' || kind === 'model tracked by DVC',
    );
    for (const file of files) {
      const path = file.path.replace(/\.dvc$/, '');
      for (const { stages } of this.facts.dvcPipelines) {
        for (const stage of stages) {
          if (stage.outs.includes(path))
            this.add(this.one(stage), file, 'writes-model', `out of DVC stage ${stage.name}`);
        }
      }
      for (const module of this.facts.pythonModules) this.moduleAndFile(module, file, path);
      for (const docker of this.facts.dockerfiles) {
        const copy = docker.copies.find(({ source, from }) => from === undefined && covers(source, docker.path, path));
        if (copy) this.add(this.one(docker), file, 'loads', `line ${copy.line} copies ${copy.source}`);
      }
      for (const artifact of this.facts.gtoArtifacts) {
        if (artifact.artifactPath === path)
          this.add(this.one(artifact), file, 'registers', `path of artifact ${artifact.name}`);
      }
    }
  }

  private moduleAndFile(module: PythonModule, file: Component, path: string): void {
    const named = module.strings.find(({ value }) => value !== '' && (value === path || value.endsWith(`/${path}`)));
    if (!named) return;
    const reason = `line ${named.line} names ${path}`;
    this.add(this.one(module, 'training script'), file, 'writes-model', reason);
    this.add(this.one(module, 'registration script'), file, 'registers', reason);
    this.add(this.one(module, 'model service', 'batch prediction'), file, 'loads', reason);
  }

  private images(): void {
    const built = this.facts.dockerfiles.flatMap((docker) => {
      const component = this.one(docker, 'service image');
      return component ? [{ docker, component }] : [];
    });
    for (const { docker, component } of built) {
      const command = docker.instructions
        .filter(({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT')
        .map(({ value, exec }) => exec?.join(' ') ?? value)
        .join(' ');
      for (const module of this.findings.index.runBy(command, folderOf(docker.path))) {
        for (const service of [module, ...this.findings.index.importedBy(module)]) {
          this.add(component, this.one(service, 'model service'), 'triggers', excerpt(`starts ${module.path}`));
        }
      }
    }
    for (const { path, services } of this.facts.composeFiles) {
      for (const service of services) {
        const context = service.build ? resolvePath(folderOf(path), service.build.context) : undefined;
        const file =
          context === undefined ? undefined : resolvePath(context, service.build?.dockerfile ?? 'Dockerfile');
        const source = built.find(({ docker }) => docker.path === file);
        this.add(this.one(service), source?.component, 'deploys-image', `builds ${service.build?.context ?? ''}`);
      }
    }
    for (const template of this.facts.helmTemplates) {
      for (const { images } of this.facts.helmValues.filter(({ chart }) => chart === template.chart)) {
        for (const { text } of images) {
          const source = this.builderOf(splitImage(text).repository, built);
          const from = this.findings.of(template).find(({ stage }) => stage === 'deployment');
          if (source) this.add(from, source.component, 'deploys-image', `values name ${text}: ${source.reason}`);
        }
      }
    }
    for (const object of this.facts.kubernetesObjects) {
      const from = this.one(object);
      if (from?.stage !== 'deployment') continue;
      for (const { image } of object.containers) {
        if (!image) continue;
        const source = this.builderOf(image.repository, built);
        if (source) this.add(from, source.component, 'deploys-image', `image ${image.image.value}: ${source.reason}`);
        else if (built.length > 0) {
          this.missing.push({
            stage: 'deployment',
            text: `${object.kind} ${object.name} runs ${image.image.value}; which Dockerfile here builds it can't be told.`,
          });
        }
      }
    }
  }

  /** The Dockerfile that builds an image: by the folder's name, a workflow that names both, or because it is the only one. */
  private builderOf<T extends { docker: { path: string }; component: Component }>(
    repository: string,
    built: T[],
  ): { component: Component; reason: string } | undefined {
    const last = repository.split('/').at(-1) ?? '';
    const byFolder = built.filter(({ docker }) =>
      folderOf(docker.path)
        .split('/')
        .some((folder) => normalise(folder) === normalise(last)),
    );
    if (byFolder.length === 1)
      return { component: (byFolder[0] as T).component, reason: `the Dockerfile's folder is called ${last}` };
    const only = built.length === 1 ? (built[0] as T) : undefined;
    return only ? { component: only.component, reason: 'the only service image that is built here' } : undefined;
  }

  private rollouts(): void {
    const templates = this.facts.kubernetesObjects.filter(({ kind }) => kind.endsWith('AnalysisTemplate'));
    for (const object of this.facts.kubernetesObjects) {
      for (const name of object.rollout?.analysisTemplates ?? []) {
        for (const template of templates.filter((candidate) => candidate.name === name)) {
          this.add(this.one(template), this.one(object), 'gates', `analysis names template ${name}`);
        }
      }
    }
  }

  private metrics(): void {
    const services = this.facts.pythonModules.filter((module) => this.one(module, 'model service'));
    for (const metric of this.facts.exportedMetrics) {
      const target = this.one(metric);
      const own = this.facts.pythonModules.find(({ path }) => path === metric.path);
      if (!own) continue;
      const direct = this.one(own, 'model service', 'training script', 'drift check', 'batch prediction');
      if (direct) {
        this.add(direct, target, 'exports-metric', `defined at ${metric.path}:${metric.line}`);
        continue;
      }
      const importer = services.find((service) => this.findings.index.importedBy(service).includes(own));
      if (importer) {
        this.add(
          this.one(importer, 'model service'),
          target,
          'exports-metric',
          `imports ${metric.path}, which defines it at line ${metric.line}`,
        );
      }
    }
  }

  private alerts(): void {
    const rules = this.facts.ruleFiles.flatMap((file) => file.rules);
    const exporters = new Map<string, object[]>();
    for (const metric of this.facts.exportedMetrics)
      for (const series of metric.series) push(exporters, series, metric);
    for (const rule of rules) if (rule.kind === 'recording') push(exporters, rule.name, rule);
    const exportsAnything = this.facts.exportedMetrics.length > 0;
    for (const rule of rules) {
      const from = this.one(rule);
      for (const name of new Set(rule.promql.selectors.flatMap(({ metric }) => metric ?? []))) {
        const sources = exporters.get(name) ?? [];
        for (const source of sources) {
          if (source !== rule) this.add(from, this.one(source), 'watches-metric', `expr reads ${name}`);
        }
        if (sources.length === 0 && exportsAnything && !FROM_ELSEWHERE.test(name)) {
          this.missing.push({
            stage: 'monitoring',
            text: `${rule.kind === 'alert' ? 'Alert' : 'Recording rule'} ${rule.name} (${rule.path}:${rule.line}) reads ${name}, which no code that was read exports.`,
          });
        }
      }
      if (rule.promql.error !== undefined) {
        this.missing.push({
          stage: 'monitoring',
          text: `The expression of ${rule.name} (${rule.path}:${rule.expr.line}) can't be read: ${rule.promql.error}.`,
        });
      }
      if (rule.kind === 'alert') this.route(rule, from);
    }
  }

  private route(rule: AlertRule, from: Component | undefined): void {
    for (const config of this.facts.alertmanagerConfigs) {
      if (!config.route) continue;
      for (const name of receiversOf(config.route, alertLabels(rule).known)) {
        const receiver = config.receivers.find((candidate) => candidate.name === name);
        if (receiver) this.add(from, this.one(receiver), 'routes-alert', `${config.path} routes its labels to ${name}`);
      }
    }
  }

  private add(from: Component | undefined, to: Component | undefined, kind: EdgeKind, reason: string): void {
    if (!from || !to || from.id === to.id || this.edges.length >= MAX_EDGES) return;
    const key = `${kind}\0${from.id}\0${to.id}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.edges.push({ from: from.id, to: to.id, kind, reason: excerpt(reason) });
  }
}

/** Series of Prometheus itself and of well-known exporters, which no application code exports. */
const FROM_ELSEWHERE =
  /^(up|ALERTS|ALERTS_FOR_STATE|absent|scrape_\w+|(process|python|go|promhttp|prometheus|alertmanager|node|container|kube|kubelet|machine|apiserver|etcd|coredns|istio|envoy|nginx|traefik|DCGM|revision|rollout|flagger|argocd|airflow|mlflow|seldon|nv|ts|vllm|kafka|redis|pg|mysql|probe|pushgateway)(_|:)\w+)$/;

function covers(source: string, dockerfile: string, path: string): boolean {
  const bases = new Set(['', folderOf(dockerfile)]);
  return [...bases].some((base) => {
    const resolved = resolvePath(base, source);
    return resolved !== undefined && resolved !== '' && (resolved === path || path.startsWith(`${resolved}/`));
  });
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '');
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
