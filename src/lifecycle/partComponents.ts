import type { LifecycleStage } from '../contract/stage.js';
import { deploysByCommand, registersByCommand } from './commandSigns.js';
import type { ComponentList } from './componentList.js';
import type { HelmTemplate, LifecycleFacts, PythonModule, ToolPart } from './facts.js';
import type { ModuleIndex } from './moduleIndex.js';
import { INFRASTRUCTURE, PLATFORM_NAME } from './platformImages.js';
import type { Purposes } from './purposes.js';
import { savesModel, uploadsModel } from './readers/modelSaving.js';
import { loadsModel } from './readers/pythonRoles.js';
import { isModelResource } from './readers/terraform.js';
import { fileName } from './scope.js';

const WORKLOAD_KINDS =
  /^(Deployment|StatefulSet|DaemonSet|Rollout|InferenceService|SeldonDeployment|ServingRuntime|RayService|BentoDeployment)$/;
const MONITOR_KINDS = /^(ServiceMonitor|PodMonitor|PrometheusRule)$/;
const MODEL_WORDS = /(^|[^a-z])(models?|predict\w*|inference|scor(e|ing)|serving|endpoint|ml|bento\w*)([^a-z]|$)/i;

/** Finds the components of tool parts, Helm templates, dashboards and notebooks. */
export class PartFinder {
  private readonly modules: Map<string, PythonModule>;

  constructor(
    private readonly facts: LifecycleFacts,
    private readonly list: ComponentList,
    private readonly index: ModuleIndex,
    private readonly purposes: Purposes,
  ) {
    this.modules = new Map(facts.pythonModules.map((module) => [module.path, module]));
  }

  /** Parts that Python code declares. */
  pythonParts(): void {
    const own = this.facts.toolParts.filter(({ path }) => this.modules.has(path));
    for (const part of own) if (part.stage) this.declared(part, part.stage);
    const flows = own.filter(({ stage }) => stage === undefined);
    for (const part of flows) this.flow(part);
    this.starters(flows);
    for (const notebook of this.facts.notebooks) {
      for (const { role, line, text } of notebook.module.roleEvidence) {
        const stage = NOTEBOOK_STAGES[role];
        if (!stage) continue;
        const place = { line, endLine: line };
        this.list.add(notebook, stage, `${NOTEBOOK_WORDS[stage]} notebook`, {
          name: fileName(notebook.path),
          path: notebook.path,
          place,
          evidence: text,
        });
      }
    }
  }

  /** Parts of other files, after the services are known. */
  otherParts(): void {
    const others = this.facts.toolParts.filter(({ path }) => !this.modules.has(path));
    const seen = new Set<string>();
    for (const part of others) {
      if (part.kind === 'Kustomize overlay') continue;
      if (part.stage) {
        if (this.concernsModel(part)) this.declared(part, part.stage);
      } else this.byCommands(part, seen);
    }
    for (const template of this.facts.helmTemplates) this.helm(template);
    for (const part of others) if (part.kind === 'Kustomize overlay') this.overlay(part);
    for (const dashboard of this.facts.dashboards) {
      const evidence = `dashboard "${dashboard.title}", ${dashboard.queries.length} Prometheus queries`;
      this.list.add(dashboard, 'monitoring', 'Grafana dashboard', {
        name: dashboard.title === '' ? fileName(dashboard.path) : dashboard.title,
        path: dashboard.path,
        place: dashboard,
        evidence,
      });
    }
  }

  /**
   * Where nothing registers a model, the file through which training hands it over: what a training
   * module saves, when something here loads a stored model, and what is uploaded as a model.
   */
  handOver(): void {
    if (this.list.components.some(({ stage }) => stage === 'registration')) return;
    const loaded = this.facts.pythonModules.some(
      (module) => !module.roles.includes('train') && module.calls.some(loadsModel),
    );
    const trainers = this.facts.pythonModules.filter(({ roles }) => roles.includes('train'));
    // A trainer often saves through a module of its own, or through the program that starts it.
    const near = new Set([...trainers, ...trainers.flatMap((trainer) => this.index.importedBy(trainer, 2))]);
    for (const module of this.facts.pythonModules) {
      const upload = module.calls.find(uploadsModel);
      const trains = near.has(module) || (module.runnable && this.index.reaches(module, 'train'));
      const save = loaded && trains ? module.calls.find(savesModel) : undefined;
      const call = upload ?? save;
      if (!call) continue;
      const kind = upload ? 'model upload' : 'saved model file';
      this.list.add(module, 'registration', kind, {
        name: fileName(module.path),
        path: module.path,
        place: call,
        evidence: `calls ${call.callee} (no registry)`,
      });
    }
  }

  private declared(part: ToolPart, stage: LifecycleStage): void {
    // A script already known for the same stage by its role isn't listed twice.
    if (
      this.list
        .at(part.path)
        .some((known) => known.stage === stage && this.modules.has(part.path) && known.lines.start === part.line)
    )
      return;
    const { name, path, evidence, model } = part;
    this.list.add(part, stage, part.kind, { name, path, place: part, evidence, model });
  }

