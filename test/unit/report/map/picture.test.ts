import { describe, expect, it } from 'vitest';
import type { Component, Edge, LifecycleMap } from '../../../../src/contract/lifecycle.js';
import type { Risk } from '../../../../src/contract/risk.js';
import type { LifecycleStage } from '../../../../src/contract/stage.js';
import { CARD_WIDTH, layOut } from '../../../../src/report/map/layout.js';
import { mapHtml } from '../../../../src/report/map/mapHtml.js';
import { mapMermaid } from '../../../../src/report/map/mapMermaid.js';
import { mapSvg } from '../../../../src/report/map/mapSvg.js';
import { pictureOf } from '../../../../src/report/map/picture.js';

function component(stage: LifecycleStage, name: string, rest: Partial<Component> = {}): Component {
  const path = rest.path ?? `${name}.py`;
  return { id: name, stage, kind: 'script', name, path, lines: { start: 1, end: 9 }, evidence: 'says so', ...rest };
}

function edge(from: string, to: string, kind: Edge['kind'] = 'triggers', reason = `${from} to ${to}`): Edge {
  return { from, to, kind, reason };
}

function risk(path: string, line: number, rest: Partial<Risk> = {}): Risk {
  return {
    ...{
      id: `R:${path}:${line}`,
      rule: 'MON-001',
      name: 'n',
      area: 'monitoring',
      stage: 'monitoring',
      severity: 'high',
    },
    ...{ confidence: 'certain', path, line, subject: 's', message: 'What.', consequence: 'Why.', evidence: [] },
    ...{ fixable: false, ...rest },
  } as Risk;
}

function map(components: Component[], edges: Edge[] = [], unknowns: LifecycleMap['unknowns'] = []): LifecycleMap {
  return { commit: 'working tree', components, edges, unknowns, unreadable: [] };
}

const CHAIN = map(
  [
    component('training', 'train'),
    component('registration', 'register'),
    component('deployment', 'serve'),
    component('deployment', 'image', { path: 'Dockerfile' }),
    component('monitoring', 'a', { path: 'rules.yml', kind: 'alert rule' }),
    component('monitoring', 'b', { path: 'rules.yml', kind: 'alert rule' }),
    component('monitoring', 'c', { path: 'rules.yml', kind: 'receiver', detail: true }),
  ],
  [
    edge('train', 'register', 'registers'),
    edge('serve', 'register', 'loads'),
    edge('image', 'serve', 'triggers'),
    edge('serve', 'a', 'exports-metric'),
    edge('serve', 'b', 'exports-metric'),
    edge('train', 'c', 'exports-metric'),
  ],
  [{ stage: 'registration', text: 'Which versions exist is not here.' }],
);

