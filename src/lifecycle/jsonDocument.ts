import { LineTable } from './sourceText.js';

/** Nested arrays and objects, and values of a document. */
export const JSON_LIMITS = { depth: 128, values: 200_000 } as const;

/** A JSON value with the offsets at which it stands. */
export interface JsonValue {
  start: number;
  end: number;
  kind: 'object' | 'array' | 'string' | 'other';
  /** Text of a string, or the literal's source. */
  text: string;
  items: JsonValue[];
  entries: { key: string; value: JsonValue }[];
}

export type JsonReading = { root: JsonValue; lines: LineTable } | { reason: string };

/** Parses JSON with bounds on depth and size; places are kept, nothing is thrown. */
export function readJson(text: string): JsonReading {
  try {
    const scanner = new Scanner(text);
    return { root: scanner.document(), lines: new LineTable(text) };
  } catch (error) {
    return { reason: error instanceof BrokenJson ? error.message : 'broken JSON' };
  }
}

/** Value at a path of keys. */
export function jsonAt(value: JsonValue | undefined, ...keys: string[]): JsonValue | undefined {
  let current = value;
  // As JSON.parse has it, the last of equal keys counts.
  for (const key of keys) current = current?.entries.findLast((entry) => entry.key === key)?.value;
  return current;
}

export function jsonString(value: JsonValue | undefined): string | undefined {
  return value?.kind === 'string' ? value.text : undefined;
}

class BrokenJson extends Error {}

class Scanner {
  private at = 0;
  private values = 0;

  constructor(private readonly text: string) {
    if (text.startsWith('\uFEFF')) this.at = 1;
  }

  document(): JsonValue {
    const root = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.broken('text after the end');
    return root;
  }

  private value(depth: number): JsonValue {
    if (depth > JSON_LIMITS.depth) throw new BrokenJson(`nested deeper than ${JSON_LIMITS.depth} levels`);
    this.values += 1;
    if (this.values > JSON_LIMITS.values) throw new BrokenJson(`more than ${JSON_LIMITS.values} values`);
    this.space();
    const character = this.text[this.at];
    if (character === '{') return this.object(depth);
    if (character === '[') return this.array(depth);
    if (character === '"') return this.string();
    return this.literal();
  }

  private object(depth: number): JsonValue {
    const made = this.open('object');
    if (this.skip('}')) return this.close(made);
    do {
      this.space();
      if (this.text[this.at] !== '"') throw this.broken('a key is missing');
      const key = this.string().text;
      if (!this.skip(':')) throw this.broken('":" is missing');
      made.entries.push({ key, value: this.value(depth + 1) });
    } while (this.skip(','));
    if (!this.skip('}')) throw this.broken('"}" is missing');
    return this.close(made);
  }

  private array(depth: number): JsonValue {
    const made = this.open('array');
    if (this.skip(']')) return this.close(made);
    do made.items.push(this.value(depth + 1));
    while (this.skip(','));
    if (!this.skip(']')) throw this.broken('"]" is missing');
    return this.close(made);
  }

  private open(kind: 'object' | 'array'): JsonValue {
    const start = this.at;
    this.at += 1;
    return { start, end: start, kind, text: '', items: [], entries: [] };
  }

  private close(made: JsonValue): JsonValue {
    made.end = this.at;
    return made;
  }

  private string(): JsonValue {
    const start = this.at;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    if (end >= this.text.length) throw this.broken('a string has no end');
    this.at = end + 1;
    const source = this.text.slice(start, this.at);
    let text: string;
    try {
      text = source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1);
    } catch {
      throw this.broken('a string has a bad escape');
    }
    return { start, end: this.at, kind: 'string', text, items: [], entries: [] };
  }

  private literal(): JsonValue {
    const word = /[-+.\w]{0,64}/y;
    word.lastIndex = this.at;
    const text = word.exec(this.text)?.[0] ?? '';
    if (!/^(true|false|null|-?\d[\d.eE+-]*)$/.test(text)) throw this.broken('a value is missing');
    const start = this.at;
    this.at += text.length;
    return { start, end: this.at, kind: 'other', text, items: [], entries: [] };
  }

  private space(): void {
    const blank = /[ \t\r\n]*/y;
    blank.lastIndex = this.at;
    blank.test(this.text);
    this.at = blank.lastIndex;
  }

  private skip(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private broken(what: string): BrokenJson {
    const line = this.text.slice(0, this.at).split('\n').length;
    return new BrokenJson(`broken JSON at line ${line}: ${what}`);
  }
}
