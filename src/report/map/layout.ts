import type { EdgeKind } from '../../contract/lifecycle.js';
import { LIFECYCLE_STAGES } from '../../contract/stage.js';
import type { Card, Lane, Link, Picture } from './picture.js';

export const CARD_WIDTH = 230;
/** Between two columns: labels of links stand at both of its sides. */
const GUTTER = 252;
const LEFT = 160;
const RIGHT = 28;
const TOP = 122;
const LANE_HEAD = 40;
const LANE_FOOT = 18;
const LANE_GAP = 16;
const CARD_GAP = 24;
const CARD_BASE = 60;
const CHIPS_HEIGHT = 24;
const NONE_HEIGHT = 44;
const PORT_SPACE = 17;
/** From a card to the first upright line of links within its column: as far as their labels reach. */
const TRACK_START = 102;
const TRACK_SPACE = 8;
const MOST_TRACKS = 7;
const CORNER = 7;

export interface PlacedCard {
  card: Card;
  x: number;
  y: number;
  height: number;
}

export interface PlacedLink {
  link: Link;
  /** Path data of SVG. */
  path: string;
  /** Where its label stands; only the first of those that leave a card together has one. */
  label?: { x: number; y: number; anchor: 'start' | 'end' };
}

export interface PlacedLane {
  lane: Lane;
  y: number;
  height: number;
}

/** Where everything stands, in pixels. */
export interface Layout {
  width: number;
  /** Height of header and lanes; what stands below them is the drawing's. */
  height: number;
  /** Left edge of each stage's column. */
  columns: readonly number[];
  lanes: readonly PlacedLane[];
  cards: readonly PlacedCard[];
  links: readonly PlacedLink[];
}

type Side = 'left' | 'right';
interface Port {
  side: Side;
  kind: EdgeKind;
  out: boolean;
  /** Cards at the other ends. */
  others: Card[];
}

/** Places a picture: cards of a stage in a column, ordered so that links cross little, and links around the cards. */
export function layOut(picture: Picture): Layout {
  const columns = LIFECYCLE_STAGES.map((_, index) => LEFT + index * (CARD_WIDTH + GUTTER));
  const ports = portsOf(picture.links);
  const cards: PlacedCard[] = [];
  const lanes: PlacedLane[] = [];
  let y = TOP;
  for (const [index, lane] of picture.lanes.entries()) {
    const stacks = orderedStacks(picture, index);
    const heights = stacks.map((stack, column) => {
      let at = y + LANE_HEAD;
      for (const card of stack) {
        const height = heightOf(card, ports.get(card.id) ?? []);
        cards.push({ card, x: columns[column] as number, y: at, height });
        at += height + CARD_GAP;
      }
      return at - CARD_GAP - y;
    });
    const height = Math.max(...heights) + LANE_FOOT;
    lanes.push({ lane, y, height });
    y += height + LANE_GAP;
  }
  const width = (columns.at(-1) as number) + CARD_WIDTH + RIGHT;
  return { width, height: y, columns, lanes, cards, links: new Router(cards, columns, ports).route(picture.links) };
}

function columnOf(card: Card): number {
  return LIFECYCLE_STAGES.indexOf(card.stage);
}

function heightOf(card: Card, ports: readonly Port[]): number {
  if (card.role === 'none') return NONE_HEIGHT;
  const sides = (['left', 'right'] as const).map((side) => ports.filter((port) => port.side === side).length);
  const content = CARD_BASE + (card.risks.length > 0 ? CHIPS_HEIGHT : 0);
  return Math.max(content, Math.max(...sides) * PORT_SPACE + 16);
}