describe('the picture of a map', () => {
  it('shows components of one kind in one file as one card, and folds details into the card of their file', () => {
    const picture = pictureOf(CHAIN, [], 'churn');
    expect(picture.cards.map(({ kind, title }) => [kind, title])).toEqual([
      ['script', 'train'],
      ['script', 'register'],
      ['script', 'serve'],
      ['script', 'image'],
      ['2 × alert rule', 'a, b'],
    ]);
    expect(picture.details).toBe(1);
    expect(picture.links.map(({ from, to, kind, reasons }) => [from.title, kind, to.title, reasons.length])).toEqual([
      ['train', 'registers', 'register', 1],
      ['serve', 'loads', 'register', 1],
      ['image', 'triggers', 'serve', 1],
      ['serve', 'exports-metric', 'a, b', 2],
      ['train', 'exports-metric', 'a, b', 1],
    ]);
  });

  it('has a lane a project, says where a lane has nothing, and puts what is shared last', () => {
    const picture = pictureOf(
      map([
        component('training', 'x', { project: 'b' }),
        component('training', 'y', { project: 'a', model: 'churn' }),
        component('monitoring', 'z'),
      ]),
      [],
      'mono',
    );
    expect(picture.lanes).toEqual([
      { project: 'a', title: 'a', models: ['churn'] },
      { project: 'b', title: 'b', models: [] },
      { project: '', title: 'shared', models: [] },
    ]);
    const empty = picture.cards.filter(({ role }) => role === 'none').map(({ lane, title }) => `${lane} ${title}`);
    expect(empty).toContain('0 only shared monitoring');
    expect(empty).toContain('0 no registration found');
    expect(empty).toContain('2 no training found');
  });

  it('puts a risk on the card whose lines hold it, else on one of its file, else on a card of its own', () => {
    const picture = pictureOf(
      map([
        component('training', 'first', { path: 'x.py', lines: { start: 1, end: 5 } }),
        component('deployment', 'second', { path: 'x.py', lines: { start: 10, end: 20 } }),
      ]),
      [
        risk('x.py', 12, { stage: 'training' }),
        risk('x.py', 99, { stage: 'training', severity: 'low' }),
        risk('requirements.txt', 3, { stage: 'training', severity: 'critical' }),
      ],
      'churn',
    );
    const marks = picture.cards.filter(({ risks }) => risks.length > 0);
    expect(marks.map(({ title, role, risks }) => [title, role, risks.map(({ line }) => line)])).toEqual([
      ['first', 'part', [99]],
      ['second', 'part', [12]],
      ['requirements.txt', 'risk', [3]],
    ]);
  });

  it('never loses a risk of many files, but shows few cards for them', () => {
    const risks = Array.from({ length: 9 }, (_, index) => risk(`f${index}.txt`, 1));
    const picture = pictureOf(map([component('training', 'train')]), risks, 'churn');
    const cards = picture.cards.filter(({ role }) => role === 'risk');
    expect(cards).toHaveLength(4);
    expect(cards.flatMap((card) => card.risks)).toHaveLength(9);
    expect(cards.at(-1)?.title).toBe('6 files');
  });
});

describe('the layout of a picture', () => {
  const many = map(
    [
      ...Array.from({ length: 9 }, (_, index) =>
        component('training', `t${index}`, { project: index % 2 ? 'a' : 'b' }),
      ),
      ...Array.from({ length: 12 }, (_, index) => component('deployment', `d${index}`, { project: 'a' })),
      ...Array.from({ length: 5 }, (_, index) => component('monitoring', `m${index}`)),
    ],
    Array.from({ length: 9 }, (_, index) => [
      edge(`t${index}`, `m${index % 5}`),
      edge(`d${index}`, `d${index + 1}`, 'deploys-image'),
      edge(`d${index}`, `t${index}`, 'loads'),
    ]).flat(),
  );

  it('lets no card overlap another or leave its lane', () => {
    const { cards, lanes } = layOut(pictureOf(many, [risk('t1.py', 3), risk('z.txt', 1)], 'mono'));
    for (const [index, one] of cards.entries()) {
      const lane = lanes[one.card.lane];
      expect(one.y).toBeGreaterThan(lane?.y ?? Number.NaN);
      expect(one.y + one.height).toBeLessThanOrEqual((lane?.y ?? 0) + (lane?.height ?? 0));
      for (const other of cards.slice(index + 1)) {
        const apart = one.x !== other.x || one.y + one.height < other.y || other.y + other.height < one.y;
        expect(apart, `${one.card.title} and ${other.card.title}`).toBe(true);
      }
    }
    for (const [index, lane] of lanes.entries()) {
      const next = lanes[index + 1];
      if (next) expect(lane.y + lane.height).toBeLessThan(next.y);
    }
  });

  it('gives every link a label once for each card, side and kind, and no two at one place', () => {
    const { links } = layOut(pictureOf(many, [], 'mono'));
    const labels = links.flatMap(({ label }) => (label ? [label] : []));
    const places = new Set(labels.map(({ x, y }) => `${x} ${Math.round(y)}`));
    expect(places.size).toBe(labels.length);
    for (const { link, label } of links) {
      const same = links.filter((one) => one.link.from === link.from && one.link.kind === link.kind);
      expect(label !== undefined || same.some((one) => one.label !== undefined)).toBe(true);
    }
  });

  it('leads a link that passes a column through a gap between its cards', () => {
    const { cards, links } = layOut(pictureOf(many, [], 'mono'));
    for (const { path } of links) {
      for (const [, x, y] of path.matchAll(/ L(-?[\d.]+),(-?[\d.]+)/g)) {
        const inside = cards.find(
          (card) =>
            Number(x) > card.x &&
            Number(x) < card.x + CARD_WIDTH &&
            Number(y) > card.y &&
            Number(y) < card.y + card.height,
        );
        expect(inside?.card.title).toBeUndefined();
      }
    }
  });

  it('is the same for the same map', () => {
    expect(mapSvg(pictureOf(many, [], 'm'))).toBe(mapSvg(pictureOf(many, [], 'm')));
  });
});

