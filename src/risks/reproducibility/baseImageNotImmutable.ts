import type { Severity } from '../../contract/severity.js';
import type { Dockerfile, DockerStage } from '../../lifecycle/facts.js';
import { evidenceOf, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';

/** How far a base image can change under the same name; `undefined` where it can't, or can't be told. */
function mutability(stage: DockerStage): { severity: Severity; why: string } | undefined {
  if (stage.internal || stage.templated || stage.digest !== undefined) return undefined;
  if (stage.tag === undefined) return { severity: 'high', why: 'has no tag, which means latest' };
  if (/^latest$|(^|-)latest($|-)/.test(stage.tag)) return { severity: 'high', why: `has the moving tag ${stage.tag}` };
  if (!/\d/.test(stage.tag)) return { severity: 'high', why: `has the tag ${stage.tag}, which names no version` };
  // 3.11 and 22.04 get new patch releases; 3.11.9 and 20240612 are one build, rebuilt at most.
  if (/(^|[^\d.])\d+\.\d+\.\d+|\d{8}/.test(stage.tag))
    return { severity: 'low', why: `has the exact tag ${stage.tag} and no digest` };
  return { severity: 'medium', why: `has the tag ${stage.tag}, which moves with every patch release` };
}

/** Whether an image trains or serves: it copies such a module, or installs packages of that kind. */
function buildsModelImage(dockerfile: Dockerfile, { facts }: RuleContext): boolean {
  const roles = new Set(['train', 'serve', 'evaluate', 'register']);
  const folder = dockerfile.path.split('/').slice(0, -1).join('/');
  const modules = facts.pythonModules.filter((module) => module.roles.some((role) => roles.has(role)));
  return dockerfile.copies.some(({ source, from }) => {
    if (from !== undefined) return false;
    const plain = source.replace(/^\.\//, '').replace(/\/$/, '');
    const inFolder = [folder, plain].filter((part) => part !== '' && part !== '.').join('/');
    return modules.some(({ path }) =>
      [plain, inFolder].some((each) => each === '' || path === each || path.startsWith(`${each}/`)),
    );
  });
}

/** REP-001; basis: hadolint DL3006 and DL3007, OpenSSF Scorecard Pinned-Dependencies. One finding an image and file. */
export const baseImageNotImmutable: Rule = {
  id: 'REP-001',
  name: 'base-image-not-immutable',
  area: 'reproducibility',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'certain',
  summary: 'An image is built on a base that can change under the same name.',
  reads: 'Dockerfiles',
  page: 'reproducibility/base-image-not-immutable.md',
  answers: ['unlocked-base-image'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    return context.facts.dockerfiles
      .filter(({ path }) => isScanned(path))
      .flatMap((dockerfile) => {
        const findings = new Map<string, Finding>();
        for (const stage of dockerfile.stages) {
          const found = mutability(stage);
          if (!found || findings.has(stage.image)) continue;
          if (found.severity === 'low' && !buildsModelImage(dockerfile, context)) continue;
          findings.set(stage.image, {
            path: dockerfile.path,
            line: stage.line,
            subject: stage.image,
            message: `The base image ${stage.image} of ${dockerfile.path} ${found.why}.`,
            consequence: 'Building the same commit again can give another Python and other system libraries.',
            evidence: evidenceOf(quoteLine(context.snapshot, dockerfile.path, stage.line)),
            severity: found.severity,
            unfixableBecause: 'the digest is known only to the image registry',
          });
        }
        return [...findings.values()];
      });
  },
};
