import type { Requirement, RequirementsFile } from '../../lifecycle/facts.js';
import { evidenceOf, listed, quoteLine } from '../evidence.js';
import { hasModels, MODEL_PACKAGES } from '../modelRepository.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { type PipInstall, pipInstalls } from './pipInstall.js';

const LOCKS = [
  'uv.lock',
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
  'conda-lock.yml',
  'pylock.toml',
  'requirements.lock',
];
const NOT_FOR_MODELS =
  /(^|[-_./])(dev|devel|develop|test|tests|testing|docs?|lint|ci|build|typing|notebooks?)([-_.]|$)/i;
const CI_PARTS = /^(GitLab CI|Azure pipeline|CircleCI|CodeBuild|Cloud Build|Jenkins)/;
const UNFIXABLE = 'which versions belong together is known only to a resolver, or to the environment that works';
const CONSEQUENCE =
  'The same commit trains and serves with other versions next month, and nobody can rebuild the model of today.';

/** Folder of a path and each one above it, '' last. */
function foldersUp(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return Array.from({ length: parts.length + 1 }, (_, index) => parts.slice(0, parts.length - index).join('/'));
}

function isLocked(path: string, paths: ReadonlySet<string>): boolean {
  return foldersUp(path).some((folder) => LOCKS.some((lock) => paths.has(folder === '' ? lock : `${folder}/${lock}`)));
}

function isMutable(requirement: Requirement): boolean {
  return !requirement.pinned && !requirement.hashed;
}

/** Whether a compiled file stands beside: `requirements.in` with its `requirements.txt`. */
function hasCompiledSibling(path: string, paths: ReadonlySet<string>): boolean {
  return path.endsWith('.in') && paths.has(path.replace(/\.in$/, '.txt'));
}

/** Commands of images and CI that install something, with where they stand. */
function installs({
  facts,
  snapshot,
}: RuleContext): { path: string; line: number; install: PipInstall; image: boolean }[] {
  const inImages = facts.dockerfiles
    .filter(({ path }) => isScanned(path))
    .flatMap((dockerfile) =>
      dockerfile.instructions
        .filter(({ keyword }) => keyword === 'RUN')
        .flatMap(({ value, line }) =>
          pipInstalls(value).map((install) => ({ path: dockerfile.path, line, install, image: true })),
        ),
    );
  const inWorkflows = facts.githubWorkflows.flatMap((workflow) =>
    workflow.jobs.flatMap((job) =>
      job.steps.flatMap((step) =>
        pipInstalls(step.run?.value ?? '').map((install) => ({
          path: workflow.path,
          line: lineOfInstall(snapshot.text(workflow.path), step.line, install),
          install,
          image: false,
        })),
      ),
    ),
  );
  return [...inImages, ...inWorkflows];
}

function inFiles(context: RuleContext): Finding[] {
  const paths = new Set(context.snapshot.entries.map(({ path }) => path));
  const installed = installs(context);
  return context.facts.requirementsFiles.flatMap((file) => {
    if (!isScanned(file.path) || file.kind === 'constraints' || NOT_FOR_MODELS.test(file.path.split('/').at(-1) ?? ''))
      return [];
    if (file.kind === 'pyproject' && (file.group.startsWith('optional:') || !isLibraryOnly(file, context))) return [];
    const uses = installed.filter(({ install }) => install.files.some((each) => sameFile(each, file.path)));
    // What is compiled into a lock is no risk, unless something installs it as it stands.
    const compiled = hasCompiledSibling(file.path, paths) && uses.length === 0;
    if (file.constraints.length > 0 || compiled || isLocked(file.path, paths)) return [];
    if (
      uses.length === 0 &&
      !/(^|\/)(requirements\.(txt|in)|pyproject\.toml)$/.test(file.path) &&
      !isIncluded(file, context)
    )
      return [];
    if (uses.length > 0 && uses.every(({ install }) => install.constrained)) return [];
    const mutable = file.requirements.filter(isMutable);
    const ofModels = mutable.filter(({ name }) => MODEL_PACKAGES.test(name));
    const shown = ofModels.length > 0 ? ofModels : mutable;
    const first = shown[0];
    if (!first) return [];
    return [
      {
        path: file.path,
        line: first.line,
        subject: file.group === '' ? 'requirements' : `requirements of ${file.group}`,
        message: `${file.path} does not pin ${listed(shown.map(({ name }) => name))}, and there is no lock file.`,
        consequence: CONSEQUENCE,
        evidence: evidenceOf(
          ...shown.slice(0, 3).map(({ line }) => quoteLine(context.snapshot, file.path, line)),
          ...uses.slice(0, 1).map(({ path, line }) => quoteLine(context.snapshot, path, line)),
        ),
        severity: ofModels.length > 0 ? ('high' as const) : ('low' as const),
        unfixableBecause: UNFIXABLE,
      },
    ];
  });
}

/** Whether another requirements file takes this one in. */
function isIncluded(file: RequirementsFile, { facts }: RuleContext): boolean {
  return facts.requirementsFiles.some(
    (other) => other !== file && other.includes.some((each) => sameFile(each, file.path)),
  );
}

/** A `pyproject.toml` counts only where no requirements file says what is installed. */
function isLibraryOnly(file: RequirementsFile, { facts }: RuleContext): boolean {
  const folder = file.path.split('/').slice(0, -1).join('/');
  return !facts.requirementsFiles.some(
    (other) => other.kind !== 'pyproject' && other.path.split('/').slice(0, -1).join('/') === folder,
  );
}

