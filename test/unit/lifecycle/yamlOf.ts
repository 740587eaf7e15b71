import { readYaml, type YamlNode } from '../../../src/lifecycle/yamlDocument.js';

/** The first document of a literal YAML text. */
export function yamlOf(text: string): YamlNode {
  const reading = readYaml(text);
  if ('reason' in reading) throw new Error(reading.reason);
  return reading.documents[0] as YamlNode;
}
