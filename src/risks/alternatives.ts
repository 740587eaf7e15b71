/**
 * A pattern of alternatives that are written over several lines. White space only sets them apart;
 * where a blank counts, `\s` stands for it.
 */
export function alternatives(before: string, list: string, after: string, flags = ''): RegExp {
  return new RegExp(`${before}(${list.trim().split(/\s+/).join('|')})${after}`, flags);
}
