import { z } from 'zod';

const oid = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const encodedPath = z.string().min(1).max(4096);

/** One file from one blob to another. `before` null makes the file, `after` null removes it. */
export const editFileSchema = z.strictObject({
  kind: z.literal('editFile'),
  path: encodedPath,
  before: oid.nullable(),
  after: oid.nullable(),
  mode: z.enum(['100644', '100755']),
  /** Ids of the risks that this closes; empty in an inverse. */
  closes: z.array(z.string()),
});

/** A registry alias from one version to another, in the form of the target's registry. */
export const moveAliasSchema = z.strictObject({
  kind: z.literal('moveAlias'),
  model: z.string().min(1).max(256),
  alias: z.string().min(1).max(128),
  from: z.string().max(256).nullable(),
  to: z.string().max(256),
  /** With git tags (GTO convention): the tag that makes the move, `<model>#<alias>#<n>`, and the commit it points to. */
  tag: z.string().max(512),
  commit: oid,
  closes: z.array(z.string()),
});

export const operationSchema = z.discriminatedUnion('kind', [editFileSchema, moveAliasSchema]);
export type EditFile = z.infer<typeof editFileSchema>;
export type MoveAlias = z.infer<typeof moveAliasSchema>;
export type Operation = z.infer<typeof operationSchema>;

/** The file edits among operations, in their order. */
export function editsOf(operations: readonly Operation[]): EditFile[] {
  return operations.filter((operation): operation is EditFile => operation.kind === 'editFile');
}
