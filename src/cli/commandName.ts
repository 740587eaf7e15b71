import { sep } from 'node:path';
import { PACKAGE_ROOT } from '../worker/tools/toolsDirectory.js';

/** How this program is called in a command to copy: in a checkout it is on no PATH, and npx finds it. */
export function commandName(packageRoot = PACKAGE_ROOT): string {
  return packageRoot.split(sep).includes('node_modules') ? 'temporal-mlops' : 'npx temporal-mlops';
}
