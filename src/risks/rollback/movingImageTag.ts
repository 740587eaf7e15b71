import type { EncodedPath } from '../../contract/encodedPath.js';
import type { Severity } from '../../contract/severity.js';
import type { ContainerImage } from '../../lifecycle/facts.js';
import { splitImage } from '../../lifecycle/readers/containerImage.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule, RuleContext } from '../rule.js';
import { runCommands } from '../runCommands.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { servingContainers } from '../servingContainer.js';
import { imagesPinnedByKustomize } from './kustomizeImages.js';
import { isMutableTag } from './servingImageMutableTag.js';

const MAX_TERRAFORM_LINES = 5000;

interface Use {
  path: EncodedPath;
  line: number;
  /** What runs or makes it, for the message. */
  who: string;
  image: string;
  severity?: Severity;
}

/** By `latest` or by no tag; a variable as a tag can't be told. */
function isLatest({ image, tag, digest }: ContainerImage): boolean {
  if (digest !== undefined || /[{}$<>]/.test(image.value)) return false;
  return tag === undefined || isMutableTag(tag);
}

/** One service a Compose file; what some service builds is the repository's own local build. */
function inCompose({ facts }: RuleContext): Use[] {
  const services = facts.composeFiles.flatMap(({ path, services }) =>
    services.map((service) => ({ path, ...service })),
  );
  const built = new Set(services.flatMap(({ image, build }) => (image && build ? [image.repository] : [])));
  const files = new Map<EncodedPath, Use>();
  for (const { path, name, image, build } of services) {
    if (!image || build || built.has(image.repository) || !isLatest(image) || files.has(path)) continue;
    files.set(path, {
      path,
      line: image.image.line,
      who: `service ${name}`,
      image: image.image.value,
      severity: 'low',
    });
  }
  return [...files.values()];
}

/** Containers of manifests that RBK-002 doesn't judge: jobs, Argo workflows, and what stands beside the model. */
function inManifests(context: RuleContext): Use[] {
  const serving = new Set(servingContainers(context).map(({ container }) => container));
  const pinned = imagesPinnedByKustomize(context.snapshot, isMutableTag);
  return context.facts.kubernetesObjects.flatMap(({ path, kind, name, containers }) =>
    isOtherEnvironment(path)
      ? []
      : containers.flatMap((container) => {
          const { image } = container;
          if (!image || serving.has(container) || !isLatest(image) || pinned.has(image.repository)) return [];
          return [{ path, line: image.image.line, who: `${kind} ${name}`, image: image.image.value }];
        }),
  );
}

/** Images as values of arguments and defaults of variables. */
function inTerraform({ snapshot }: RuleContext): Use[] {
  return snapshot.entries.flatMap(({ path }) => {
    if (!path.endsWith('.tf')) return [];
    const lines = snapshot.text(path)?.split(/\r?\n/).slice(0, MAX_TERRAFORM_LINES) ?? [];
    return lines.flatMap((text, index) => {
      const image = /^\s*(?:default|\w*image\w*)\s*=\s*"([\w.${}/-]{1,200}\/[\w.${}/-]{1,200}:latest)"/.exec(
        text.slice(0, 500),
      )?.[1];
      return image === undefined ? [] : [{ path, line: index + 1, who: 'Terraform', image }];
    });
  });
}

/** Image names in the code that starts training jobs and deploys endpoints. */
function inPython({ facts }: RuleContext): Use[] {
  return facts.pythonModules.flatMap(({ path, strings }) =>
    strings.flatMap(({ value, line }) =>
      /^(?!\w+:\/)[\w.{}-]+(\.[\w{}-]+)*(:\d+)?(\/[\w.{}-]+)+:latest$/.test(value.slice(0, 300))
        ? [{ path, line, who: 'code', image: value }]
        : [],
    ),
  );
}

/** Images that are pushed as `latest` and under no other tag. */
function onlyPushedAsLatest(context: RuleContext): Use[] {
  const pushes = runCommands(context).flatMap(({ path, line, text }) =>
    [...text.matchAll(/\bdocker\s+push\s+(?:--?[\w-]+\s+)*["']?([^\s"'|;&]+)/g)].map((match) => ({
      path,
      line,
      image: match[1] as string,
    })),
  );
  const builds = context.facts.githubWorkflows.flatMap(({ path, jobs }) =>
    jobs.flatMap(({ steps }) =>
      steps.flatMap(({ uses, with: inputs, line }) =>
        /^docker\/build-push-action@/.test(uses?.value ?? '') && /true/.test(inputs.push ?? '')
          ? [...(inputs.tags ?? '').split(/[\s,]+/).filter((tag) => tag !== '')].map((image) => ({ path, line, image }))
          : [],
      ),
    ),
  );
  const all = [...pushes, ...builds];
  const versioned = all.some(({ image }) => !isPushedAsLatest(image));
  return versioned ? [] : all.map((push) => ({ ...push, who: 'a build that pushes no other tag' }));
}

/** A tag in a variable may be a version. */
function isPushedAsLatest(image: string): boolean {
  const { tag, repository } = splitImage(image);
  return tag === undefined ? !/[$}]$/.test(repository) : tag === 'latest';
}

/** RBK-010; basis: Kubernetes' documentation on images, hadolint DL3007. RBK-002 judges what serves predictions. */
export const movingImageTag: Rule = {
  id: 'RBK-010',
  name: 'moving-image-tag',
  area: 'rollback',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'likely',
  summary: 'A pipeline, job, platform service or build that uses an image by a tag that is moved.',
  reads: 'Compose files, Kubernetes and Argo Workflows manifests, Terraform, Python code, workflows and scripts',
  blocks: 'rollback',
  page: 'rollback/moving-image-tag.md',
  answers: ['deploys-latest-tag'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    const numbering = new SubjectNumbering();
    const uses = [
      ...inCompose(context),
      ...inManifests(context),
      ...inTerraform(context),
      ...inPython(context),
      ...onlyPushedAsLatest(context),
    ].filter(({ path }) => isScanned(path));
    const places = new Map(uses.map((use) => [`${use.path}:${use.line}`, use]));
    return [...places.values()].map(({ path, line, who, image, severity }) => ({
      path,
      line,
      subject: numbering.next(path, image),
      message: `${path} has ${who} use ${image}, a name that another image gets with the next build.`,
      consequence: 'What ran yesterday has no name to go back to, and the same commit runs something else tomorrow.',
      evidence: evidenceOf(quoteLine(context.snapshot, path, line)),
      ...(severity === undefined ? {} : { severity }),
      unfixableBecause: 'the version or digest that is meant is known only to the image registry',
    }));
  },
};
