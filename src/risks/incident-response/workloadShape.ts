import type { EncodedPath } from '../../contract/encodedPath.js';
import type { KubernetesContainer, KubernetesObject } from '../../lifecycle/facts.js';
import { hasModels } from '../modelRepository.js';
import type { RuleContext } from '../rule.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { isTemplatedObject } from '../templatedObject.js';

/** A container of a workload, with its text in the manifest. */
export interface WorkloadContainer {
  object: KubernetesObject;
  container: KubernetesContainer;
  text: string;
}

/** A workload that a chart's template makes. */
export interface WorkloadTemplate {
  path: EncodedPath;
  kind: string;
  /** Line of `containers:`. */
  line: number;
  text: string;
}

/** Containers of workloads of these kinds, those of other environments than production and templates left out. */
export function workloadContainers(context: RuleContext, kinds: ReadonlySet<string>): WorkloadContainer[] {
  const { facts, snapshot } = context;
  if (!hasModels(facts)) return [];
  return facts.kubernetesObjects
    .filter((object) => kinds.has(object.kind) && isScanned(object.path) && !isOtherEnvironment(object.path))
    .filter((object) => !isTemplatedObject(snapshot, object))
    .flatMap((object) =>
      object.containers
        // A patch names the container and not its image.
        .filter(({ init, image }) => !init && image !== undefined)
        .map((container) => ({
          object,
          container,
          text: snapshot.text(object.path)?.slice(container.range.start, container.range.end) ?? '',
        })),
    );
}

/** Templates of charts that write out a workload's containers; those that include a block are left out. */
export function workloadTemplates({ facts, snapshot }: RuleContext, kinds: ReadonlySet<string>): WorkloadTemplate[] {
  if (!hasModels(facts)) return [];
  return facts.helmTemplates.flatMap(({ path, kinds: found }) => {
    const kind = found.find((each) => kinds.has(each.kind))?.kind;
    const text = snapshot.text(path)?.replace(/^[ \t]*#.*$/gm, '');
    if (kind === undefined || text === undefined || !isScanned(path) || found.length > 1) return [];
    const line = text.split('\n').findIndex((each) => /^\s*(-\s+)?containers:\s*$/.test(each)) + 1;
    const pod = text
      .split('\n')
      .slice(Math.max(line - 1, 0))
      .join('\n');
    // A helper or a value can bring the very keys that seem to be missing.
    if (
      line === 0 ||
      !/^\s*(-\s+)?image:/m.test(pod) ||
      /\b(include|template|tpl)\s+\S*(container|pod|probe|resource)/i.test(pod)
    )
      return [];
    return [{ path, kind, line, text: pod }];
  });
}
