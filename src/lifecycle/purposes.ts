import type { Component } from '../contract/lifecycle.js';
import type { LifecycleStage } from '../contract/stage.js';
import { deploysByCommand, lineThat, predictsByCommand, registersByCommand, trainsByCommand } from './commandSigns.js';
import type { LifecycleFacts, PartCommand, PythonModule, PythonRole, ToolPart } from './facts.js';
import type { ModuleIndex } from './moduleIndex.js';
import { fileName, folderOf, resolvePath } from './scope.js';
import { excerpt } from './sourceText.js';

/** Scripts that call scripts, and Makefile targets that need targets. */
const MAX_HOPS = 4;
const MAX_EXPANDED = 100;

/** What a command, or a pipeline by its steps' names, is for. */
export interface Purpose {
  stage: LifecycleStage;
  /** Before the kind of what runs it: `training workflow`, `batch prediction DAG`. */
  word: 'training' | 'registration' | 'deployment' | 'batch prediction' | 'drift' | 'monitoring';
  /** The line that says so. */
  reason: string;
  line: number;
}

const word = (pattern: string): RegExp => new RegExp(`(^|[^a-z])(${pattern})([^a-z]|$)`, 'i');

const TRAINING_NAME = word('(re)?train(s|er|ing)?|fit|tun(e|ing|er)|hyper_?param\\w*');
const REGISTRATION_NAME =
  /(regist(er|ers|ration|ry)|promot(e|ion)|push(er)?)[-_ ]*(the[-_ ])?(best[-_ ])?model|model[-_ ]*(regist(er|ration|ry|rar)|promot\w+|push(er)?|upload(er)?)/i;
const DEPLOYMENT_NAME = word('deploy(s|er|ment|ing)?');
const PREDICTION_NAME = word('batch[-_ ]?(predict\\w*|scor\\w*|inference)|inference|scoring|predictions?|predict');
const BATCH_STEP = word('batch[-_ ]?(predict\\w*|scor\\w*|inference)');
const MONITORING_NAME = word('monitor(s|ing)?|drift');
/** `compile-pipeline`, `run_pipeline.py`: what starts or builds a pipeline, not what the pipeline does. */
const ABOUT_PIPELINE =
  /(compil|run|submit|publish|trigger|execut|start|creat|build)\w*\s+(the\s+)?(\w+\s+)?pipeline|pipeline\s+(compil|run|submit|publish|trigger)/i;

/** Tells what commands and pipelines are for, by the modules and scripts that they run and the names they have. */
export class Purposes {
  private readonly scripts = new Map<string, ToolPart[]>();
  private readonly templates = new Map<string, ToolPart[]>();
  private readonly targets: ToolPart[];

  /** `componentsOf` gives the components that a module is known for so far, beside its roles. */
  constructor(
    facts: LifecycleFacts,
    private readonly index: ModuleIndex,
    private readonly componentsOf: (module: PythonModule) => readonly Component[],
  ) {
    this.targets = facts.toolParts.filter(({ kind }) => kind === 'Makefile target');
    for (const part of facts.toolParts) {
      if (part.kind === 'Azure pipeline job')
        this.templates.set(part.path, [...(this.templates.get(part.path) ?? []), part]);
      if (part.kind !== 'shell script') continue;
      const name = fileName(part.path);
      this.scripts.set(name, [...(this.scripts.get(name) ?? []), part]);
    }
  }

  /** Purposes of one command; `names` are those of the job or step that runs it. */
  ofCommand(command: PartCommand, names: readonly string[] = []): Purpose[] {
    const found = new Map<LifecycleStage, Purpose>();
    for (const text of this.expanded(command)) {
      for (const purpose of this.direct({ ...command, text }, names, text !== command.text)) {
        if (!found.has(purpose.stage)) found.set(purpose.stage, purpose);
      }
    }
    return [...found.values()];
  }