  private flow(part: ToolPart): void {
    for (const { stage, word, reason } of this.purposes.ofFlow(part, this.modules.get(part.path))) {
      const { name, path, evidence } = part;
      const why = reason === evidence ? evidence : `${evidence}: ${reason}`;
      this.list.add(part, stage, `${word} ${part.kind}`, { name, path, place: part, evidence: why });
    }
  }

  /** A pipeline without a purpose of its own that starts one which has: it prepares what training needs. */
  private starters(flows: ToolPart[]): void {
    for (const part of flows) {
      if (this.list.of(part).length > 0) continue;
      const started = flows.find(
        (other) =>
          part.uses.some((name) => other !== part && sameFlow(other, name)) &&
          this.list.of(other).some(({ stage }) => stage === 'training'),
      );
      if (!started) continue;
      const { name, path, evidence } = part;
      this.list.add(part, 'training', part.kind, {
        name,
        path,
        place: part,
        evidence: `${evidence}: starts ${started.name}`,
      });
    }
  }

  /** One component for each stage and file: its other jobs are details of the same pipeline. */
  private byCommands(part: ToolPart, seen: Set<string>): void {
    for (const command of this.purposes.commandsOf(part)) {
      const found = this.purposes.ofCommand(command, part.labels);
      for (const { stage, word, reason, line } of found) {
        const key = `${part.path}\0${stage}`;
        if (seen.has(key) || (isHelper(part) && !this.helps(stage, reason, part))) continue;
        seen.add(key);
        this.list.add(part, stage, `${word} ${part.kind}`, {
          name: part.name,
          path: part.path,
          place: { line, endLine: Math.max(line, part.endLine) },
          evidence: reason,
        });
      }
    }
  }

  /** A helper counts where its own text deploys or registers, or runs code that trains. */
  private helps(stage: LifecycleStage, reason: string, part: ToolPart): boolean {
    if (!part.commands.some(({ text }) => text.includes(reason.replace(/…$/, '')))) return false;
    if (stage === 'registration') return registersByCommand(reason);
    if (stage !== 'deployment') return true;
    const compose = /\bdocker[ -]compose\b/.test(reason);
    const services = this.list.components.some(({ kind }) => kind === 'Compose service');
    return deploysByCommand(reason) && !SETS_UP.test(part.name) && (!compose || services);
  }

  private concernsModel(part: ToolPart): boolean {
    if (!/^(Terraform |AWS::|Serverless )/.test(part.kind)) return true;
    if (isModelResource(part.kind) || part.kind.startsWith('AWS::SageMaker')) return true;
    if (part.images.some((image) => INFRASTRUCTURE.test(image))) return false;
    if (part.stage === 'monitoring') return true;
    if (PLATFORM_NAME.test(part.name)) return false;
    const served = this.list.components.some(
      ({ stage, kind }) => stage === 'deployment' && /service|image|app$/.test(kind),
    );
    return served || MODEL_WORDS.test([part.name, ...part.labels, ...part.images].join(' '));
  }

  private helm(template: HelmTemplate): void {
    for (const { kind, line } of template.kinds) {
      const stage = WORKLOAD_KINDS.test(kind) ? 'deployment' : MONITOR_KINDS.test(kind) ? 'monitoring' : undefined;
      if (!stage) continue;
      const images = this.imagesOf(template);
      if (stage === 'deployment' && images.length > 0 && images.every((image) => INFRASTRUCTURE.test(image))) continue;
      this.list.add(template, stage, `Helm template ${kind}`, {
        name: fileName(template.chart) || 'chart',
        path: template.path,
        place: { line, endLine: line },
        evidence: `kind: ${kind}${images[0] === undefined ? '' : `, image ${images[0]}`}`,
      });
    }
  }

  /** Images that a template writes, or those of its chart's values where they are filled in from there. */
  private imagesOf(template: HelmTemplate): string[] {
    const written = template.images.map(({ text }) => text);
    if (!written.some((text) => text.includes('{{'))) return written;
    const values = this.facts.helmValues.filter(({ chart }) => chart === template.chart);
    const filled = values.flatMap(({ images }) => images.map(({ text }) => text));
    return filled.length > 0 ? filled : written;
  }

  private overlay(part: ToolPart): void {
    const inside = (path: string): boolean => part.uses.some((use) => path === use || path.startsWith(`${use}/`));
    const deploys = this.list.components.some(({ stage, path }) => stage === 'deployment' && inside(path));
    if (!deploys) return;
    const { name, path, evidence } = part;
    this.list.add(part, 'deployment', part.kind, { name, path, place: part, evidence });
  }
}

const NOTEBOOK_STAGES: Record<string, LifecycleStage | undefined> = {
  train: 'training',
  register: 'registration',
  serve: 'deployment',
  drift: 'monitoring',
};
const NOTEBOOK_WORDS: Record<LifecycleStage, string> = {
  training: 'training',
  registration: 'registration',
  deployment: 'service',
  monitoring: 'drift',
};

function sameFlow(part: ToolPart, name: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = plain(name);
  return wanted !== '' && part.labels.slice(0, 2).some((label) => plain(label) === wanted);
}

function isHelper(part: ToolPart): boolean {
  return part.kind === 'Makefile target' || part.kind === 'shell script';
}

/** Targets and scripts that set the platform up. */
const SETS_UP = /(^|[^a-z])(install|setup|set-up|bootstrap|init|provision)([^a-z]|$)/i;
