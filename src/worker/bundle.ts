import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The workflow bundle that was built with the package. */
export const PREBUILT_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** Entry module of our workflows, for bundling next to an application's own. */
export const WORKFLOWS_ENTRY = fileURLToPath(new URL('../workflows/index.js', import.meta.url));

/** Module that joins an application's workflows with ours; see its own head. */
export const COMBINED_ENTRY = fileURLToPath(new URL('./combinedWorkflows.cjs', import.meta.url));

export const PAYLOAD_CONVERTER = fileURLToPath(new URL('../contract/payloadConverter.js', import.meta.url));

export function hasPrebuiltBundle(): boolean {
  return existsSync(PREBUILT_BUNDLE);
}