const EVIL = '"></svg><script>alert(1)</script>\u202e&';

describe('a map in a file', () => {
  const evil = map(
    [component('training', EVIL, { path: `${EVIL}.py`, evidence: EVIL }), component('deployment', 'x')],
    [edge(EVIL, 'x', 'triggers', EVIL)],
    [{ stage: 'training', text: EVIL }],
  );
  const risks = [risk(`${EVIL}.py`, 2, { message: EVIL, severity: 'critical' })];

  it.each([
    ['SVG', () => mapSvg(pictureOf(evil, risks, EVIL))],
    ['HTML', () => mapHtml(pictureOf(evil, risks, EVIL), evil)],
  ])(
    '%s holds no markup and no deceiving character of a repository, no script and nothing from elsewhere',
    (_, draw) => {
      const text = draw();
      expect(text).not.toMatch(/<script/i);
      expect(text).not.toContain('\u202e');
      expect(text).toContain('&lt;script&gt;');
      expect(text.match(/<\/svg>/g)).toHaveLength(1);
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/(href|src|url)\s*[=(]\s*["']?https?:/i);
    },
  );

  it('is well-formed XML as SVG', () => {
    const text = mapSvg(pictureOf(evil, risks, EVIL));
    const open: string[] = [];
    for (const [, close, name, self] of text.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/gi)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!self) open.push(name as string);
    }
    expect(open).toEqual([]);
    expect(text.replaceAll(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot);)/);
  });

  it('says what each link is, marks risks by rule, and names what is not known', () => {
    const text = mapSvg(pictureOf(CHAIN, [risk('serve.py', 3), risk('serve.py', 4)], 'churn'));
    for (const label of ['registers', 'loads', 'triggers', 'exports metric']) {
      expect(text).toMatch(new RegExp(`<text class="label"[^>]*>${label}</text>`));
    }
    expect(text).toContain('>MON-001 ×2</text>');
    expect(text).toContain('Which versions exist is not here.');
    expect(text).toContain('prefers-color-scheme: dark');
    expect(text).toContain('@media print');
  });

  it('lists in HTML every component, link, risk and unread file with its reason', () => {
    const whole = { ...CHAIN, unreadable: [{ path: 'broken.yaml', reason: 'line 1: no end' }] };
    const text = mapHtml(pictureOf(whole, [risk('serve.py', 3)], 'churn'), whole);
    for (const part of [
      'Dockerfile:1-9',
      'train to register',
      'serve.py:3',
      'broken.yaml',
      'line 1: no end',
      ', a detail',
    ])
      expect(text).toContain(part);
  });

  it('is a Mermaid flowchart in which text of a repository is only text', () => {
    const text = mapMermaid(pictureOf(CHAIN, [risk('serve.py', 3)], 'churn'));
    expect(text).toMatch(
      /^flowchart LR\n {2}subgraph training\n {4}n1\["script<br\/>train<br\/>train\.py#58;1"\]\n {2}end/,
    );
    expect(text).toContain('  n1 -->|registers| n2\n');
    expect(text).toContain('  class n3 high\n');
    const hostile = mapMermaid(pictureOf(evil, risks, EVIL));
    expect(hostile).not.toMatch(/<script|"\]?>|\u202e/);
    expect(hostile).toContain('#34;#62;#60;/svg#62;');
  });
});
