import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ComposeFile, ComposeService } from '../facts.js';
import { setOwn, type YamlNode } from '../yamlDocument.js';
import { containerImage } from './containerImage.js';

/** Reads the services of a Compose file. */
export function readCompose(path: EncodedPath, document: YamlNode): ComposeFile {
  const services: ComposeService[] = [];
  for (const { key: name, place, value } of document.get('services')?.pairs() ?? []) {
    if (!value) continue;
    const image = value.get('image')?.scalar;
    const build = value.get('build');
    const context = build?.text ?? build?.get('context')?.text;
    const dockerfile = build?.get('dockerfile')?.text;
    const command = value.get('command')?.texts().join(' ');
    services.push({
      name,
      ...(image ? { image: containerImage(image) } : {}),
      ...(context === undefined ? {} : { build: { context, ...(dockerfile === undefined ? {} : { dockerfile }) } }),
      ...(command === undefined ? {} : { command }),
      ports: value.get('ports')?.texts() ?? [],
      volumes: value.get('volumes')?.texts() ?? [],
      environment: environment(value.get('environment')),
      hasHealthcheck: value.get('healthcheck') !== undefined,
      ...place,
    });
  }
  return { path, services };
}

function environment(node: YamlNode | undefined): Record<string, string> {
  if (!node?.isSequence) return node?.textMap() ?? {};
  const out: Record<string, string> = {};
  for (const entry of node.texts()) {
    const equals = entry.indexOf('=');
    setOwn(out, equals === -1 ? entry : entry.slice(0, equals), equals === -1 ? '' : entry.slice(equals + 1));
  }
  return out;
}