/** Cards of a lane by column; each is drawn towards the middle of those that it is linked to. */
function orderedStacks(picture: Picture, lane: number): Card[][] {
  const stacks = LIFECYCLE_STAGES.map((stage) =>
    picture.cards.filter((card) => card.lane === lane && card.stage === stage),
  );
  const place = new Map<string, number>();
  const number = () => {
    for (const stack of stacks)
      for (const [index, card] of stack.entries()) place.set(card.id, (index + 0.5) / stack.length);
  };
  number();
  for (let round = 0; round < 4; round += 1) {
    for (const stack of stacks) {
      const wish = new Map(
        stack.map((card) => {
          const linked = picture.links.flatMap(({ from, to }) =>
            from.id === card.id ? [to.id] : to.id === card.id ? [from.id] : [],
          );
          const places = linked.flatMap((id) => place.get(id) ?? []);
          const own = place.get(card.id) as number;
          const mean = places.length === 0 ? own : places.reduce((sum, one) => sum + one, 0) / places.length;
          return [card.id, (mean * 3 + own) / 4];
        }),
      );
      // Files that are here only for their risks stay below the parts.
      const rank = (card: Card) => (card.role === 'part' ? 0 : 1) + (wish.get(card.id) as number);
      stack.sort((a, b) => rank(a) - rank(b));
      number();
    }
  }
  return stacks;
}

/** At most one port of a card for each side, kind and direction: links of one kind leave and arrive together. */
function portsOf(links: readonly Link[]): Map<string, Port[]> {
  const ports = new Map<string, Port[]>();
  const add = (card: Card, side: Side, kind: EdgeKind, out: boolean, other: Card) => {
    const own = ports.get(card.id) ?? [];
    const port = own.find((one) => one.side === side && one.kind === kind && one.out === out);
    if (port) port.others.push(other);
    else own.push({ side, kind, out, others: [other] });
    ports.set(card.id, own);
  };
  for (const { from, to, kind } of links) {
    const [start, end] = sidesOf(from, to);
    add(from, start, kind, true, to);
    add(to, end, kind, false, from);
  }
  return ports;
}

/** Links within a column run on its left, so that those to the next column have the right for themselves. */
function sidesOf(from: Card, to: Card): [Side, Side] {
  const [a, b] = [columnOf(from), columnOf(to)];
  if (a === b) return ['left', 'left'];
  return a < b ? ['right', 'left'] : ['left', 'right'];
}

interface Point {
  x: number;
  y: number;
}

class Router {
  private readonly placed: ReadonlyMap<string, PlacedCard>;
  private readonly labelled = new Set<string>();
  /** How many links run through each gap between two cards of a column. */
  private readonly gapUse = new Map<string, number>();

  constructor(
    private readonly cards: readonly PlacedCard[],
    private readonly columns: readonly number[],
    private readonly ports: ReadonlyMap<string, Port[]>,
  ) {
    this.placed = new Map(cards.map((card) => [card.card.id, card]));
  }

  route(links: readonly Link[]): PlacedLink[] {
    const tracks = this.tracksOf(links.filter(({ from, to }) => columnOf(from) === columnOf(to)));
    return links.map((link) => {
      const [startSide, endSide] = sidesOf(link.from, link.to);
      const start = this.portAt(link.from, startSide, link.kind, true);
      const end = this.portAt(link.to, endSide, link.kind, false);
      const track = tracks.get(link);
      const path =
        track === undefined ? smooth([start, ...this.between(link, start, end), end]) : around(start, end, track);
      const key = JSON.stringify([link.from.id, startSide, link.kind]);
      if (this.labelled.has(key)) return { link, path };
      this.labelled.add(key);
      const right = startSide === 'right';
      return {
        link,
        path,
        label: { x: start.x + (right ? 7 : -7), y: start.y - 6, anchor: right ? 'start' : 'end' },
      };
    });
  }

  /**
   * The upright line, as a distance from the cards, on which each link within a column runs. Links of one kind
   * with a card in common share one; others get lines of their own as long as they would touch.
   */
  private tracksOf(links: readonly Link[]): Map<Link, number> {
    const count = (end: 'from' | 'to', { kind, [end]: card }: Link) =>
      links.filter((link) => link.kind === kind && link[end].id === card.id).length;
    const bundles = new Map<string, Link[]>();
    for (const link of links) {
      const end = count('from', link) >= count('to', link) ? 'from' : 'to';
      const key = JSON.stringify([link.kind, end, link[end].id]);
      bundles.set(key, [...(bundles.get(key) ?? []), link]);
    }
    const spans = [...bundles.values()].map((bundle) => {
      const ys = bundle.flatMap(({ from, to, kind }) => [
        this.portAt(from, 'left', kind, true).y,
        this.portAt(to, 'left', kind, false).y,
      ]);
      return { bundle, column: columnOf((bundle[0] as Link).from), from: Math.min(...ys), to: Math.max(...ys) };
    });
    // Short ones first: they lie within long ones.
    spans.sort((one, other) => one.to - one.from - (other.to - other.from) || one.from - other.from);
    const taken: { column: number; track: number; from: number; to: number }[] = [];
    const found = new Map<Link, number>();
    for (const { bundle, column, from, to } of spans) {
      const isFree = (track: number) =>
        taken.every((one) => one.column !== column || one.track !== track || one.to + 6 < from || to + 6 < one.from);
      let track = 0;
      while (track < MOST_TRACKS - 1 && !isFree(track)) track += 1;
      taken.push({ column, track, from, to });
      for (const link of bundle) found.set(link, TRACK_START + track * TRACK_SPACE);
    }
    return found;
  }