  /** Commands of a part, with those of the templates of its own pipeline that it uses. */
  commandsOf(part: ToolPart): PartCommand[] {
    const templates = part.uses.flatMap((use) => this.templates.get(resolvePath(folderOf(part.path), use) ?? '') ?? []);
    return [
      ...part.commands,
      ...templates.flatMap(({ commands }) => commands.map((command) => ({ ...command, line: part.line }))),
    ];
  }

  /** Modules of the repository that a command runs, through scripts and Makefile targets too. */
  modulesOf(command: PartCommand): PythonModule[] {
    return [...new Set(this.expanded(command).flatMap((text) => this.index.runBy(text, command.folder)))];
  }

  /** Purposes of a pipeline that code declares: by the names of its steps, else by the modules it imports. */
  ofFlow(part: ToolPart, module: PythonModule | undefined): Purpose[] {
    const found = new Map<LifecycleStage, Purpose>();
    const note = (stage: LifecycleStage, by: Purpose['word'], label: string): void => {
      if (!found.has(stage)) found.set(stage, { stage, word: by, reason: label, line: part.line });
    };
    // The pipeline's own name and its file's come first among the labels: they say what all of it is for.
    const own = part.labels.slice(0, 2).map(separated);
    if (own.some((label) => MONITORING_NAME.test(label))) {
      note('monitoring', 'monitoring', part.evidence);
      return [...found.values()];
    }
    if (own.some((label) => PREDICTION_NAME.test(label) && !TRAINING_NAME.test(label))) {
      note('deployment', 'batch prediction', part.evidence);
      return [...found.values()];
    }
    for (const label of part.labels) {
      const text = separated(label);
      if (TRAINING_NAME.test(text)) note('training', 'training', `step ${label}`);
      if (REGISTRATION_NAME.test(text)) note('registration', 'registration', `step ${label}`);
      if (DEPLOYMENT_NAME.test(text) && /model|endpoint|service/i.test(text))
        note('deployment', 'deployment', `step ${label}`);
      if (MONITORING_NAME.test(text)) note('monitoring', 'monitoring', `step ${label}`);
      if (BATCH_STEP.test(text)) note('deployment', 'batch prediction', `step ${label}`);
    }
    for (const command of part.commands)
      for (const purpose of this.ofCommand(command, part.labels)) note(purpose.stage, purpose.word, purpose.reason);
    if (found.size === 0 && module) {
      // What its modules import in turn says little of the pipeline itself.
      const near = [module, ...this.index.importedBy(module, 1)];
      const has = (role: PythonRole): boolean => near.some(({ roles }) => roles.includes(role));
      if (has('train')) note('training', 'training', 'imports a module that trains');
      else if (has('drift')) note('monitoring', 'drift', 'imports a module that checks drift');
    }
    return [...found.values()];
  }

  private stagesOf(module: PythonModule): Set<LifecycleStage> {
    return new Set(this.componentsOf(module).map(({ stage }) => stage));
  }

  private kindsOf(module: PythonModule): string[] {
    return this.componentsOf(module).map(({ kind }) => kind);
  }

