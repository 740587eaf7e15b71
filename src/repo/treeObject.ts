/** One entry of a git tree object, byte for byte. */
export interface TreeEntry {
  /** Octal, as it stands in the object; a folder is `40000`. */
  mode: string;
  name: Uint8Array;
  /** Object id in hexadecimal. */
  oid: string;
}

export const FOLDER_MODE = '40000';

/**
 * Parses the content of a tree object: `<mode> <name>\0<raw object id>` for each entry
 * (gitformat: git-mktree(1), tree-walk.c).
 * @throws RangeError when it is cut short.
 */
export function parseTree(content: Uint8Array, oidBytes: number): TreeEntry[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space + 1);
    if (space < 0 || nul < 0 || nul + 1 + oidBytes > bytes.length) throw new RangeError('a tree object is cut short');
    entries.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.subarray(space + 1, nul),
      oid: bytes.toString('hex', nul + 1, nul + 1 + oidBytes),
    });
    at = nul + 1 + oidBytes;
  }
  return entries;
}

/** The content of a tree object with these entries in the order given. */
export function formatTree(entries: readonly TreeEntry[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ mode, name, oid }) => [
      Buffer.from(`${mode} `),
      name,
      Buffer.from([0]),
      Buffer.from(oid, 'hex'),
    ]),
  );
}

/**
 * The entries with one replaced, added or removed (`undefined`). The others keep their place and
 * bytes; a new one goes where git's order wants it (base_name_compare: a folder sorts as if its name
 * ended in `/`).
 */
export function withEntry(entries: readonly TreeEntry[], name: Uint8Array, entry: TreeEntry | undefined): TreeEntry[] {
  const key = Buffer.from(name);
  const others = entries.filter((other) => !key.equals(other.name));
  if (entry === undefined) return others;
  const sortKey = orderOf(entry);
  const at = others.findIndex((other) => Buffer.compare(orderOf(other), sortKey) > 0);
  return others.toSpliced(at < 0 ? others.length : at, 0, entry);
}

function orderOf({ name, mode }: TreeEntry): Buffer {
  return mode === FOLDER_MODE ? Buffer.concat([name, Buffer.from('/')]) : Buffer.from(name);
}

/** The entry of that name. */
export function entryNamed(entries: readonly TreeEntry[], name: Uint8Array): TreeEntry | undefined {
  const key = Buffer.from(name);
  return entries.find((entry) => key.equals(entry.name));
}
