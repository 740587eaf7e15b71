import { describe, expect, it } from 'vitest';
import { fastImportStream, parseHistory } from '../../../../src/cli/demo/sampleHistory.js';

const history = parseHistory(`
version: 1
branch: main
email: team@example.org
commits:
  - { id: one, message: First, author: Team, date: "2026-03-02T14:20:00+01:00", files: { b: null, a: old/a } }
  - { id: two, message: Second, author: Team, date: "2026-03-03T14:20:00+01:00", files: {} }
tags:
  - { name: "m@v1.0.0", commit: one, message: Tagged, date: "2026-03-04T00:00:00+00:00" }
`);
const file = (text: string, mode: '100644' | '100755' = '100644') => ({ mode, content: Buffer.from(text) });

describe('the sample’s history', () => {
  it('is written as git fast-import reads it', () => {
    const present = new Map([
      ['a', file('new')],
      ['b', file('#!', '100755')],
    ]);
    const stream = fastImportStream(history, present, new Map([['old/a', file('old')]]));
    // 2026-03-02T13:20:00Z is 1772457600 s after 1970.
    expect(stream.toString()).toBe(
      [
        'feature done',
        'commit refs/heads/main',
        'mark :1',
        'author Team <team@example.org> 1772457600 +0100',
        'committer Team <team@example.org> 1772457600 +0100',
        'data 6',
        'First\n',
        'deleteall',
        'M 100644 inline a',
        'data 3',
        'old',
        'commit refs/heads/main',
        'mark :2',
        'author Team <team@example.org> 1772544000 +0100',
        'committer Team <team@example.org> 1772544000 +0100',
        'data 7',
        'Second\n',
        'deleteall',
        'M 100644 inline a',
        'data 3',
        'new',
        'M 100755 inline b',
        'data 2',
        '#!',
        'tag m@v1.0.0',
        'from :1',
        'tagger Team <team@example.org> 1772582400 +0000',
        'data 7',
        'Tagged\n',
        'done',
        '',
      ].join('\n'),
    );
  });

  it('refuses to leave out a version that is not there', () => {
    expect(() => fastImportStream(history, new Map(), new Map())).toThrow('old/a');
  });
});
