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
function installs({ facts }: RuleContext): { path: string; line: number; install: PipInstall; image: boolean }[] {
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
          line: step.line,
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
    if (file.constraints.length > 0 || hasCompiledSibling(file.path, paths) || isLocked(file.path, paths)) return [];
    const uses = installed.filter(({ install }) => install.files.some((each) => sameFile(each, file.path)));
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

/** Packages that a Dockerfile installs by name. */
function inDockerfiles(context: RuleContext): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { path, line, install, image } of installs(context)) {
    if (!image || install.constrained) continue;
    const names = install.packages
      .filter((each) => !/===?[^*]+$/.test(each))
      .map((each) => each.split(/[[<>=!~]/)[0] as string);
    const ofModels = names.filter((name) => MODEL_PACKAGES.test(name.toLowerCase().replace(/[-_.]+/g, '-')));
    const shown = ofModels.length > 0 ? ofModels : names.filter((name) => !/^(pip|setuptools|wheel)$/.test(name));
    if (shown.length === 0 || findings.has(path)) continue;
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

/** REP-002; basis: hadolint DL3013, OpenSSF Scorecard Pinned-Dependencies, pip's page on repeatable installs. */
export const unpinnedMlDependencies: Rule = {
  id: 'REP-002',
  name: 'unpinned-ml-dependencies',
  area: 'reproducibility',
  stage: 'training',
  severity: 'high',
  confidence: 'certain',
  summary: 'Packages that decide what a model is are installed in whatever version is newest.',
  reads: 'requirements files, pyproject.toml, lock files, Dockerfiles, GitHub Actions workflows',
  page: 'reproducibility/unpinned-ml-dependencies.md',
  answers: ['unpinned-dependency'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    return [...inFiles(context), ...inDockerfiles(context)];
  },
};
