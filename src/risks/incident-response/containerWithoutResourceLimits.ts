import type { KubernetesObject } from '../../lifecycle/facts.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isInfrastructureImage } from '../servingContainer.js';
import { workloadContainers, workloadTemplates } from './workloadShape.js';

const KINDS = new Set(['Deployment', 'Rollout', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']);
const CONSEQUENCE =
  'A pod takes whatever memory its node has, and the scheduler puts models beside each other until one is killed.';
const UNFIXABLE = 'how much memory and CPU the model needs must be measured';

/** `resources: {}` says nothing. */
function saysResources(text: string): boolean {
  return (
    /^\s*(-\s+)?resources:\s*($|[^\s{#]|\{\s*[^\s}])/m.test(text) || /[{,]\s*"?resources"?:\s*\{\s*[^\s}]/.test(text)
  );
}

/** What sets resources beside the manifest: a LimitRange of its namespace, or a patch of the same workload. */
function isSetElsewhere({ facts, snapshot }: RuleContext, { kind, name, namespace }: KubernetesObject): boolean {
  return facts.kubernetesObjects.some(
    (object) =>
      (object.kind === 'LimitRange' && object.namespace === namespace) ||
      (object.kind === 'VerticalPodAutoscaler' && object.targetName === name) ||
      (object.kind === kind &&
        object.name === name &&
        saysResources(snapshot.text(object.path)?.slice(object.range.start, object.range.end) ?? '')),
  );
}

function inManifests(context: RuleContext): Finding[] {
  const numbering = new SubjectNumbering();
  const bare = workloadContainers(context, KINDS).filter(
    ({ object, text }) => !saysResources(text) && !isSetElsewhere(context, object),
  );
  return [...new Set(bare.map(({ object }) => object))].map((object) => {
    const own = bare.filter((each) => each.object === object).map(({ container }) => container);
    const line = own[0]?.line ?? object.line;
    const infrastructure = own.every(({ image }) => isInfrastructureImage(image?.repository ?? ''));
    return {
      path: object.path,
      line,
      subject: numbering.next(object.path, `${object.kind}/${object.name}`),
      message: `${object.kind} ${object.name} runs ${listed(own.map(({ name }) => name))} with no requests or limits.`,
      consequence: CONSEQUENCE,
      evidence: evidenceOf(...own.map((container) => quoteLine(context.snapshot, object.path, container.line))),
      ...(infrastructure ? { severity: 'low' as const } : {}),
      unfixableBecause: UNFIXABLE,
    };
  });
}

function inTemplates(context: RuleContext): Finding[] {
  return workloadTemplates(context, KINDS)
    .filter(({ text }) => !/\bresources\b/i.test(text))
    .map(({ path, kind, line }) => ({
      path,
      line,
      subject: kind,
      message: `The ${kind} template ${path} has no requests or limits, and no value that could give them.`,
      consequence: CONSEQUENCE,
      evidence: evidenceOf(quoteLine(context.snapshot, path, line)),
      unfixableBecause: UNFIXABLE,
    }));
}

/** INC-009; basis: Kubernetes' "Resource Management for Pods and Containers"; kube-linter `unset-memory-requirements`. */
export const containerWithoutResourceLimits: Rule = {
  id: 'INC-009',
  name: 'container-without-resource-limits',
  area: 'incident-response',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'likely',
  summary: 'A workload whose containers ask for no resources and have no limit.',
  reads: 'Kubernetes manifests, templates of Helm charts',
  page: 'incident-response/container-without-resource-limits.md',
  answers: ['no-resource-limits'],
  check: (context) => [...inManifests(context), ...inTemplates(context)],
};
