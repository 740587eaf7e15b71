#!/usr/bin/env node
/** Fails when the published schema of mlops.yaml is not what the code would publish. Needs a build. */
import { readFile } from 'node:fs/promises';
import { policyJsonSchemaText } from '../dist/approval/policySchema.js';

const published = await readFile(new URL('../schema/mlops.schema.json', import.meta.url), 'utf8').catch(() => '');
if (published !== policyJsonSchemaText()) {
  console.error('schema/mlops.schema.json is not current: run `npm run build && node scripts/writeSchema.mjs`');
  process.exit(1);
}
