import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { LIFECYCLE_STAGES } from '../../../src/contract/stage.js';

const placeSchema = z.object({
  path: z.string(),
  line: z.number().int().optional(),
  also: z.array(z.string()).default([]),
});

const labelSchema = placeSchema.extend({
  kind: z.string(),
  why: z.string().default(''),
  scope: z.enum(['line', 'repo', 'component']).optional(),
  weak: z.boolean().default(false),
  in_archive: z.boolean().default(true),
});
/** A place where a reader of the repository saw a risk, or something that only looks like one. */
export type Label = z.infer<typeof labelSchema>;

const stagePlaceSchema = z.object({
  path: z.string(),
  lines: z.union([z.string(), z.number()]).optional(),
  evidence: z.string().default(''),
  in_archive: z.boolean().default(true),
});

const repositorySchema = z.object({
  repo: z.string(),
  lifecycle: z.record(z.enum(LIFECYCLE_STAGES), z.array(stagePlaceSchema).nullable().default([])),
  risks: z.array(labelSchema).nullable().default([]),
  clean: z.array(labelSchema).nullable().default([]),
  neutral: z.array(labelSchema).nullable().default([]),
});

/** One labelled repository: the labels, and the archive of its files. */
export interface LabelledRepository {
  /** `owner/name`. */
  repo: string;
  archive: string;
  lifecycle: Record<(typeof LIFECYCLE_STAGES)[number], z.infer<typeof stagePlaceSchema>[]>;
  risks: Label[];
  clean: Label[];
  neutral: Label[];
}

/**
 * The labelled repositories of a folder: `<owner>__<name>.yaml` beside `files/<owner>__<name>.tar.gz`, by name.
 * @throws Error naming the file when labels can't be read or an archive is missing.
 */
export function readLabels(folder: string): LabelledRepository[] {
  const names = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  if (names.length === 0) throw new Error(`${folder} holds no label file (OWNER__NAME.yaml)`);
  const archives = new Set(readdirSync(join(folder, 'files')));
  return names.map((name) => {
    const parsed = repositorySchema.safeParse(parse(readFileSync(join(folder, name), 'utf8')));
    if (!parsed.success) throw new Error(`${join(folder, name)}: ${z.prettifyError(parsed.error)}`);
    const archive = name.replace(/\.ya?ml$/, '.tar.gz');
    if (!archives.has(archive)) throw new Error(`${join(folder, 'files', archive)} is missing`);
    const { repo, lifecycle, risks, clean, neutral } = parsed.data;
    return {
      repo,
      archive: join(folder, 'files', archive),
      lifecycle: Object.fromEntries(LIFECYCLE_STAGES.map((stage) => [stage, lifecycle[stage] ?? []])) as never,
      risks: inArchive(risks),
      clean: inArchive(clean),
      neutral: inArchive(neutral),
    };
  });
}

/** A label on a file that the archive leaves out can't be judged. */
function inArchive(labels: Label[] | null): Label[] {
  return (labels ?? []).filter((label) => label.in_archive);
}
