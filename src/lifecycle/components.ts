import type { Component, LineRange } from '../contract/lifecycle.js';
import type { Snapshot } from '../contract/snapshot.js';
import type { LifecycleStage } from '../contract/stage.js';
import type {
  ComposeService,
  Dockerfile,
  DvcStage,
  GithubWorkflow,
  KubernetesObject,
  LifecycleFacts,
  PythonModule,
  PythonRole,
} from './facts.js';
import { ModuleIndex } from './moduleIndex.js';
import { stepFolder } from './readers/githubWorkflow.js';
import { loadsModel, predicts } from './readers/pythonRoles.js';
import { fileName, folderOf, resolvePath } from './scope.js';
import { excerpt } from './sourceText.js';

/** Components of one kind that a map holds; the alerts of a large mixin would drown the rest. */
const MAX_PER_KIND = 500;

/** Images of the platform around a model; they serve no model. */
const INFRASTRUCTURE =
  /(^|\/)(prom|prometheus|grafana|alertmanager|node-exporter|pushgateway|cadvisor|postgres(ql)?|mysql|mariadb|redis|mongo|minio|mc|mlflow|nginx|traefik|envoy(proxy)?|zookeeper|kafka|cp-kafka|redpanda|rabbitmq|elasticsearch|kibana|logstash|jaeger|jaegertracing|otel|opentelemetry-collector(-contrib)?|loki|promtail|tempo|busybox|alpine|curl|airflow|statsd-exporter|adminer|pgadmin4?)([:@/-]|$)/i;

const SERVERS =
  /\b(uvicorn|gunicorn|hypercorn|bentoml|mlserver|torchserve|tritonserver|tensorflow_model_server|streamlit|flask run|waitress-serve|mlflow models serve|ray serve|serve run|mlem serve)\b/;
const DEPLOYS =
  /\b(kubectl\s+(apply|set\s+image|rollout|patch|replace|create)|kubectl argo rollouts|helm\s+(upgrade|install)|kustomize build|mlem\s+deployment\s+run|argocd\s+app\s+sync|aws\s+(sagemaker|lambda\s+update|ecs\s+update)|gcloud\s+(run\s+deploy|ai\s+endpoints)|az\s+(ml|webapp)|bentoml\s+deploy|bentoctl|cdk\s+deploy|terraform\s+apply|docker\s+push|docker\s+compose\s+.*up)\b/;
const DEPLOY_ACTIONS =
  /^(docker\/build-push-action|azure\/(k8s-deploy|webapps-deploy|aml-deploy)|aws-actions\/amazon-ecs-deploy|google-github-actions\/deploy|akhileshns\/heroku-deploy)/;
const REGISTERS =
  /\b(gto\s+(register|assign|promote)|mlflow\s+models?\s+register|wandb\s+artifact|bentoml\s+push|dvc\s+artifacts)\b/;
const TRAINS_BY_NAME = /(^|[^a-z])(re)?train(ing)?([^a-z]|$)/i;
const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'Pod']);
const MODEL_SERVERS = new Set([
  'InferenceService',
  'SeldonDeployment',
  'TrainedModel',
  'ServingRuntime',
  'ClusterServingRuntime',
]);
const JOBS = new Set(['Job', 'CronJob', 'Workflow', 'WorkflowTemplate', 'ClusterWorkflowTemplate', 'CronWorkflow']);

/** Components with what they were made of, for the edges. */
export interface Findings {
  index: ModuleIndex;
  components: Component[];
  /** Component of a fact, by stage and fact. */
  of(fact: object): Component[];
}

/** The parts of a model's life that the facts show, by stage, each with its evidence. */
export function findComponents(snapshot: Snapshot, facts: LifecycleFacts): Findings {
  return new Finder(snapshot, facts).find();
}

class Finder {
  private readonly components: Component[] = [];
  private readonly byFact = new Map<object, Component[]>();
  private readonly ids = new Set<string>();
  private readonly perKind = new Map<string, number>();
  private readonly index: ModuleIndex;

  constructor(
    private readonly snapshot: Snapshot,
    private readonly facts: LifecycleFacts,
  ) {
    this.index = new ModuleIndex(facts.pythonModules);
  }

