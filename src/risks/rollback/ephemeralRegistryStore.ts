import type { KubernetesObject } from '../../lifecycle/facts.js';
import { evidenceOf, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule, RuleContext } from '../rule.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { isTemplatedObject } from '../templatedObject.js';

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'Rollout', 'Pod']);
/** Where each server keeps its data, by its image's documentation. */
const STORES: { image: RegExp; data: RegExp }[] = [
  { image: /(^|\/)(postgres|postgresql|timescaledb|pgvector)$/, data: /\/(var\/lib\/postgresql|bitnami\/postgresql)/ },
  { image: /(^|\/)(mysql|mariadb)$/, data: /\/(var\/lib\/mysql|bitnami\/m)/ },
  { image: /(^|\/)minio$/, data: /\/(data|bitnami\/minio)/ },
  { image: /(^|[/_-])mlflow/, data: /./ },
];

/** Name of the emptyDir volume that a container keeps its data in, with the line where it is declared. */
function emptyDataVolume(
  { snapshot }: RuleContext,
  object: KubernetesObject,
): { name: string; line: number } | undefined {
  const text = snapshot.text(object.path)?.slice(object.range.start, object.range.end) ?? '';
  const mounts = [
    ...[...text.matchAll(/-\s*name:\s*(\S+)\s*\n\s*mountPath:\s*["']?([^\s"']+)/g)].map(([, name, at]) => ({
      name,
      at,
    })),
    ...[...text.matchAll(/mountPath:\s*["']?([^\s"']+)["']?\s*\n\s*name:\s*(\S+)/g)].map(([, at, name]) => ({
      name,
      at,
    })),
  ];
  const volumes = [...text.matchAll(/-\s*name:\s*(\S+)\s*\n\s*emptyDir:/g)];
  for (const { image } of object.containers) {
    const store = STORES.find((each) => each.image.test(image?.repository ?? ''));
    if (!store) continue;
    const volume = volumes.find(([, name]) =>
      mounts.some(
        (mount) => mount.name === name && store.data.test(mount.at ?? '') && !/^\/(tmp|dev)/.test(mount.at ?? ''),
      ),
    );
    if (volume) {
      return { name: volume[1] as string, line: object.line + text.slice(0, volume.index).split('\n').length - 1 };
    }
  }
  return undefined;
}

/** Whether a registry runs here, or is asked: only then is a database its store. */
function hasRegistry({ facts }: RuleContext): boolean {
  return (
    facts.kubernetesObjects.some(({ containers }) =>
      containers.some(({ image }) => /(^|[/_-])mlflow/.test(image?.repository ?? '')),
    ) || facts.pythonModules.some(({ roles }) => roles.includes('register'))
  );
}

/** RBK-012; basis: Kubernetes' "Volumes": an emptyDir is deleted for good when its pod leaves the node. */
export const ephemeralRegistryStore: Rule = {
  id: 'RBK-012',
  name: 'ephemeral-registry-store',
  area: 'rollback',
  stage: 'registration',
  severity: 'high',
  confidence: 'likely',
  summary: 'The database or artifact store behind a model registry that is lost with its pod.',
  reads: 'Kubernetes manifests',
  blocks: 'rollback',
  page: 'rollback/ephemeral-registry-store.md',
  answers: ['other:ephemeral-registry-store'],
  check(context) {
    if (!hasModels(context.facts) || !hasRegistry(context)) return [];
    return context.facts.kubernetesObjects.flatMap((object) => {
      const { path, kind, name } = object;
      if (!WORKLOADS.has(kind) || !isScanned(path) || isOtherEnvironment(path)) return [];
      if (isTemplatedObject(context.snapshot, object)) return [];
      const volume = emptyDataVolume(context, object);
      if (!volume) return [];
      return [
        {
          path,
          line: volume.line,
          subject: `${kind}/${name} ${volume.name}`,
          message: `${kind} ${name} keeps its data in ${volume.name}, an emptyDir that is deleted with the pod.`,
          consequence: 'One eviction takes every run, version and alias, and with them each version to go back to.',
          evidence: evidenceOf(quoteLine(context.snapshot, path, volume.line)),
          unfixableBecause: 'size and class of the volume claim are for a person to say',
        },
      ];
    });
  },
};
