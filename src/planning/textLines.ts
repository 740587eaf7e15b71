/** UTF-8 text of bytes, byte order mark kept; `undefined` when the bytes aren't valid UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Lines as git counts them: each with its own line feed, the last one perhaps without. A carriage
 * return stays part of its line, so joining the lines gives the identical text.
 */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
