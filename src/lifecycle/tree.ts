import type { Component, LifecycleMap } from '../contract/lifecycle.js';
import { LIFECYCLE_STAGES } from '../contract/stage.js';

/** Components shown for each stage when nothing else is asked for. */
const DEFAULT_PER_STAGE = 8;
const UNKNOWNS_PER_STAGE = 3;
const MIN_WIDTH = 20;

/**
 * A map as a small tree of plain text: the four stages, their components with `path:line`, and what
 * isn't known. No line is wider than `width` (at least 20 columns); control and direction characters
 * of names are shown as `\u{…}`.
 */
export function renderTree(map: LifecycleMap, options: { width: number; maxPerStage?: number }): string[] {
  const width = Math.max(MIN_WIDTH, Math.floor(options.width));
  const limit = options.maxPerStage ?? DEFAULT_PER_STAGE;
  const lines: string[] = [];
  for (const [position, stage] of LIFECYCLE_STAGES.entries()) {
    const last = position === LIFECYCLE_STAGES.length - 1;
    const components = map.components.filter((component) => component.stage === stage);
    const unknowns = map.unknowns.filter((unknown) => unknown.stage === stage).map(({ text }) => text);
    lines.push(cut(`${last ? '└─' : '├─'} ${stage}`, width));
    const branches = [
      ...components.slice(0, limit).map((component) => (room: number) => [componentLine(component, room)]),
      ...more(components.length - limit, 'component'),
      ...unknowns.slice(0, UNKNOWNS_PER_STAGE).map((text) => (room: number) => wrap(`? ${visible(text)}`, room)),
      ...more(unknowns.length - UNKNOWNS_PER_STAGE, 'unknown'),
    ];
    for (const [index, branch] of branches.entries()) {
      const final = index === branches.length - 1;
      const trunk = last ? '   ' : '│  ';
      const room = width - 6;
      for (const [row, text] of branch(room).entries()) {
        const fork = row > 0 ? (final ? '   ' : '│  ') : final ? '└─ ' : '├─ ';
        lines.push(`${trunk}${fork}${text}`);
      }
    }
  }
  return lines;
}

function more(count: number, what: string): ((room: number) => string[])[] {
  return count > 0 ? [(room) => [cut(`… ${count} more ${what}${count === 1 ? '' : 's'}`, room)]] : [];
}

/** `kind name  path:line`; where that is too wide the place keeps its end, which names the file. */
function componentLine(component: Component, room: number): string {
  const { kind, name, path } = component;
  const label = visible(name === path || name === '' ? kind : `${kind} ${name}`);
  const place = visible(`${component.path}:${component.lines.start}`);
  if (columns(label) + 2 + columns(place) <= room) return `${label}  ${place}`;
  const half = Math.max(8, Math.floor((room - 2) / 2));
  const forPlace = Math.max(half, room - 2 - columns(label));
  const shortPlace = cutStart(place, Math.min(forPlace, room - 2 - Math.min(half, columns(label))));
  return cut(`${cut(label, room - 2 - columns(shortPlace))}  ${shortPlace}`, room);
}

function wrap(text: string, room: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    const next = row === '' ? word : `${row} ${word}`;
    if (columns(next) <= room || row === '') row = next;
    else {
      rows.push(cut(row, room));
      row = `  ${word}`;
    }
  }
  rows.push(cut(row, room));
  return rows;
}

function cut(text: string, room: number): string {
  if (columns(text) <= room) return text;
  let out = '';
  let used = 1;
  for (const character of text) {
    used += columns(character);
    if (used > room) break;
    out += character;
  }
  return `${out}…`;
}

function cutStart(text: string, room: number): string {
  if (columns(text) <= room) return text;
  const characters = [...text];
  let used = 1;
  let start = characters.length;
  while (start > 0 && used + columns(characters[start - 1] as string) <= room) {
    start -= 1;
    used += columns(characters[start] as string);
  }
  return `…${characters.slice(start).join('')}`;
}

/** Control characters, format characters (direction marks, zero width) and lone surrogates as `\u{…}`. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
}

/** Terminal columns: wide East Asian characters and emoji count two, combining marks none. */
function columns(text: string): number {
  let total = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}/u.test(character)) continue;
    total +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return total;
}
