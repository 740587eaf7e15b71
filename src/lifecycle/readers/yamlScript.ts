import type { PartCommand } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';

/** Nested lists of a script; GitLab flattens up to ten. */
const MAX_NESTING = 10;

/** Commands of a `script:`: one scalar, or a list of scalars and of such lists. */
export function scriptCommands(node: YamlNode | undefined, folder = '', nesting = 0): PartCommand[] {
  if (!node) return [];
  if (node.isSequence) {
    return nesting > MAX_NESTING ? [] : node.items().flatMap((item) => scriptCommands(item, folder, nesting + 1));
  }
  const inside = node.embedded();
  if (!inside) return [];
  // The text of a block scalar starts on the line after its header.
  const { fixedLine, lineOffset } = inside.outer;
  return [{ text: inside.text, line: fixedLine ?? lineOffset + 1, folder }];
}

/** A working directory as a folder of the repository; '' where it is the root or can't be told. */
export function commandFolder(directory: string | undefined): string {
  if (directory === undefined) return '';
  const inside = directory
    .replace(/^\$\(?(Build\.SourcesDirectory|System\.DefaultWorkingDirectory)\)\/?/i, '')
    .replace(/^\$\{?(CI_PROJECT_DIR|CODEBUILD_SRC_DIR|WORKSPACE)\}?\/?/, '')
    .replace(/^\/workspace(\/|$)/, '');
  return inside.includes('$') || inside.startsWith('/') ? '' : inside.replace(/^\.\/|\/$/g, '').replace(/^\.$/, '');
}
