import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { policyJsonSchemaText } from '../../../src/approval/policySchema.js';

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Every key of the schema, as a dotted path without list brackets. */
function keysOf(schema: unknown, prefix = ''): string[] {
  const { properties = {}, items } = schema as { properties?: Record<string, unknown>; items?: unknown };
  const own = Object.entries(properties).flatMap(([key, value]) => [
    `${prefix}${key}`,
    ...keysOf(value, `${prefix}${key}.`),
  ]);
  return [...own, ...(items === undefined ? [] : keysOf(items, prefix))];
}

describe('schema/mlops.schema.json', () => {
  it('is what the product checks; `node scripts/writeSchema.mjs` after a build writes it anew', async () => {
    expect(await read('schema/mlops.schema.json')).toBe(policyJsonSchemaText());
  });

  it('asks only for what has no default', () => {
    const schema = JSON.parse(policyJsonSchemaText()) as {
      required: string[];
      properties: Record<string, { required: string[] }>;
    };
    expect(schema.required).toEqual(['version', 'people', 'approval']);
    expect(schema.properties.approval?.required).toEqual(['approvers']);
  });

  it('has each of its keys explained in docs/policy.md', async () => {
    const page = await read('docs/policy.md');
    const keys = keysOf(JSON.parse(policyJsonSchemaText()));
    expect(keys.length).toBeGreaterThan(40);
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });
});
