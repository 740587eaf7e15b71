import type { Component, LifecycleMap } from '../../../src/contract/lifecycle.js';
import { LIFECYCLE_STAGES, type LifecycleStage } from '../../../src/contract/stage.js';
import { buildLifecycle, wantedByReaders } from '../../../src/lifecycle/buildLifecycle.js';
import { assess, RULES } from '../../../src/risks/catalogue.js';
import { type Label, type LabelledRepository, readLabels } from './labels.js';
import { type Judged, matchRisks } from './matchRisks.js';
import { unpack } from './unpack.js';

/** Main components that a stage of one model may have; a map must not win by listing everything. */
const MOST_MAIN_COMPONENTS = 12;

/** Right ones of all; `undefined` of none. */
export interface Share {
  right: number;
  of: number;
  share: number | null;
}

/** What is wrong, at a place of a repository. */
export interface Place {
  repo: string;
  path: string;
  line?: number;
  what: string;
}

export interface StageFigures {
  precision: Share;
  recall: Share;
}

export interface KindFigures extends StageFigures {
  /** Recall when labels that are true but minor count too. */
  recallWithWeak: Share;
  /** Rules that answer the kind. */
  rules: string[];
}

export interface CorpusFigures {
  repositories: number;
  map: Record<LifecycleStage, StageFigures>;
  risks: Record<string, KindFigures>;
  /** Stages that exist and weren't found, and that were found and don't exist. */
  mapMisses: Place[];
  mapFalse: Place[];
  /** Stages of a model with more main components than a map may list. */
  mapTooMany: Place[];
  riskMisses: (Place & { weak: boolean; answered: boolean })[];
  riskFalse: Place[];
  /** Findings that match no label: for a person to judge. */
  unmatched: Place[];
  /** Over labels of every kind, whether a rule answers it or not. Weak labels are left out. */
  summary: {
    map: { precision: number | null; recall: number | null };
    risks: { precision: number | null; recall: number | null };
    risksWithWeak: { recall: number | null };
    /** Only kinds of label that some rule answers. */
    risksAnswered: { recall: number | null };
  };
}

interface Measured {
  labelled: LabelledRepository;
  map: LifecycleMap;
  judged: Judged[];
  missed: Label[];
}

/** Maps and assesses every labelled repository of a folder and holds the results against the labels. */
export function measureCorpus(folder: string): CorpusFigures {
  const measured: Measured[] = [];
  for (const labelled of readLabels(folder)) {
    const snapshot = unpack(labelled.archive, wantedByReaders);
    const lifecycle = buildLifecycle(snapshot);
    const answersOf = new Map(RULES.map((rule) => [rule.id, rule.answers]));
    const findings = assess({ snapshot, ...lifecycle }).map(({ rule, path, line, message }) => ({
      ...{ rule, path, line, message },
      answers: answersOf.get(rule) ?? [],
    }));
    measured.push({ labelled, map: lifecycle.map, ...matchRisks(findings, labelled, lifecycle.map) });
  }
  return { repositories: measured.length, ...mapFigures(measured), ...riskFigures(measured) };
}

function mainComponents(map: LifecycleMap, stage: LifecycleStage): Component[] {
  return map.components.filter((component) => component.stage === stage && component.detail !== true);
}

function mapFigures(measured: readonly Measured[]) {
  const mapMisses: Place[] = [];
  const mapFalse: Place[] = [];
  const mapTooMany: Place[] = [];
  const map = {} as Record<LifecycleStage, StageFigures>;
  for (const stage of LIFECYCLE_STAGES) {
    const recall = { right: 0, of: 0 };
    const precision = { right: 0, of: 0 };
    for (const { labelled, map: found } of measured) {
      const { repo } = labelled;
      const components = mainComponents(found, stage);
      const listed = labelled.lifecycle[stage];
      const readable = listed.filter((place) => place.in_archive);
      const paths = new Set(components.map(({ path }) => path));
      if (readable.length > 0) {
        recall.of += 1;
        if (readable.some(({ path }) => paths.has(path))) recall.right += 1;
        else for (const { path, evidence } of readable) mapMisses.push({ repo, path, what: `${stage}: ${evidence}` });
      }
      const notPart = new Set(labelled.clean.filter(({ kind }) => kind === 'lifecycle').map(({ path }) => path));
      if (components.length > 0) {
        precision.of += 1;
        const wrong = listed.length === 0 ? components : components.filter(({ path }) => notPart.has(path));
        if (wrong.length === 0) precision.right += 1;
        for (const component of wrong) mapFalse.push({ repo, ...placeOfComponent(component) });
      }
      for (const [project, of] of grouped(components)) {
        if (of <= MOST_MAIN_COMPONENTS) continue;
        mapTooMany.push({ repo, path: project, what: `${stage}: ${of} main components` });
      }
    }
    map[stage] = { precision: shareOf(precision), recall: shareOf(recall) };
  }
  return { map, mapMisses, mapFalse, mapTooMany };
}

