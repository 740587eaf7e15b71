import type { KubernetesObject } from '../../lifecycle/facts.js';
import { evidenceOf, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule } from '../rule.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { servingContainers } from '../servingContainer.js';
import { isTemplatedObject } from '../templatedObject.js';

/** Whether the canary goes to full traffic by the clock alone. */
function promotesByTime(rollout: NonNullable<KubernetesObject['rollout']>): boolean {
  if (rollout.strategy !== 'canary' || rollout.analysisTemplates.length > 0) return false;
  if (!rollout.steps.some(({ kind }) => kind === 'setWeight')) return false;
  // An experiment may carry analyses and a plugin decides for itself: neither is certainly blind.
  if (rollout.steps.some(({ kind }) => ['analysis', 'experiment', 'plugin'].includes(kind))) return false;
  return rollout.steps.filter(({ kind }) => kind === 'pause').every(({ value }) => value !== undefined && value !== '');
}

/** CAN-001; basis: Argo Rollouts' documentation (a pause without duration waits, a failed analysis aborts). */
export const argoCanaryWithoutAnalysis: Rule = {
  id: 'CAN-001',
  name: 'argo-canary-without-analysis',
  area: 'rollout',
  stage: 'deployment',
  severity: 'high',
  confidence: 'certain',
  summary: 'An Argo Rollouts canary that goes to full traffic by time alone.',
  reads: 'Argo Rollout manifests',
  page: 'rollout/argo-canary-without-analysis.md',
  answers: ['other:canary-without-analysis'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    const serving = new Set(servingContainers(context).map(({ object }) => object));
    return context.facts.kubernetesObjects.flatMap((object) => {
      if (object.kind !== 'Rollout' || !isScanned(object.path) || isOtherEnvironment(object.path)) return [];
      if (!object.rollout || !promotesByTime(object.rollout) || isTemplatedObject(context.snapshot, object)) return [];
      const steps = object.rollout.steps.filter(({ kind }) => kind === 'setWeight' || kind === 'pause');
      const line = steps[0]?.line ?? object.line;
      return [
        {
          path: object.path,
          line,
          subject: `Rollout/${object.name}`,
          message: `The canary of Rollout ${object.name} has weights and timed pauses, and no analysis.`,
          consequence: 'A bad model gets all the traffic when the time is up, whatever its error rate is.',
          evidence: evidenceOf(...steps.map((step) => quoteLine(context.snapshot, object.path, step.line))),
          ...(serving.has(object) ? { severity: 'critical' as const } : {}),
          unfixableBecause: 'an analysis needs a metric and a threshold, and a person must say which',
        },
      ];
    });
  },
};