/** Images copy files elsewhere before they install them, so the name decides. */
function sameFile(written: string, path: string): boolean {
  const plain = written.replace(/^\.?\//, '');
  return path === plain || path.endsWith(`/${plain}`) || path.split('/').at(-1) === plain.split('/').at(-1);
}

/** Packages that an image, a workflow that trains or deploys, or a step of a pipeline installs by name. */
function byName(context: RuleContext): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { path, line, install, image } of [...installs(context), ...stepInstalls(context)]) {
    if (install.constrained || findings.has(path)) continue;
    const names = install.packages
      .filter((each) => !/===?[^*]+$/.test(each))
      .map((each) => each.split(/[[<>=!~]/)[0] as string);
    const ofModels = names.filter((name) => MODEL_PACKAGES.test(name.toLowerCase().replace(/[-_.]+/g, '-')));
    const others = image ? names.filter((name) => !/^(pip|setuptools|wheel)$/.test(name)) : [];
    const shown = ofModels.length > 0 ? ofModels : others;
    if (shown.length === 0) continue;
    findings.set(path, {
      path,
      line,
      subject: 'pip install',
      message: `${path} installs ${listed(shown)} without a version.`,
      consequence: CONSEQUENCE,
      evidence: evidenceOf(quoteLine(context.snapshot, path, line)),
      severity: ofModels.length > 0 ? 'high' : 'low',
      unfixableBecause: UNFIXABLE,
    });
  }
  return [...findings.values()];
}

/** Installs of containers in manifests, and of pipelines of other CI systems. */
function stepInstalls({ facts, snapshot }: RuleContext): ReturnType<typeof installs> {
  const inContainers = facts.kubernetesObjects
    .filter(({ path }) => isScanned(path))
    .flatMap(({ path, containers }) =>
      containers.flatMap(({ command, args, line }) =>
        pipInstalls([...command, ...args].join('\n')).map((install) => ({
          path,
          line: lineOfInstall(snapshot.text(path), line, install),
          install,
          image: false,
        })),
      ),
    );
  const inParts = facts.toolParts
    .filter(({ path, kind }) => isScanned(path) && CI_PARTS.test(kind))
    .flatMap(({ path, commands }) =>
      commands.flatMap(({ text, line }) =>
        pipInstalls(text).map((install) => ({
          path,
          line: lineOfInstall(snapshot.text(path), line, install),
          install,
          image: false,
        })),
      ),
    );
  return [...inContainers, ...inParts];
}

/** The line at or below another that names the first package of an install. */
function lineOfInstall(text: string | undefined, from: number, { packages }: PipInstall): number {
  const [name] = packages;
  const lines = text?.split(/\r?\n/) ?? [];
  const at = lines.findIndex(
    (each, index) => index >= from - 1 && /\bpip/.test(each) && each.includes(name ?? 'install'),
  );
  return at === -1 ? from : at + 1;
}

/** Environments of conda: `=1.2.*` is a range, and so is no version. */
function inCondaFiles(context: RuleContext): Finding[] {
  const paths = new Set(context.snapshot.entries.map(({ path }) => path));
  const conda = context.facts.dependencyManifests.filter(({ kind, path }) => kind === 'conda' && isScanned(path));
  return [...new Set(conda.map(({ path }) => path))].flatMap((path) => {
    const name = path.split('/').at(-1) ?? '';
    if (NOT_FOR_MODELS.test(name) || isLocked(path, paths)) return [];
    const free = conda
      .filter((manifest) => manifest.path === path)
      .flatMap(({ requirements }) => requirements)
      .filter(
        (each) => isMutable(each) && each.name !== 'python' && each.name !== 'pip' && !/\d\.\d/.test(each.specifier),
      );
    const ofModels = free.filter((each) => MODEL_PACKAGES.test(each.name));
    const shown = ofModels.length > 0 ? ofModels : free;
    const [first] = shown;
    if (!first) return [];
    return [
      {
        path,
        line: first.line,
        subject: 'conda environment',
        message: `${path} does not pin ${listed(shown.map((each) => each.name))}, and there is no lock file.`,
        consequence: CONSEQUENCE,
        evidence: evidenceOf(...shown.slice(0, 3).map(({ line }) => quoteLine(context.snapshot, path, line))),
        severity: ofModels.length > 0 ? ('high' as const) : ('low' as const),
        unfixableBecause: UNFIXABLE,
      },
    ];
  });
}

/** REP-002; basis: hadolint DL3013, OpenSSF Scorecard Pinned-Dependencies, pip's page on repeatable installs. */
export const unpinnedMlDependencies: Rule = {
  id: 'REP-002',
  name: 'unpinned-ml-dependencies',
  area: 'reproducibility',
  stage: 'training',
  severity: 'high',
  confidence: 'certain',
  summary: 'Packages that decide what a model is are installed in whatever version is newest.',
  reads: 'requirements files, pyproject.toml, conda environments, lock files, Dockerfiles, CI workflows, manifests',
  page: 'reproducibility/unpinned-ml-dependencies.md',
  answers: ['unpinned-dependency'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    return [...inFiles(context), ...inCondaFiles(context), ...byName(context)];
  },
};