function placeOfComponent({ stage, kind, name, path, lines, evidence }: Component) {
  return { path, line: lines.start, what: `${stage}: ${kind} ${name} (${evidence})` };
}

function grouped(components: readonly Component[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { project = '' } of components) counts.set(project, (counts.get(project) ?? 0) + 1);
  return counts;
}

function riskFigures(measured: readonly Measured[]) {
  const answered = new Set(RULES.flatMap((rule) => rule.answers));
  const judged = measured.flatMap(({ labelled, judged: list }) => list.map((one) => ({ repo: labelled.repo, ...one })));
  const labels = measured.flatMap(({ labelled, missed }) =>
    labelled.risks.map((label) => ({ repo: labelled.repo, label, hit: !missed.includes(label) })),
  );
  const kinds = [...new Set([...labels.map(({ label }) => label.kind), ...answered])].sort();
  const recallOf = (of: typeof labels): Share => shareOf({ right: of.filter(({ hit }) => hit).length, of: of.length });
  const precisionOf = (of: readonly Judged[]): Share => {
    const right = of.filter(({ as }) => as === 'true').length;
    return shareOf({ right, of: right + of.filter(({ as }) => as === 'false').length });
  };
  const risks: Record<string, KindFigures> = {};
  for (const kind of kinds) {
    const own = labels.filter(({ label }) => label.kind === kind);
    risks[kind] = {
      precision: precisionOf(judged.filter(({ label }) => label?.kind === kind)),
      recall: recallOf(own.filter(({ label }) => !label.weak)),
      recallWithWeak: recallOf(own),
      rules: RULES.filter((rule) => rule.answers.includes(kind)).map(({ id }) => id),
    };
  }
  const strong = labels.filter(({ label }) => !label.weak);
  const mapPart = mapFigures(measured).map;
  const total = (part: keyof StageFigures) => {
    const of = LIFECYCLE_STAGES.map((stage) => mapPart[stage][part]);
    return shareOf({ right: sum(of.map(({ right }) => right)), of: sum(of.map((share) => share.of)) }).share;
  };
  return {
    risks,
    riskMisses: labels
      .filter(({ hit }) => !hit)
      .map(({ repo, label: { path, line, kind, why, weak } }) => ({
        ...{ repo, path, weak, answered: answered.has(kind), what: `${kind}: ${why}` },
        ...(line === undefined ? {} : { line }),
      })),
    riskFalse: judged.filter(({ as }) => as === 'false').map(placeOfFinding),
    unmatched: judged.filter(({ as }) => as === 'unmatched').map(placeOfFinding),
    summary: {
      map: { precision: total('precision'), recall: total('recall') },
      risks: { precision: precisionOf(judged).share, recall: recallOf(strong).share },
      risksWithWeak: { recall: recallOf(labels).share },
      risksAnswered: { recall: recallOf(strong.filter(({ label }) => answered.has(label.kind))).share },
    },
  };
}

function placeOfFinding({ repo, finding, label }: Judged & { repo: string }): Place {
  const because = label ? ` [labelled clean, ${label.kind}: ${label.why}]` : '';
  return { repo, path: finding.path, line: finding.line, what: `${finding.rule}: ${finding.message}${because}` };
}

function shareOf({ right, of }: { right: number; of: number }): Share {
  return { right, of, share: of === 0 ? null : right / of };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
