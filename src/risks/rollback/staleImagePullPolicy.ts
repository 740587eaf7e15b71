import type { KubernetesContainer, KubernetesObject } from '../../lifecycle/facts.js';
import { applySplices, indentationOf, insertLines, yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { isTemplatedObject } from '../templatedObject.js';
import { editOf } from '../textEdit.js';
import { isMutableTag } from './servingImageMutableTag.js';

interface Policy {
  value: string;
  /** Offsets of the value in the file. */
  start: number;
  end: number;
}

interface Site {
  container: KubernetesContainer;
  policy?: Policy;
  finding: Finding;
}

function policyOf({ snapshot }: RuleContext, path: string, { range }: KubernetesContainer): Policy | undefined {
  const slice = snapshot.text(path)?.slice(range.start, range.end) ?? '';
  const match = /\bimagePullPolicy\s*:\s*(["']?)(Always|IfNotPresent|Never)\1/.exec(slice);
  if (!match) return undefined;
  const value = match[2] as string;
  const start = range.start + match.index + match[0].lastIndexOf(value);
  return { value, start, end: start + value.length };
}

/** Whether nodes keep a former build: said so, or by default where the tag isn't `latest`. */
function keepsOldBuild(container: KubernetesContainer, policy: Policy | undefined): boolean {
  const { image } = container;
  if (!image || image.digest !== undefined || /[{}$<>]/.test(image.image.value)) return false;
  if (image.tag !== undefined && !isMutableTag(image.tag)) return false;
  // Without a policy Kubernetes takes Always for `latest` and for no tag, IfNotPresent for the rest.
  return policy ? policy.value !== 'Always' : image.tag !== undefined && image.tag !== 'latest';
}

function siteOf(
  context: RuleContext,
  object: KubernetesObject,
  container: KubernetesContainer,
  numbering: SubjectNumbering,
): Site[] {
  const policy = policyOf(context, object.path, container);
  const { image } = container;
  if (!image || !keepsOldBuild(container, policy)) return [];
  const tag = image.tag === undefined ? 'without a tag' : `by the moving tag "${image.tag}"`;
  const line = image.image.line;
  return [
    {
      container,
      ...(policy ? { policy } : {}),
      finding: {
        path: object.path,
        line,
        subject: numbering.next(object.path, `${object.kind}/${object.name} ${container.name}`),
        message: `${object.kind} ${object.name} runs ${image.repository} ${tag} and pulls it only where a node has none.`,
        consequence:
          'Nodes run different builds under the same name, and which one answers depends on where a pod lands.',
        evidence: evidenceOf(quoteLine(context.snapshot, object.path, line)),
      },
    },
  ];
}

function sitesIn(context: RuleContext): Site[] {
  if (!hasModels(context.facts)) return [];
  const numbering = new SubjectNumbering();
  return context.facts.kubernetesObjects
    .filter(({ path }) => isScanned(path) && !isOtherEnvironment(path))
    .filter((object) => !isTemplatedObject(context.snapshot, object))
    .flatMap((object) => object.containers.flatMap((container) => siteOf(context, object, container, numbering)));
}

/** RBK-011; basis: Kubernetes' documentation, "Images": the default pull policy and why `latest` should be avoided. */
export const staleImagePullPolicy: Rule = {
  id: 'RBK-011',
  name: 'stale-image-pull-policy',
  area: 'rollback',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'certain',
  summary: 'An image by a moving tag that nodes keep instead of pulling it.',
  reads: 'Kubernetes manifests',
  blocks: 'rollback',
  page: 'rollback/stale-image-pull-policy.md',
  answers: ['other:stale-image-pull-policy', 'other:image-pull-policy'],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the container is no longer there' };
    const edited = withPolicy(text, site);
    const difference = edited === undefined ? undefined : yamlDifferences(text, edited);
    if (edited === undefined || difference?.length !== 1 || difference[0]?.path.at(-1) !== 'imagePullPolicy') {
      return { unfixable: 'the pull policy cannot be set without touching more' };
    }
    return {
      edits: [editOf(risk.path, edited)],
      reason: 'Every pod starts with the build that the tag names at that time, the same on all nodes.',
      tradeOff: 'Starting a pod asks the image registry; a version or digest in the image would make that needless.',
    };
  },
};

function withPolicy(text: string, { container, policy }: Site): string | undefined {
  if (policy) return applySplices(text, [{ start: policy.start, end: policy.end, text: 'Always' }]);
  const line = container.image?.image.line ?? 0;
  const written = text.split(/\r?\n/)[line - 1] ?? '';
  const dash = /^\s*(-\s+)?image:\s/.exec(written);
  if (!dash) return undefined;
  const indent = indentationOf(text, line) + ' '.repeat((dash[1] ?? '').length);
  return insertLines(text, line, [`${indent}imagePullPolicy: Always`]);
}