  private portAt(card: Card, side: Side, kind: EdgeKind, out: boolean): Point {
    const { x, y, height } = this.placed.get(card.id) as PlacedCard;
    const middle = (others: readonly Card[]) =>
      others.reduce((sum, other) => sum + (this.placed.get(other.id)?.y ?? 0), 0) / others.length;
    const own = (this.ports.get(card.id) ?? [])
      .filter((port) => port.side === side)
      .sort((a, b) => middle(a.others) - middle(b.others));
    const index = own.findIndex((port) => port.kind === kind && port.out === out);
    const space = Math.min(PORT_SPACE + 6, (height - 10) / own.length);
    const first = y + height / 2 - ((own.length - 1) * space) / 2;
    return { x: side === 'left' ? x : x + CARD_WIDTH, y: first + index * space };
  }

  /** Points by which a link passes the columns in between: through the gap that is nearest to its way. */
  private between(link: Link, start: Point, end: Point): Point[] {
    const [a, b] = [columnOf(link.from), columnOf(link.to)];
    const step = a < b ? 1 : -1;
    const points: Point[] = [];
    for (let column = a + step; column !== b; column += step) {
      const x = this.columns[column] as number;
      const share = Math.abs(column - a) / Math.abs(b - a);
      const y = this.gapNear(column, start.y + (end.y - start.y) * share);
      const across = [
        { x, y },
        { x: x + CARD_WIDTH, y },
      ];
      points.push(...(step > 0 ? across : across.reverse()));
    }
    return points;
  }

  private gapNear(column: number, y: number): number {
    const stack = this.cards.filter(({ x }) => x === this.columns[column]).sort((one, other) => one.y - other.y);
    const gaps = stack.map((card) => card.y - CARD_GAP / 2);
    const last = stack.at(-1);
    if (last) gaps.push(last.y + last.height + CARD_GAP / 2);
    if (gaps.length === 0) return y;
    const nearest = gaps.reduce((best, gap) => (Math.abs(gap - y) < Math.abs(best - y) ? gap : best));
    const key = `${column} ${nearest}`;
    const used = this.gapUse.get(key) ?? 0;
    this.gapUse.set(key, used + 1);
    return nearest + ((used % 3) - 1) * 5;
  }
}

/** From a card to another of its column: out to the left, up or down, and back. */
function around(start: Point, end: Point, distance: number): string {
  const x = Math.min(start.x, end.x) - distance;
  const down = end.y > start.y ? 1 : -1;
  const corner = Math.min(CORNER, Math.abs(end.y - start.y) / 2);
  return [
    `M${at(start)} L${at({ x: x + corner, y: start.y })}`,
    `Q${at({ x, y: start.y })} ${at({ x, y: start.y + down * corner })}`,
    `L${at({ x, y: end.y - down * corner })}`,
    `Q${at({ x, y: end.y })} ${at({ x: x + corner, y: end.y })} L${at(end)}`,
  ].join(' ');
}

/** A curve through points that leaves and arrives level; between the two points of a gap it is straight. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]];
  let path = `M${at(first)}`;
  let before = first;
  for (const [index, point] of rest.entries()) {
    if (index % 2 === 1) path += ` L${at(point)}`;
    else {
      const pull = (point.x - before.x) / 2;
      path += ` C${at({ x: before.x + pull, y: before.y })} ${at({ x: point.x - pull, y: point.y })} ${at(point)}`;
    }
    before = point;
  }
  return path;
}

function at({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
