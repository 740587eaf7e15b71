import type { Component, LifecycleMap } from '../../contract/lifecycle.js';
import type { Risk } from '../../contract/risk.js';
import { LIFECYCLE_STAGES } from '../../contract/stage.js';
import { columnsOf, heading, paragraph } from './layout.js';
import { severityStyle } from './severity.js';
import { signs, type Terminal } from './terminal.js';
import { visible } from './visible.js';

interface Node {
  /** Lines of the node itself; they may be as wide as the room that is left. */
  lines: (room: number) => string[];
  children: Node[];
}

export interface MapTreeOptions {
  /** Show every component, details too. */
  all?: boolean;
}

/**
 * A lifecycle map as a tree: stages, within them projects where there are several, their components with
 * place, evidence, risks and links with their reasons, and in a sentence what isn't known.
 */
export function renderMapTree(
  map: LifecycleMap,
  risks: readonly Risk[],
  terminal: Terminal,
  { all = false }: MapTreeOptions = {},
): string[] {
  const { style } = terminal;
  const details = map.components.filter(({ detail }) => detail === true).length;
  const counts = [
    plural(map.components.length, 'component'),
    plural(map.edges.length, 'link'),
    plural(risks.length, 'risk'),
  ].join(', ');
  const lines = heading('Lifecycle map', counts, terminal);
  const placed = risksOf(map, risks);
  const projects = [...new Set(map.components.map(({ project }) => project ?? ''))].sort();
  for (const stage of LIFECYCLE_STAGES) {
    const own = map.components.filter((component) => component.stage === stage);
    const perProject = projects.flatMap((project): Node[] => {
      const inProject = own.filter((component) => (component.project ?? '') === project);
      if (inProject.length === 0) return [];
      const nodes = componentNodes(inProject, map, placed, terminal, all);
      if (projects.length === 1) return nodes;
      const title = project === '' ? 'shared' : project;
      return [{ lines: (room) => wrapped(title, room, terminal).map(style.bold), children: nodes }];
    });
    const unknowns = map.unknowns
      .filter((unknown) => unknown.stage === stage)
      .map(({ text }) => leaf(`? ${text}`, terminal, style.yellow));
    lines.push('', style.bold(stage), ...draw([...perProject, ...unknowns], terminal, ''));
  }
  const elsewhere = risks.length - [...placed.values()].flat().length;
  if (elsewhere > 0)
    lines.push('', style.dim(`${elsewhere} risks in files that are no part: temporal-mlops scan lists them`));
  if (!all && details > 0) lines.push('', style.dim(`${details} details not shown: --all shows them`));
  return lines;
}

function componentNodes(
  components: readonly Component[],
  map: LifecycleMap,
  risks: ReadonlyMap<Component, Risk[]>,
  terminal: Terminal,
  all: boolean,
): Node[] {
  return components
    .filter(({ detail }) => all || detail !== true)
    .map((component): Node => {
      const links = linkTexts(component, map, terminal, all).map(
        (text): Node => leaf(text, terminal, terminal.style.dim),
      );
      const marks = (risks.get(component) ?? []).map((risk) =>
        leaf(
          `! ${risk.severity} ${risk.rule} line ${risk.line}: ${risk.message}`,
          terminal,
          severityStyle(risk.severity, terminal.style),
        ),
      );
      return { lines: (room) => componentLines(component, room, terminal), children: [...links, ...marks] };
    });
}

function leaf(text: string, terminal: Terminal, style: (line: string) => string): Node {
  return { lines: (room) => wrapped(text, room, terminal).map(style), children: [] };
}

/** What a component is joined to and why; three and more links of a kind stand on one line. */
function linkTexts(component: Component, map: LifecycleMap, terminal: Terminal, all: boolean): string[] {
  const byKind = new Map<string, { names: string[]; reasons: string[] }>();
  for (const [index, { from, to, kind, reason }] of map.edges.entries()) {
    if (from !== component.id) continue;
    const many = map.edges.filter((edge) => edge.from === from && edge.kind === kind).length >= 3;
    const key = many && !all ? kind : `${kind} ${index}`;
    const group = byKind.get(key) ?? { names: [], reasons: [] };
    group.names.push(map.components.find(({ id }) => id === to)?.name ?? to);
    group.reasons.push(reason);
    byKind.set(key, group);
  }
  return [...byKind].map(([key, { names, reasons }]) => {
    const what = (key.split(' ')[0] as string).replaceAll('-', ' ');
    const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more reasons: --all)` : '';
    return `${signs(terminal).arrow} ${what} ${[...new Set(names)].join(', ')}, because ${reasons[0]}${more}`;
  });
}

/** Each risk at the component whose lines hold it, else at the first of its file. */
function risksOf(map: LifecycleMap, risks: readonly Risk[]): Map<Component, Risk[]> {
  const placed = new Map<Component, Risk[]>();
  for (const risk of risks) {
    const here = map.components.filter(({ path }) => path === risk.path);
    const holds = here.find(({ lines }) => lines.start <= risk.line && risk.line <= lines.end);
    const component = holds ?? here.find(({ stage }) => stage === risk.stage) ?? here[0];
    if (component) placed.set(component, [...(placed.get(component) ?? []), risk]);
  }
  return placed;
}

function componentLines(component: Component, room: number, terminal: Terminal): string[] {
  const { style } = terminal;
  const { kind, name, path, lines, evidence, model } = component;
  const title = visible(`${kind} ${name}${model === undefined ? '' : ` (model ${model})`}`, terminal);
  const place = visible(`${path}:${lines.start === lines.end ? lines.start : `${lines.start}-${lines.end}`}`, terminal);
  const head =
    columnsOf(title) + 2 + columnsOf(place) <= room
      ? [`${title}  ${style.cyan(place)}`]
      : [
          ...wrapped(title, room, terminal),
          ...wrapped(place, room - 2, terminal).map((line) => `  ${style.cyan(line)}`),
        ];
  return [...head, ...wrapped(evidence, room - 2, terminal).map((line) => `  ${style.dim(line)}`)];
}

/** Text from outside as lines of at most so many columns; already escaped text stays as it is. */
function wrapped(text: string, room: number, terminal: Terminal): string[] {
  return paragraph(text, { ...terminal, width: Math.max(12, room) });
}

function draw(nodes: readonly Node[], terminal: Terminal, before: string): string[] {
  const sign = terminal.unicode
    ? { middle: '├─ ', last: '└─ ', down: '│  ', none: '   ' }
    : { middle: '|- ', last: '`- ', down: '|  ', none: '   ' };
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    const below = `${before}${last ? sign.none : sign.down}`;
    const [first = '', ...rest] = node.lines(terminal.width - columnsOf(below));
    const more = node.children.length > 0 ? sign.down : '';
    return [
      `${before}${last ? sign.last : sign.middle}${first}`,
      ...rest.map((line) => `${below}${more === '' ? line : `${more}${line.replace(/^ {2}/, '')}`}`),
      ...draw(node.children, terminal, below),
    ];
  });
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