  find(): Findings {
    for (const module of this.facts.pythonModules) this.python(module);
    for (const pipeline of this.facts.dvcPipelines)
      for (const stage of pipeline.stages) this.dvcStage(pipeline.path, stage);
    for (const workflow of this.facts.githubWorkflows) this.workflow(workflow);
    for (const artifact of this.facts.gtoArtifacts) {
      this.add(
        artifact,
        'registration',
        'registered artifact',
        artifact.name,
        artifact.path,
        artifact,
        `artifact ${artifact.name}${artifact.artifactPath ? `, file ${artifact.artifactPath}` : ''}`,
        artifact.type === 'model' ? artifact.name : undefined,
      );
    }
    this.modelFiles();
    for (const dockerfile of this.facts.dockerfiles) this.dockerfile(dockerfile);
    for (const object of this.facts.kubernetesObjects) this.kubernetes(object);
    for (const file of this.facts.composeFiles) for (const service of file.services) this.compose(file.path, service);
    this.monitoring();
    return { index: this.index, components: this.components, of: (fact) => this.byFact.get(fact) ?? [] };
  }

  private python(module: PythonModule): void {
    const name = fileName(module.path);
    const note = (role: PythonRole, stage: LifecycleStage, kind: string): void => {
      const evidence = module.roleEvidence.find((entry) => entry.role === role);
      if (!evidence) return;
      this.add(module, stage, kind, name, module.path, { line: evidence.line, endLine: evidence.line }, evidence.text);
    };
    note('train', 'training', 'training script');
    note('register', 'registration', 'registration script');
    note('serve', 'deployment', 'model service');
    note('drift', 'monitoring', 'drift check');
    const roles = new Set(module.roles);
    if (roles.has('serve') || roles.has('train') || roles.has('evaluate')) return;
    const load = module.calls.find(loadsModel);
    const predict = module.calls.find(predicts);
    if (load && predict && module.runnable) {
      const place = { line: predict.line, endLine: predict.endLine };
      this.add(
        module,
        'deployment',
        'batch prediction',
        name,
        module.path,
        place,
        `calls ${load.callee} and ${predict.callee}`,
      );
    }
  }

  private dvcStage(path: string, stage: DvcStage): void {
    const folder = resolvePath(folderOf(path), stage.wdir ?? '.') ?? folderOf(path);
    const run = this.index.runBy(stage.cmd, folder);
    const trains =
      run.some(({ roles }) => roles.includes('train')) || (TRAINS_BY_NAME.test(stage.name) && stage.cmd !== '');
    if (trains) this.add(stage, 'training', 'DVC stage', stage.name, path, stage, excerpt(`cmd: ${stage.cmd}`));
    else if (run.some(({ roles }) => roles.includes('drift'))) {
      this.add(stage, 'monitoring', 'DVC stage', stage.name, path, stage, excerpt(`cmd: ${stage.cmd}`));
    }
  }

  private workflow(workflow: GithubWorkflow): void {
    const seen = new Set<LifecycleStage>();
    for (const job of workflow.jobs) {
      for (const step of job.steps) {
        const run = step.run?.value ?? '';
        const folder = stepFolder(workflow, job, step);
        const modules = this.index.runBy(run, folder);
        const named = TRAINS_BY_NAME.test(`${job.id} ${job.name ?? ''} ${step.name ?? ''} ${run.slice(0, 2000)}`);
        const has = (role: PythonRole): boolean => modules.some(({ roles }) => roles.includes(role));
        const reproduces =
          /\bdvc\s+(repro|exp\s+run)\b/.test(run) &&
          this.facts.dvcPipelines.some(({ stages }) => stages.some((s) => this.byFact.has(s)));
        const note = (stage: LifecycleStage, kind: string, reason: string): void => {
          if (seen.has(stage)) return;
          seen.add(stage);
          const place = step.run ?? step.uses ?? step;
          this.add(
            workflow,
            stage,
            kind,
            workflow.name ?? fileName(workflow.path),
            workflow.path,
            place,
            `job ${job.id}: ${reason}`,
          );
        };
        const line = (pattern: RegExp): string =>
          excerpt(run.split('\n').find((text) => pattern.test(text)) ?? run, 120);
        if (has('train') || reproduces || (named && modules.some((module) => this.index.reaches(module, 'train')))) {
          note('training', 'training workflow', reproduces ? line(/\bdvc\b/) : line(/\.py|-m\s/));
        }
        if (has('register') || REGISTERS.test(run))
          note('registration', 'registration workflow', line(REGISTERS.test(run) ? REGISTERS : /\.py|-m\s/));
        if (DEPLOYS.test(run)) note('deployment', 'deployment workflow', line(DEPLOYS));
        if (step.uses && DEPLOY_ACTIONS.test(step.uses.value))
          note('deployment', 'deployment workflow', step.uses.value);
        // A drift module that training merely imports isn't a drift job.
        if (has('drift') && !has('train')) note('monitoring', 'drift workflow', line(/\.py|-m\s/));
      }
    }
  }

