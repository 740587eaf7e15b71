import type { KubernetesObject } from '../../lifecycle/facts.js';
import { applySplices, yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { isInfrastructureImage } from '../servingContainer.js';
import { isTemplatedObject } from '../templatedObject.js';
import { editOf } from '../textEdit.js';

const KINDS = new Set(['Deployment', 'Rollout', 'StatefulSet']);

/** What Kubernetes and Argo Rollouts keep when the field is absent. */
const DEFAULT_HISTORY = '10';

function workloadsWithoutHistory({ facts, snapshot }: RuleContext): KubernetesObject[] {
  if (!hasModels(facts)) return [];
  return facts.kubernetesObjects.filter(
    (object) =>
      KINDS.has(object.kind) &&
      isScanned(object.path) &&
      !isTemplatedObject(snapshot, object) &&
      object.revisionHistoryLimit?.value === '0' &&
      !(
        object.containers.length > 0 &&
        object.containers.every(({ image }) => image && isInfrastructureImage(image.repository))
      ),
  );
}

/** Whether Argo CD or Flux applies manifests here, so that a revert in git is the way back. */
function isGitOps({ facts }: RuleContext): boolean {
  return facts.kubernetesObjects.some(
    ({ kind, apiVersion }) =>
      (kind === 'Application' && apiVersion.startsWith('argoproj.io/')) ||
      apiVersion.startsWith('kustomize.toolkit.fluxcd.io/'),
  );
}

/** RBK-001; basis: Kubernetes' documentation of `revisionHistoryLimit` (0 keeps no old ReplicaSet to go back to). */
export const revisionHistoryZero: Rule = {
  id: 'RBK-001',
  name: 'revision-history-zero',
  area: 'rollback',
  stage: 'deployment',
  severity: 'high',
  confidence: 'certain',
  summary: 'A workload that keeps no earlier revision to go back to.',
  reads: 'Deployment, Rollout and StatefulSet manifests',
  blocks: 'rollback',
  page: 'rollback/revision-history-zero.md',
  answers: ['no-rollback-path'],
  check(context) {
    const gitOps = isGitOps(context);
    return workloadsWithoutHistory(context).map((object) => {
      const line = object.revisionHistoryLimit?.line ?? object.line;
      return {
        path: object.path,
        line,
        subject: `${object.kind}/${object.name}`,
        message: `${object.kind} ${object.name} has \`revisionHistoryLimit: 0\`.`,
        consequence: '`kubectl rollout undo` has nothing to go back to when a new model misbehaves.',
        evidence: evidenceOf(quoteLine(context.snapshot, object.path, line)),
        ...(gitOps ? { severity: 'low' as const } : {}),
      };
    });
  },
  fix(risk, context) {
    const object = workloadsWithoutHistory(context).find(
      (each) => each.path === risk.path && `${each.kind}/${each.name}` === risk.subject,
    );
    const text = context.snapshot.text(risk.path);
    const limit = object?.revisionHistoryLimit;
    if (!limit || text === undefined) return { unfixable: 'the limit is no longer there' };
    const edited = applySplices(text, [{ ...limit.range, text: DEFAULT_HISTORY }]);
    if (yamlDifferences(text, edited)?.length !== 1) return { unfixable: 'the limit does not stand alone in the file' };
    return {
      edits: [editOf(risk.path, edited)],
      reason: `${DEFAULT_HISTORY} revisions, the default of Kubernetes, can be gone back to.`,
      tradeOff: 'Ten old ReplicaSets of size zero stay in the cluster; they cost a little of etcd.',
    };
  },
};
