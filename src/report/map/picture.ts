import type { Component, EdgeKind, LifecycleMap } from '../../contract/lifecycle.js';
import type { Risk } from '../../contract/risk.js';
import { severityRank } from '../../contract/severity.js';
import { LIFECYCLE_STAGES, type LifecycleStage } from '../../contract/stage.js';

/** One box of the picture: components of one kind in one file, a file with risks alone, or an empty place. */
export interface Card {
  id: string;
  stage: LifecycleStage;
  /** Index of its lane. */
  lane: number;
  kind: string;
  /** Name of the only component, or how many there are. */
  title: string;
  /** `path:line`, or the names of several components. */
  place: string;
  components: readonly Component[];
  /** The worst first. */
  risks: readonly Risk[];
  /** `risk`: a file that is only here for its risks; `none`: nothing was found in this lane and stage. */
  role: 'part' | 'risk' | 'none';
}

/** Edges of one kind between two cards. */
export interface Link {
  from: Card;
  to: Card;
  kind: EdgeKind;
  reasons: readonly string[];
}

export interface Lane {
  /** Folder of the project, or '' for what belongs to none. */
  project: string;
  title: string;
  models: readonly string[];
}

/** A lifecycle map as lanes of cards and links: what is drawn, without where. */
export interface Picture {
  title: string;
  commit: string;
  lanes: readonly Lane[];
  cards: readonly Card[];
  links: readonly Link[];
  unknowns: LifecycleMap['unknowns'];
  risks: readonly Risk[];
  /** Components that aren't shown, since they are details of others. */
  details: number;
}

/** Files of a lane and stage that are shown only for their risks. */
const MOST_RISK_CARDS = 4;

/**
 * Makes the picture of a map: a lane a project, components of one kind in one file as one card, details
 * folded into the card of their file, and every risk on the card of its place.
 *
 * @param title name of the repository
 */
export function pictureOf(map: LifecycleMap, risks: readonly Risk[], title: string): Picture {
  const main = map.components.filter((component) => component.detail !== true);
  const projects = [...new Set(main.map(({ project }) => project ?? ''))].sort(
    // What belongs to no project comes last.
    (a, b) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1),
  );
  if (projects.length === 0) projects.push('');
  const lanes = projects.map((project): Lane => {
    const own = main.filter((component) => (component.project ?? '') === project);
    const models = [...new Set(own.flatMap(({ model }) => model ?? []))].sort();
    return { project, title: project === '' ? (projects.length > 1 ? 'shared' : title) : project, models };
  });
  const cards = partCards(main, projects);
  const byComponent = new Map(cards.flatMap((card) => card.components.map(({ id }) => [id, card] as const)));
  for (const component of map.components) {
    if (byComponent.has(component.id)) continue;
    const card = cards.find((one) => one.stage === component.stage && pathOf(one) === component.path);
    if (card) byComponent.set(component.id, card);
  }
  const withRisks = placeRisks(cards, risks, projects);
  const drawn = new Map(withRisks.map((card) => [card.id, card]));
  const links = linksOf(map, (id) => drawn.get(byComponent.get(id)?.id ?? ''));
  return {
    ...{ title, commit: map.commit, lanes, links, risks, unknowns: map.unknowns },
    cards: [...withRisks, ...emptyPlaces(withRisks, lanes)],
    details: map.components.length - main.length,
  };
}

function pathOf(card: Card): string {
  return card.components[0]?.path ?? '';
}

function partCards(components: readonly Component[], projects: readonly string[]): Card[] {
  const groups = new Map<string, Component[]>();
  for (const component of components) {
    const key = JSON.stringify([component.project ?? '', component.stage, component.kind, component.path]);
    groups.set(key, [...(groups.get(key) ?? []), component]);
  }
  return [...groups.values()].map((group): Card => {
    const [first] = group as [Component];
    const several = group.length > 1;
    return {
      id: first.id,
      stage: first.stage,
      lane: projects.indexOf(first.project ?? ''),
      kind: several ? `${group.length} × ${first.kind}` : first.kind,
      title: several ? group.map(({ name }) => name).join(', ') : first.name,
      place: `${first.path}:${first.lines.start}`,
      components: group,
      risks: [],
      role: 'part',
    };
  });
}

