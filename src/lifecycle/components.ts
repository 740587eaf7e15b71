import type { Component } from '../contract/lifecycle.js';
import type { Snapshot } from '../contract/snapshot.js';
import type { LifecycleStage } from '../contract/stage.js';
import { deploysByCommand, lineThat, servesByCommand } from './commandSigns.js';
import { ComponentList } from './componentList.js';
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
import { modelUse } from './modelUse.js';
import { ModuleIndex } from './moduleIndex.js';
import { monitoringScript } from './monitoringScript.js';
import { PartFinder } from './partComponents.js';
import { INFRASTRUCTURE } from './platformImages.js';
import { Purposes } from './purposes.js';
import { stepFolder } from './readers/githubWorkflow.js';
import { loadsModel, predicts } from './readers/pythonRoles.js';
import { fileName, folderOf, resolvePath } from './scope.js';
import { excerpt } from './sourceText.js';

const DEPLOY_ACTIONS =
  /^(docker\/build-push-action|azure\/(k8s-deploy|webapps-deploy|aml-deploy|container-apps-deploy-action|aci-deploy)|aws-actions\/(amazon-ecs-deploy|aws-lambda-deploy)|google-github-actions\/deploy|akhileshns\/heroku-deploy|superfly\/flyctl-actions|appleboy\/ssh-action|bentoml\/deploy-bento-action)/;
/** Evidence of a web framework, which serves anything. */
const WEB = /^calls (\w+\.)*(FastAPI|Flask|Sanic)$/;
/** Images that serve whatever model they are given. */
const MODEL_SERVER_IMAGES =
  /(torchserve|tritonserver|tensorflow\/serving|tf-serving|mlserver|vllm-openai|text-generation-inference|text-embeddings-inference)/i;
const MONITOR_FOLDER = /(^|[^a-z])monitor(ing)?([^a-z]|$)/i;
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

/** Kinds of custom resources that run training, of Kubeflow's training operator, Katib and KubeRay. */
const TRAINING_KINDS = /^((PyTorch|TF|MPI|XGBoost|Paddle|JAX|MX)Job|TrainJob|Experiment|RayJob)$/;
/** Jobs of these kinds that do something else, by their names. */
const PREDICTION_JOB = /(^|[^a-z])(predict(ion)?s?|inference|scoring|serving)([^a-z]|$)/i;
const TRIAL_JOB = /(^|[^a-z])(test|bench(mark)?|nccl)([^a-z]|$)/i;
const TRAINING_GROUPS = /^([\w.-]*\.)?(kubeflow\.org|ray\.io)\//;
/** Kinds that put other objects where they run, or shift traffic to them. */
const DELIVERY_KINDS: Record<string, string> = {
  Application: 'Argo CD Application',
  ApplicationSet: 'Argo CD ApplicationSet',
  Canary: 'Flagger Canary',
  InferenceGraph: 'KServe InferenceGraph',
  RayService: 'RayService',
  BentoDeployment: 'BentoDeployment',
};

/** Components with what they were made of, for the edges. */
export interface Findings {
  index: ModuleIndex;
  purposes: Purposes;
  components: Component[];
  /** Component of a fact, by stage and fact. */
  of(fact: object): Component[];
  /** Components of a file. */
  at(path: string): Component[];
}

/** The parts of a model's life that the facts show, by stage, each with its evidence. */
export function findComponents(snapshot: Snapshot, facts: LifecycleFacts): Findings {
  return new Finder(snapshot, facts).find();
}

class Finder {
  private readonly list = new ComponentList();
  private readonly index: ModuleIndex;
  private readonly purposes: Purposes;
  /** Whether a service is known that uses a model itself. */
  private readonly modelServices: boolean;

  constructor(
    private readonly snapshot: Snapshot,
    private readonly facts: LifecycleFacts,
  ) {
    this.index = new ModuleIndex(facts.pythonModules);
    this.modelServices = facts.pythonModules.some((module) => module.roles.includes('serve') && this.usesModel(module));
    this.purposes = new Purposes(facts, this.index, (module) => this.list.at(module.path));
  }

  find(): Findings {
    for (const module of this.facts.pythonModules) this.python(module);
    const parts = new PartFinder(this.facts, this.list, this.index, this.purposes);
    // Pipelines that code declares come before what runs them: a command's stage is that of the code it runs.
    parts.pythonParts();
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
    parts.otherParts();
    this.monitoring();
    parts.handOver();
    const { list, index, purposes } = this;
    return { index, purposes, components: list.components, of: (fact) => list.of(fact), at: (path) => list.at(path) };
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
    if (!this.besideModel(module)) note('serve', 'deployment', 'model service');
    note('drift', 'monitoring', 'drift check');
    const watch = module.roles.includes('drift') ? undefined : monitoringScript(module);
    if (watch) this.add(module, 'monitoring', 'monitoring script', name, module.path, watch, watch.evidence);
    const roles = new Set(module.roles);
    if (roles.has('serve') || roles.has('train') || roles.has('drift')) return;
    const use = modelUse(module);
    if (use === undefined || (roles.has('evaluate') && use.kind === 'batch prediction')) return;
    this.add(module, 'deployment', use.kind, name, module.path, use.call, use.evidence);
  }