  private modelFiles(): void {
    const known = new Set(this.facts.modelFiles.map(({ path }) => path));
    for (const file of this.facts.modelFiles) {
      const kind = file.format === 'dvc-pointer' ? 'model tracked by DVC' : 'committed model file';
      this.add(
        file,
        'registration',
        kind,
        fileName(file.path),
        file.path,
        { line: 1, endLine: 1 },
        `${file.format}, ${file.size} bytes`,
      );
    }
    const present = new Set(this.snapshot.entries.map(({ path }) => path));
    for (const { stages } of this.facts.dvcPipelines) {
      for (const stage of stages) {
        if (!this.byFact.get(stage)?.some((component) => component.stage === 'training')) continue;
        for (const out of stage.outs) {
          if (known.has(out) || !present.has(out) || !/(^|\/)(models?|artifacts?)\//i.test(out)) continue;
          known.add(out);
          this.add(
            {},
            'registration',
            'committed model file',
            fileName(out),
            out,
            { line: 1, endLine: 1 },
            `out of DVC stage ${stage.name}`,
          );
        }
      }
    }
  }

  private dockerfile(file: Dockerfile): void {
    const starts = file.instructions.filter(({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT');
    const start = starts.at(-1);
    const command = starts.map(({ exec, value }) => (exec ? exec.join(' ') : value)).join(' ');
    const modules = this.index.runBy(command, folderOf(file.path));
    const first = file.stages[0];
    if (!first) return;
    const place = start ?? first;
    const evidence = excerpt(start ? `${start.keyword} ${start.value}` : `FROM ${first.image}`);
    const name = file.path;
    if (modules.some(({ roles }) => roles.includes('train'))) {
      this.add(file, 'training', 'training image', name, file.path, place, evidence);
    } else if (SERVERS.test(command) || modules.some((module) => this.index.reaches(module, 'serve'))) {
      this.add(file, 'deployment', 'service image', name, file.path, place, evidence);
    } else if (
      file.stages.some(({ image }) =>
        /(torchserve|tritonserver|tf-serving|tensorflow\/serving|mlserver|aws-lambda|lambda\/python)/i.test(image),
      )
    ) {
      this.add(file, 'deployment', 'service image', name, file.path, first, `FROM ${first.image}`);
    }
  }

  private kubernetes(object: KubernetesObject): void {
    const { kind, name, path } = object;
    const note = (stage: LifecycleStage, label: string, evidence: string): void => {
      this.add(object, stage, label, name, path, object, excerpt(evidence));
    };
    if (MODEL_SERVERS.has(kind)) {
      const uri = object.storageUris[0]?.uri.value;
      const image = object.containers[0]?.image?.image.value;
      const from = uri === undefined ? (image === undefined ? '' : `, image ${image}`) : `, storageUri ${uri}`;
      note('deployment', kind === 'InferenceService' ? 'KServe InferenceService' : kind, `kind: ${kind}${from}`);
    } else if (WORKLOADS.has(kind)) {
      const own = object.containers.filter(
        ({ image, init }) => !init && image && !INFRASTRUCTURE.test(image.repository),
      );
      const first = own[0]?.image;
      if (first)
        note('deployment', kind === 'Rollout' ? 'Argo Rollout' : kind, `kind: ${kind}, image ${first.image.value}`);
    } else if (JOBS.has(kind)) this.job(object, note);
    else if (kind.endsWith('AnalysisTemplate'))
      note('deployment', kind, `kind: ${kind}, ${object.analysisMetrics.length} metrics`);
    else if (kind === 'ServiceMonitor' || kind === 'PodMonitor')
      note('monitoring', kind, `kind: ${kind}, path ${object.endpoints[0]?.path ?? '/metrics'}`);
  }

  private job(object: KubernetesObject, note: (stage: LifecycleStage, label: string, evidence: string) => void): void {
    const command = object.containers.map(({ command: words, args }) => [...words, ...args].join(' ')).join('\n');
    const modules = this.index.runBy(command);
    const has = (role: PythonRole): boolean => modules.some(({ roles }) => roles.includes(role));
    const names = [object.name, ...object.containers.map(({ name }) => name)].join(' ');
    const images = object.containers.map(({ image }) => image?.image.value ?? '').join(' ');
    const evidence = `kind: ${object.kind}, ${command === '' ? `image ${images}` : command}`;
    const predictsInBatch = modules.some((module) =>
      this.byFact.get(module)?.some(({ kind }) => kind === 'batch prediction'),
    );
    if (has('train') || TRAINS_BY_NAME.test(names)) note('training', `training ${object.kind}`, evidence);
    if (has('register') || /set_registered_model_alias|register_model/.test(command))
      note('registration', `registration ${object.kind}`, evidence);
    if (predictsInBatch || /(^|[^a-z])(predict(ion)?s?|inference|scoring)([^a-z]|$)/i.test(names)) {
      note('deployment', `batch prediction ${object.kind}`, evidence);
    }
    if ((has('drift') && !has('train')) || /drift/i.test(names)) note('monitoring', `drift ${object.kind}`, evidence);
  }

  private compose(path: string, service: ComposeService): void {
    if (!service.build) return;
    const context = resolvePath(folderOf(path), service.build.context);
    const dockerfile = this.facts.dockerfiles.find(
      (file) => context !== undefined && file.path === resolvePath(context, service.build?.dockerfile ?? 'Dockerfile'),
    );
    const serves = dockerfile && this.byFact.get(dockerfile)?.some(({ stage }) => stage === 'deployment');
    if (serves)
      this.add(service, 'deployment', 'Compose service', service.name, path, service, `build ${service.build.context}`);
  }

  private monitoring(): void {
    for (const metric of this.facts.exportedMetrics) {
      this.add(
        metric,
        'monitoring',
        'exported metric',
        metric.name,
        metric.path,
        metric,
        `${metric.type} of ${metric.exporter}, shows ${metric.series.join(', ')}`,
      );
    }
    for (const { rules } of this.facts.ruleFiles) {
      for (const rule of rules) {
        const kind = rule.kind === 'alert' ? 'alert rule' : 'recording rule';
        const model =
          rule.labels.model?.value ??
          rule.promql.selectors
            .flatMap(({ matchers }) => matchers)
            .find(({ label, operator }) => label === 'model' && operator === '=')?.value;
        this.add(rule, 'monitoring', kind, rule.name, rule.path, rule, excerpt(`expr: ${rule.expr.value}`), model);
      }
    }
    for (const config of this.facts.prometheusConfigs) {
      const evidence = `${config.scrapeConfigs.length} scrape jobs, ${config.ruleFiles?.length ?? 0} rule file patterns`;
      const name = config.embedding ? config.embedding.key : fileName(config.path);
      this.add(
        config,
        'monitoring',
        'Prometheus configuration',
        name,
        config.path,
        { line: config.line, endLine: config.line },
        evidence,
      );
    }
    for (const config of this.facts.alertmanagerConfigs) {
      const route = config.route;
      const name = config.embedding ? config.embedding.key : fileName(config.path);
      if (route)
        this.add(
          config,
          'monitoring',
          'Alertmanager configuration',
          name,
          config.path,
          route,
          `route to ${route.receiver?.value ?? 'no receiver'}, ${config.receivers.length} receivers`,
        );
      for (const receiver of config.receivers) {
        const kinds = receiver.integrations.map(({ kind }) => kind);
        this.add(
          receiver,
          'monitoring',
          'Alertmanager receiver',
          receiver.name,
          config.path,
          receiver,
          kinds.length > 0 ? kinds.join(', ') : 'no integration: notifies nobody',
        );
      }
    }
  }

  private add(
    fact: object,
    stage: LifecycleStage,
    kind: string,
    name: string,
    path: string,
    place: { line: number; endLine: number },
    evidence: string,
    model?: string,
  ): void {
    const count = (this.perKind.get(kind) ?? 0) + 1;
    this.perKind.set(kind, count);
    if (count > MAX_PER_KIND) return;
    const lines: LineRange = { start: place.line, end: place.endLine };
    const base = `${kind}:${path}#${name}`;
    let id = base;
    for (let twin = 2; this.ids.has(id); twin += 1) id = `${base}~${twin}`;
    this.ids.add(id);
    const component: Component = { id, stage, kind, name, path, lines, evidence: excerpt(evidence) };
    if (model !== undefined) component.model = model;
    this.components.push(component);
    this.byFact.set(fact, [...(this.byFact.get(fact) ?? []), component]);
  }
}
