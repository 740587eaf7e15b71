import type { Component, LifecycleMap } from '../../contract/lifecycle.js';
import { LIFECYCLE_STAGES } from '../../contract/stage.js';
import { columnsOf, heading, paragraph } from './layout.js';
import { signs, type Terminal } from './terminal.js';
import { visible } from './visible.js';

/** Components shown of each stage; the others are counted. */
const SHOWN = 8;

/** The lifecycle map as a tree: the four stages, their components with their places, and what each is joined to. */
export function renderMap(map: LifecycleMap, terminal: Terminal): string[] {
  const { style } = terminal;
  const branches = branchSigns(terminal);
  const lines = heading('Lifecycle map', `${map.components.length} components, ${map.edges.length} links`, terminal);
  for (const stage of LIFECYCLE_STAGES) {
    const components = map.components.filter((component) => component.stage === stage);
    const unknowns = map.unknowns.filter((unknown) => unknown.stage === stage);
    lines.push(style.bold(stage));
    const groups = grouped(components);
    const shown = groups.slice(0, SHOWN);
    const rest = groups.slice(SHOWN).flat().length;
    const leaves: ((first: string, other: string) => string[])[] = [
      ...shown.map((group) => (first: string, other: string) => groupLines(group, map, terminal, first, other)),
      ...(rest > 0
        ? [(first: string) => paragraph(`and ${rest} more in the report`, terminal, { first, style: style.dim })]
        : []),
      ...unknowns.map(
        ({ text }) =>
          (first: string, other: string) =>
            hanging(`? ${text}`, terminal, first, other, style.yellow),
      ),
      ...(components.length + unknowns.length === 0
        ? [(first: string) => paragraph('nothing found', terminal, { first, style: style.dim })]
        : []),
    ];
    leaves.forEach((leaf, index) => {
      const last = index === leaves.length - 1;
      lines.push(...leaf(last ? branches.last : branches.middle, last ? branches.none : branches.down));
    });
  }
  return lines;
}

function branchSigns(terminal: Terminal) {
  return terminal.unicode
    ? { middle: '├─ ', last: '└─ ', down: '│  ', none: '   ' }
    : { middle: '|- ', last: '`- ', down: '|  ', none: '   ' };
}

/** Three and more of a kind in one file stand on one line: a service may export dozens of metrics. */
function grouped(components: readonly Component[]): Component[][] {
  const byPlace = new Map<string, Component[]>();
  for (const component of components) {
    const place = `${component.kind}\n${component.path}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), component]);
  }
  return [...byPlace.values()].flatMap((group) =>
    group.length >= 3 ? [group] : group.map((component) => [component]),
  );
}

function groupLines(
  group: readonly Component[],
  map: LifecycleMap,
  terminal: Terminal,
  first: string,
  other: string,
): string[] {
  const { style } = terminal;
  const [component] = group as [Component];
  const names = group.map(({ name }) => name);
  const name =
    group.length === 1
      ? `${component.kind} ${component.name}`
      : `${group.length} of ${component.kind}: ${names.join(', ')}`;
  const place = `${component.path}:${component.lines.start}`;
  const nameShown = visible(name, terminal);
  const placeShown = visible(place, terminal);
  const inOneLine = columnsOf(first) + columnsOf(nameShown) + 2 + columnsOf(placeShown) <= terminal.width;
  const head = inOneLine
    ? [`${first}${nameShown}  ${style.cyan(placeShown)}`]
    : [...hanging(name, terminal, first, other), ...hanging(place, terminal, `${other}  `, `${other}  `, style.cyan)];
  const targets = map.edges.filter((edge) => group.some(({ id }) => id === edge.from));
  const byKind = new Map<string, string[]>();
  for (const edge of targets) {
    const to = map.components.find((candidate) => candidate.id === edge.to)?.name ?? edge.to;
    byKind.set(edge.kind, [...(byKind.get(edge.kind) ?? []), to]);
  }
  const links = [...byKind].flatMap(([kind, names]) =>
    hanging(
      `${signs(terminal).arrow} ${kind.replaceAll('-', ' ')} ${[...new Set(names)].join(', ')}`,
      terminal,
      `${other}  `,
      `${other}    `,
      style.dim,
    ),
  );
  return [...head, ...links];
}

/** A text whose first line has one beginning and the others another of the same width. */
function hanging(
  text: string,
  terminal: Terminal,
  first: string,
  other: string,
  style?: (line: string) => string,
): string[] {
  const width = Math.max(columnsOf(first), columnsOf(other));
  return paragraph(text, { ...terminal, width: terminal.width - width }, style === undefined ? {} : { style }).map(
    (line, index) => `${index === 0 ? first : other}${line}`,
  );
}
