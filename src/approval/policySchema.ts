import { z } from 'zod';
import { policySchema } from '../contract/policy.js';

/** The JSON Schema of `mlops.yaml` as people write it (keys with a default are optional), for editors. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policySchema, { io: 'input' });
  return {
    $schema,
    title: 'mlops.yaml, the policy of temporal-mlops',
    description: 'Who may approve what, how many, how long, and what may be touched. See docs/policy.md.',
    ...schema,
  };
}

/** The text of `schema/mlops.schema.json`. */
export function policyJsonSchemaText(): string {
  return `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
}
