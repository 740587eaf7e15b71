import type { Snapshot } from '../../contract/snapshot.js';
import { readYaml, type YamlNode } from '../../lifecycle/yamlDocument.js';

/** A ConfigMap as a container sees it. */
export interface ConfigMapMount {
  configMap: string;
  mountPath: string;
  /** Only this key of it. */
  subPath?: string;
  /** Which container: mounts with the same one are side by side. */
  container: string;
}

/** Where manifests mount ConfigMaps. */
export function configMapMounts(snapshot: Snapshot): ConfigMapMount[] {
  return snapshot.entries.flatMap(({ path }) => {
    if (!/\.ya?ml$/.test(path)) return [];
    const text = snapshot.text(path);
    if (text === undefined || !text.includes('volumeMounts') || !text.includes('configMap')) return [];
    const reading = readYaml(text);
    if ('reason' in reading) return [];
    return reading.documents.flatMap((document, index) => {
      const pod = document.get('spec', 'template', 'spec') ?? document.get('spec');
      return pod ? mountsOf(pod, `${path}#${index}`) : [];
    });
  });
}

function mountsOf(pod: YamlNode, owner: string): ConfigMapMount[] {
  const volumes = new Map<string, string>();
  for (const volume of pod.get('volumes')?.items() ?? []) {
    const name = volume.get('name')?.text;
    const configMap = volume.get('configMap', 'name')?.text;
    // With `items` the keys get other file names.
    if (name !== undefined && configMap !== undefined && !volume.get('configMap', 'items'))
      volumes.set(name, configMap);
  }
  return (pod.get('containers')?.items() ?? []).flatMap((container, index) =>
    (container.get('volumeMounts')?.items() ?? []).flatMap((mount) => {
      const configMap = volumes.get(mount.get('name')?.text ?? '');
      const mountPath = mount.get('mountPath')?.text;
      if (configMap === undefined || mountPath === undefined) return [];
      const subPath = mount.get('subPath')?.text;
      return [{ configMap, mountPath, container: `${owner}/${index}`, ...(subPath === undefined ? {} : { subPath }) }];
    }),
  );
}