/** Each risk goes to the card whose lines hold it, else to one of its file, else to a card of its own file. */
function placeRisks(cards: readonly Card[], risks: readonly Risk[], projects: readonly string[]): Card[] {
  const placed = new Map<string, Risk[]>();
  const alone = new Map<string, { lane: number; stage: LifecycleStage; risks: Risk[] }>();
  for (const risk of risks) {
    const here = cards.filter((card) => pathOf(card) === risk.path);
    const holds = (card: Card) =>
      card.components.some(({ lines }) => lines.start <= risk.line && risk.line <= lines.end);
    const card = here.find(holds) ?? here.find(({ stage }) => stage === risk.stage) ?? here[0];
    if (card) placed.set(card.id, [...(placed.get(card.id) ?? []), risk]);
    else {
      const key = JSON.stringify([risk.stage, risk.path]);
      const own = alone.get(key) ?? { lane: laneOf(risk.path, projects), stage: risk.stage, risks: [] };
      own.risks.push(risk);
      alone.set(key, own);
    }
  }
  const sorted = (own: readonly Risk[]) => [...own].sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
  const shown = cards.map((card) => ({ ...card, risks: sorted(placed.get(card.id) ?? []) }));
  return [...shown, ...riskCards([...alone.values()].map((own) => ({ ...own, risks: sorted(own.risks) })))];
}

function riskCards(places: readonly { lane: number; stage: LifecycleStage; risks: Risk[] }[]): Card[] {
  const counts = new Map<string, Card[]>();
  for (const { lane, stage, risks } of places) {
    const key = `${lane} ${stage}`;
    const own = counts.get(key) ?? [];
    const [first] = risks as [Risk];
    const last = own.at(-1);
    if (own.length === MOST_RISK_CARDS && last) {
      own[own.length - 1] = {
        ...last,
        kind: 'more places with risks',
        title: `${last.role === 'risk' && last.kind.startsWith('more') ? Number.parseInt(last.title, 10) + 1 : 2} files`,
        place: 'listed below',
        risks: [...last.risks, ...risks],
      };
    } else {
      own.push({
        ...{
          id: `risk:${stage}:${first.path}`,
          stage,
          lane,
          kind: 'file with risks',
          components: [],
          risks,
          role: 'risk',
        },
        title: first.path.slice(first.path.lastIndexOf('/') + 1),
        place: `${first.path}:${first.line}`,
      });
    }
    counts.set(key, own);
  }
  return [...counts.values()].flat();
}

function laneOf(path: string, projects: readonly string[]): number {
  const at = projects.findIndex((project) => project !== '' && path.startsWith(`${project}/`));
  if (at >= 0) return at;
  return Math.max(0, projects.indexOf(''));
}

function linksOf(map: LifecycleMap, cardOf: (id: string) => Card | undefined): Link[] {
  const links = new Map<string, { from: Card; to: Card; kind: EdgeKind; reasons: string[] }>();
  for (const { from, to, kind, reason } of map.edges) {
    const [start, end] = [cardOf(from), cardOf(to)];
    if (!start || !end || start === end) continue;
    const key = JSON.stringify([start.id, end.id, kind]);
    const link = links.get(key) ?? { from: start, to: end, kind, reasons: [] };
    link.reasons.push(reason);
    links.set(key, link);
  }
  return [...links.values()];
}

/** Where a lane has nothing of a stage that the lane of what is shared has, that is said. */
function emptyPlaces(cards: readonly Card[], lanes: readonly Lane[]): Card[] {
  const has = (lane: number, stage: LifecycleStage) =>
    cards.some((card) => card.lane === lane && card.stage === stage && card.role === 'part');
  const shared = lanes.length > 1 ? lanes.findIndex(({ project }) => project === '') : -1;
  return lanes.flatMap((_, lane) =>
    LIFECYCLE_STAGES.filter((stage) => !cards.some((card) => card.lane === lane && card.stage === stage)).map(
      (stage): Card => ({
        ...{ id: `none:${lane}:${stage}`, stage, lane, kind: '', place: '', components: [], risks: [], role: 'none' },
        title: lane !== shared && shared >= 0 && has(shared, stage) ? `only shared ${stage}` : `no ${stage} found`,
      }),
    ),
  );
}
