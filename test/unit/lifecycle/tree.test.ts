import { describe, expect, it } from 'vitest';
import type { Component, LifecycleMap } from '../../../src/contract/lifecycle.js';
import { renderTree } from '../../../src/lifecycle/tree.js';

const component = (over: Partial<Component>): Component => ({
  id: 'x',
  stage: 'training',
  kind: 'training script',
  name: 'train.py',
  path: 'src/train.py',
  lines: { start: 3, end: 9 },
  evidence: '',
  ...over,
});
const map = (over: Partial<LifecycleMap>): LifecycleMap => ({
  commit: 'c',
  components: [],
  edges: [],
  unknowns: [],
  unreadable: [],
  ...over,
});

describe('renderTree', () => {
  it('shows four stages, components with path and line, and unknowns', () => {
    const lines = renderTree(
      map({ components: [component({})], unknowns: [{ stage: 'monitoring', text: 'Nothing watches it.' }] }),
      { width: 80 },
    );
    expect(lines).toEqual([
      '├─ training',
      '│  └─ training script train.py  src/train.py:3',
      '├─ registration',
      '├─ deployment',
      '└─ monitoring',
      '   └─ ? Nothing watches it.',
    ]);
  });

  it('is never wider than asked for, also with long, wide and combining characters', () => {
    const components = [
      component({ name: 'x'.repeat(300), path: `${'folder/'.repeat(40)}a.py` }),
      component({ name: '模型'.repeat(40), path: `数据/${'é'.repeat(100)}.py` }),
    ];
    const unknowns = [{ stage: 'deployment' as const, text: `word ${'y'.repeat(200)} ${'some words '.repeat(30)}` }];
    for (const width of [20, 40, 80, 121]) {
      for (const line of renderTree(map({ components, unknowns }), { width })) {
        const wide = [...line].filter((c) => /[\u2E80-\uA4CF]/.test(c)).length;
        expect([...line].length + wide).toBeLessThanOrEqual(width);
      }
    }
  });

  it('shows control and direction characters instead of sending them to the terminal', () => {
    const text = renderTree(map({ components: [component({ name: 'a\u001b[31m\u202Eb\n', path: 'p%0A' })] }), {
      width: 100,
    }).join('\n');
    expect(text).toContain('a\\u{1b}[31m\\u{202e}b\\u{a}');
    expect([...text].filter((c) => c === '\u001b' || c === '\u202E')).toEqual([]);
  });

  it('says how many components are left out', () => {
    const components = Array.from({ length: 5 }, (_, n) => component({ name: `n${n}` }));
    expect(renderTree(map({ components }), { width: 80, maxPerStage: 2 })[3]).toBe('│  └─ … 3 more components');
  });
});
