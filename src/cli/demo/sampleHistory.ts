import { parse } from 'yaml';
import { z } from 'zod';

/** A date with its zone, as git keeps both. */
const zonedDate = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$/);

/** `history/history.yaml` of the sample: its commits, oldest first, and its tags. */
const historySchema = z.strictObject({
  version: z.literal(1),
  branch: z.string(),
  email: z.string(),
  commits: z
    .array(
      z.strictObject({
        id: z.string(),
        message: z.string(),
        author: z.string(),
        date: zonedDate,
        /** Path → an older version below `history/`, or null where the path did not exist yet. */
        files: z.record(z.string(), z.string().nullable()),
      }),
    )
    .min(1),
  tags: z.array(z.strictObject({ name: z.string(), commit: z.string(), message: z.string(), date: zonedDate })),
});
export type SampleHistory = z.infer<typeof historySchema>;

export function parseHistory(text: string): SampleHistory {
  return historySchema.parse(parse(text));
}

export interface SampleFile {
  mode: '100644' | '100755';
  content: Uint8Array;
}

/**
 * The history as a stream for `git fast-import`: every commit is the sample's present files, changed
 * by what the history says of that commit. The same files give the same commit ids.
 *
 * @param present the sample's files by path.
 * @param older the files below `history/` by path.
 */
export function fastImportStream(
  history: SampleHistory,
  present: ReadonlyMap<string, SampleFile>,
  older: ReadonlyMap<string, SampleFile>,
): Buffer {
  const parts: Uint8Array[] = [];
  const line = (text: string) => parts.push(Buffer.from(`${text}\n`));
  const data = (content: Uint8Array) => {
    line(`data ${content.length}`);
    parts.push(content, Buffer.from('\n'));
  };
  const marks = new Map(history.commits.map((commit, index) => [commit.id, index + 1]));
  line('feature done');
  for (const commit of history.commits) {
    const who = `${commit.author} <${history.email}> ${gitDate(commit.date)}`;
    line(`commit refs/heads/${history.branch}`);
    line(`mark :${marks.get(commit.id)}`);
    line(`author ${who}`);
    line(`committer ${who}`);
    data(Buffer.from(`${commit.message}\n`));
    line('deleteall');
    for (const [path, file] of treeOf(commit.files, present, older)) {
      line(`M ${file.mode} inline ${path}`);
      data(file.content);
    }
  }
  for (const tag of history.tags) {
    const author = history.commits.find((commit) => commit.id === tag.commit)?.author;
    if (author === undefined) throw new RangeError(`the tag ${tag.name} names no commit of the history`);
    line(`tag ${tag.name}`);
    line(`from :${marks.get(tag.commit)}`);
    line(`tagger ${author} <${history.email}> ${gitDate(tag.date)}`);
    data(Buffer.from(`${tag.message}\n`));
  }
  line('done');
  return Buffer.concat(parts);
}

function treeOf(
  changes: Record<string, string | null>,
  present: ReadonlyMap<string, SampleFile>,
  older: ReadonlyMap<string, SampleFile>,
): Map<string, SampleFile> {
  const tree = new Map(present);
  for (const [path, version] of Object.entries(changes)) {
    if (version === null) {
      tree.delete(path);
      continue;
    }
    const file = older.get(version);
    if (file === undefined) throw new RangeError(`the history names ${version}, which is not there`);
    tree.set(path, file);
  }
  return tree;
}

/** Seconds since 1970 and the zone, as git writes them. */
function gitDate(date: string): string {
  return `${Date.parse(date) / 1000} ${date.slice(-6).replace(':', '')}`;
}