  /** A web application that uses no model, where another of the repository does: an alert receiver, a console. */
  private besideModel(module: PythonModule): boolean {
    const web = module.roleEvidence.some(({ role, text }) => role === 'serve' && WEB.test(text));
    return web && !this.usesModel(module) && this.modelServices;
  }

  private usesModel(module: PythonModule): boolean {
    return [module, ...this.index.importedBy(module)].some(({ calls }) =>
      calls.some((call) => loadsModel(call) || predicts(call)),
    );
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
        const reproduces =
          /\bdvc\s+(repro|exp\s+run)\b/.test(run) &&
          this.facts.dvcPipelines.some(({ stages }) => stages.some((s) => this.list.of(s).length > 0));
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
        if (reproduces) {
          note(
            'training',
            'training workflow',
            excerpt(run.split('\n').find((text) => /^(?!\s*echo).*\bdvc\s+(repro|exp)\b/.test(text)) ?? run, 120),
          );
        }
        const names = [job.id, job.name ?? '', step.name ?? ''];
        for (const { stage, word, reason } of this.purposes.ofCommand({ text: run, line: step.line, folder }, names)) {
          note(stage, `${word} workflow`, reason);
        }
        if (step.uses && DEPLOY_ACTIONS.test(step.uses.value))
          note('deployment', 'deployment workflow', step.uses.value);
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
        if (!this.list.of(stage).some((component) => component.stage === 'training')) continue;
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
    // An empty CMD only takes away what the base image had.
    const start = starts.findLast(({ exec, value }) => (exec ? exec.length > 0 : value !== '')) ?? starts.at(-1);
    const command = starts.map(({ exec, value }) => (exec ? exec.join(' ') : value)).join(' ');
    const modules = this.index.runBy(command, folderOf(file.path));
    const first = file.stages[0];
    if (!first) return;
    const place = start ?? first;
    const evidence = excerpt(start ? `${start.keyword} ${start.value}` : `FROM ${first.image}`);
    const name = file.path;
    if (modules.some(({ roles }) => roles.includes('train'))) {
      this.add(file, 'training', 'training image', name, file.path, place, evidence);
    } else if (servesByCommand(command) || modules.some((module) => this.index.reaches(module, 'serve'))) {
      const places = modules.length > 0 ? modules.map(({ path }) => path.replace(/\.py$/, '')) : [folderOf(file.path)];
      const watches = places.every((path) => MONITOR_FOLDER.test(path));
      if (watches) this.add(file, 'monitoring', 'monitoring app image', name, file.path, place, evidence);
      else this.add(file, 'deployment', 'service image', name, file.path, place, evidence);
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
    else if (TRAINING_KINDS.test(kind) && TRAINING_GROUPS.test(object.apiVersion)) {
      const predictsBy = PREDICTION_JOB.test(name);
      if (predictsBy) note('deployment', `batch prediction ${kind}`, `kind: ${kind}, ${object.apiVersion}`);
      else if (!TRIAL_JOB.test(name))
        note('training', kind, `kind: ${kind}, image ${object.containers[0]?.image?.image.value ?? 'not told'}`);
    } else if (Object.hasOwn(DELIVERY_KINDS, kind) && /[./]/.test(object.apiVersion)) {
      note('deployment', DELIVERY_KINDS[kind] as string, `kind: ${kind}, ${object.apiVersion}`);
    } else if (kind.endsWith('AnalysisTemplate'))
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
      this.list.of(module).some(({ kind }) => kind === 'batch prediction'),
    );
    if (has('train') || TRAINS_BY_NAME.test(names)) note('training', `training ${object.kind}`, evidence);
    if (has('register') || /set_registered_model_alias|register_model/.test(command))
      note('registration', `registration ${object.kind}`, evidence);
    if (deploysByCommand(command))
      note('deployment', `deployment ${object.kind}`, lineThat(command, deploysByCommand).text || evidence);
    if (predictsInBatch || /(^|[^a-z])(predict(ion)?s?|inference|scoring)([^a-z]|$)/i.test(names)) {
      note('deployment', `batch prediction ${object.kind}`, evidence);
    }
    if ((has('drift') && !has('train')) || /drift/i.test(names)) note('monitoring', `drift ${object.kind}`, evidence);
  }

  private compose(path: string, service: ComposeService): void {
    const note = (evidence: string): void =>
      this.add(service, 'deployment', 'Compose service', service.name, path, service, evidence);
    const image = service.image?.image.value ?? '';
    if (MODEL_SERVER_IMAGES.test(image)) {
      note(`image ${image}`);
      return;
    }
    if (!service.build) return;
    const context = resolvePath(folderOf(path), service.build.context);
    const dockerfile = this.facts.dockerfiles.find(
      (file) => context !== undefined && file.path === resolvePath(context, service.build?.dockerfile ?? 'Dockerfile'),
    );
    const serves = dockerfile && this.list.of(dockerfile).some(({ stage }) => stage === 'deployment');
    if (serves || /\bmlflow models serve\b/.test(service.command ?? '')) note(`build ${service.build.context}`);
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
    this.list.add(fact, stage, kind, { name, path, place, evidence, model });
  }
}