  private direct(command: PartCommand, names: readonly string[], throughScript: boolean): Purpose[] {
    const { text, line, folder } = command;
    const modules = this.index.runBy(text, folder);
    const purposes: Purpose[] = [];
    const note = (stage: LifecycleStage, by: Purpose['word'], accepts: (line: string) => boolean): void => {
      const shown = lineThat(text, accepts);
      purposes.push({
        stage,
        word: by,
        reason: excerpt(shown.text, 120),
        line: throughScript ? line : line + shown.offset,
      });
    };
    const takesPart = (module: PythonModule, role: PythonRole | undefined, stage: LifecycleStage): boolean =>
      (role !== undefined && module.roles.includes(role)) || this.stagesOf(module).has(stage);
    const has = (role: PythonRole | undefined, stage: LifecycleStage): boolean =>
      modules.some((module) => takesPart(module, role, stage));
    // The line of the command that runs such a module.
    const runs =
      (accepts: (module: PythonModule) => boolean) =>
      (candidate: string): boolean =>
        this.index.runBy(candidate, folder).some(accepts);
    const reaches = (module: PythonModule): boolean => this.index.reaches(module, 'train');
    const about = separated(`${names.join(' ')} ${text.slice(0, 2000)}`);
    const named = TRAINING_NAME.test(about) || ABOUT_PIPELINE.test(about);
    const trains = has('train', 'training') || trainsByCommand(text) || (named && modules.some(reaches));
    if (trains) {
      const direct = runs((module) => takesPart(module, 'train', 'training'));
      note(
        'training',
        'training',
        trainsByCommand(text) ? trainsByCommand : has('train', 'training') ? direct : runs(reaches),
      );
    }
    if (registersByCommand(text)) note('registration', 'registration', registersByCommand);
    else if (has('register', 'registration')) {
      note(
        'registration',
        'registration',
        runs((module) => takesPart(module, 'register', 'registration')),
      );
    }
    if (deploysByCommand(text)) note('deployment', 'deployment', deploysByCommand);
    else if (predictsByCommand(text)) note('deployment', 'batch prediction', predictsByCommand);
    else if (!trains && has(undefined, 'deployment')) {
      const batch = modules.some((module) => this.kindsOf(module).some((kind) => kind.startsWith('batch prediction')));
      note(
        'deployment',
        batch ? 'batch prediction' : 'deployment',
        runs((module) => takesPart(module, undefined, 'deployment')),
      );
    }
    // A drift module that training merely imports isn't a drift job.
    if (!trains && has('drift', 'monitoring')) {
      note(
        'monitoring',
        modules.some(({ roles }) => roles.includes('drift')) ? 'drift' : 'monitoring',
        runs((module) => takesPart(module, 'drift', 'monitoring')),
      );
    }
    return purposes;
  }

  /** The command and, after it, those of the scripts and Makefile targets that it runs. */
  private expanded(command: PartCommand): string[] {
    const texts = [command.text];
    const seen = new Set<object>();
    for (
      let at = 0, hop = 0;
      at < texts.length && texts.length < MAX_EXPANDED && hop < MAX_EXPANDED;
      at += 1, hop += 1
    ) {
      for (const part of this.calledBy(texts[at] as string, command.folder)) {
        if (seen.has(part) || seen.size >= MAX_EXPANDED) continue;
        seen.add(part);
        texts.push(...part.commands.map(({ text }) => text));
      }
    }
    return texts;
  }

  private calledBy(text: string, folder: string): ToolPart[] {
    const found: ToolPart[] = [];
    for (const [, path] of text.slice(0, 20_000).matchAll(/([\w./-]+\.(?:sh|bash))\b/g)) {
      const candidates = this.scripts.get(fileName(path as string)) ?? [];
      const exact = resolvePath(folder, path as string);
      const matching = candidates.filter((part) => part.path === exact);
      found.push(...(matching.length > 0 ? matching : candidates.length === 1 ? candidates : []));
    }
    for (const [, inside, target] of text.slice(0, 20_000).matchAll(/\bmake\s+(?:-C\s+(\S+)\s+)?([A-Za-z][\w.-]*)/g)) {
      const base = inside === undefined ? folder : (resolvePath(folder, inside) ?? folder);
      found.push(...this.target(target as string, base, 0));
    }
    return found;
  }

  private target(name: string, folder: string, hop: number): ToolPart[] {
    const own = this.targets.filter((part) => part.name === name && folderOf(part.path) === folder);
    if (hop >= MAX_HOPS) return own;
    return [...own, ...own.flatMap((part) => part.uses.flatMap((need) => this.target(need, folder, hop + 1)))].slice(
      0,
      MAX_EXPANDED,
    );
  }
}

/** Words of a name set apart: `trainModel` and `train_model` as `train model`. */
function separated(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
}
