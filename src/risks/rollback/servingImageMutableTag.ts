import { alternatives } from '../alternatives.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Rule, RuleContext } from '../rule.js';
import { servingContainers } from '../servingContainer.js';
import { imagesPinnedByKustomize } from './kustomizeImages.js';

const MOVING = alternatives(
  '^',
  `
    latest main master trunk dev devel develop development stable prod production staging edge nightly head
    current release
  `,
  '$',
  'i',
);

/** Whether a tag is moved as a habit: `latest`, or the name of a branch or an environment. */
export function isMutableTag(tag: string): boolean {
  return MOVING.test(tag) || /^(.+-)?latest(-.+)?$/i.test(tag);
}

/** Argo CD's image updater writes the tag that runs; what stands in the manifest is only its start. */
function hasImageUpdater({ facts }: RuleContext): boolean {
  return facts.kubernetesObjects.some(({ annotations }) =>
    Object.keys(annotations).some((key) => key.startsWith('argocd-image-updater.argoproj.io/')),
  );
}

/** RBK-002; basis: Kubernetes' documentation on images; kube-linter `latest-tag` sees only `latest`. */
export const servingImageMutableTag: Rule = {
  id: 'RBK-002',
  name: 'serving-image-mutable-tag',
  area: 'rollback',
  stage: 'deployment',
  severity: 'high',
  confidence: 'likely',
  summary: 'A serving workload that runs an image by a tag that is moved.',
  reads: 'manifests of workloads and of model servers (KServe, Seldon); kustomizations',
  blocks: 'rollback',
  page: 'rollback/serving-image-mutable-tag.md',
  answers: ['deploys-latest-tag'],
  check(context) {
    if (hasImageUpdater(context)) return [];
    const numbering = new SubjectNumbering();
    const pinned = imagesPinnedByKustomize(context.snapshot, isMutableTag);
    return servingContainers(context).flatMap(({ object, container, confidence }) => {
      const image = container.image;
      if (!image || image.digest !== undefined || (image.tag !== undefined && !isMutableTag(image.tag))) return [];
      if (pinned.has(image.repository)) return [];
      const name = `${object.kind}/${object.name} ${container.name}`;
      const written = image.tag === undefined ? 'no tag, which means latest' : `the moving tag "${image.tag}"`;
      return [
        {
          path: object.path,
          line: image.image.line,
          subject: numbering.next(object.path, name),
          message: `${object.kind} ${object.name} runs ${image.repository} by ${written}.`,
          consequence: 'Going back to the revision before pulls the same tag, so it brings the same bad image again.',
          evidence: evidenceOf(quoteLine(context.snapshot, object.path, image.image.line)),
          confidence,
          unfixableBecause: 'the digest or version that runs is known only to the image registry',
        },
      ];
    });
  },
};
