import { describe, expect, it } from 'vitest';
import { readBoundedYaml } from '../../../src/approval/boundedYaml.js';

function problem(text: string): { line: number; message: string } | undefined {
  const read = readBoundedYaml(text);
  return read.ok ? undefined : read.problems[0];
}

describe('readBoundedYaml', () => {
  it('takes `NO`, `on` and leading zeros as YAML 1.2 does', () => {
    const read = readBoundedYaml('a: NO\nb: on\nc: 010\nd: 0o10\n');
    expect(read).toMatchObject({ ok: true, value: { a: 'NO', b: 'on', c: 10, d: 8 } });
  });

  it('gives the line of a key, an item, and of the nearest parent of what is missing', () => {
    const read = readBoundedYaml('a:\n  b:\n    - x\n    - y\n');
    if (!read.ok) throw new Error('refused');
    expect([read.lineOf(['a', 'b', 1]), read.lineOf(['a', 'b']), read.lineOf(['a', 'zzz']), read.lineOf([])]).toEqual([
      4, 2, 1, 1,
    ]);
  });

  it('refuses a key twice, with the line of the second', () => {
    expect(problem('a: 1\nb: 2\na: 3\n')).toMatchObject({ line: 3 });
  });

  it('refuses a second document', () => {
    expect(problem('a: 1\n---\nb: 2\n')?.message).toContain('second document');
  });

  it('refuses unknown tags and other YAML versions, which change what a value is', () => {
    expect(problem('a: !!python/object:os.system x\n')?.line).toBe(1);
    expect(problem('%YAML 1.1\n---\na: NO\n')?.message).toContain('%YAML 1.1');
  });

  it('refuses a thousand laughs, by their number and by what they expand to', () => {
    expect(problem(`a: &a 1\nb: [${'*a, '.repeat(101)}]\n`)?.message).toContain('more than 100 aliases');
    const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let n = 1; n < 9; n += 1) {
      const [here, before] = [String.fromCharCode(97 + n), String.fromCharCode(96 + n)];
      laughs.push(`${here}: &${here} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    expect(problem(laughs.join('\n'))).toMatchObject({ message: expect.stringMatching(/alias/i) });
  });

  it('refuses nesting beyond 64 levels, in flow, block and compact form, without running out of stack', () => {
    for (const deep of ['['.repeat(50_000), '- '.repeat(50_000), `${'{a: '.repeat(65)}1${'}'.repeat(65)}`]) {
      expect(problem(deep)?.message).toBe('more than 64 levels of nesting');
    }
    expect(problem(`${'['.repeat(60)}${']'.repeat(60)}`)).toBeUndefined();
  });

  it('refuses more than 1 MiB unread', () => {
    expect(problem('#'.repeat(1024 * 1024 + 1))).toEqual({ line: 1, message: 'the file is larger than 1 MiB' });
  });
});
