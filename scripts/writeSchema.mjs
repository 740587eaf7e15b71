// Writes schema/mlops.schema.json from the built package, so that editors check mlops.yaml as the product does.
// Run after `npm run build`.
import { mkdir, writeFile } from 'node:fs/promises';
import { policyJsonSchemaText } from '../dist/approval/policySchema.js';

const folder = new URL('../schema/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(new URL('mlops.schema.json', folder), policyJsonSchemaText());
