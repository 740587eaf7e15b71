import type { LifecycleMap } from '../../../src/contract/lifecycle.js';
import type { Label } from './labels.js';

/** Lines between a label and a finding that still mean the same place. */
const NEAR = 10;
const NEAR_CLEAN = 3;

/** Kinds of which one place stands for the whole repository: what isn't there has no line. */
const REPOSITORY_KINDS = [
  'no-canary-or-shadow',
  'no-data-version',
  'no-drift-monitoring',
  'no-model-version-in-serving',
  'no-prediction-monitoring',
  'no-promotion-gate',
  'no-rollback-path',
];

/** What a rule found, with the label kinds that the rule answers. */
export interface FindingToMatch {
  rule: string;
  path: string;
  line: number;
  message: string;
  answers: readonly string[];
}

/** How one finding is judged: by which label, or by none. */
export interface Judged {
  finding: FindingToMatch;
  as: 'true' | 'neutral' | 'false' | 'unmatched';
  label?: Label;
}

/** The labels of a repository that findings are held against. */
export interface RiskLabels {
  risks: readonly Label[];
  neutral: readonly Label[];
  clean: readonly Label[];
}

/**
 * Judges findings by labels: risks first, then neutral, then clean, as the corpus says.
 * @param map for the scope `component`: the project that a path belongs to
 */
export function matchRisks(
  findings: readonly FindingToMatch[],
  labels: RiskLabels,
  map: LifecycleMap,
): { judged: Judged[]; missed: Label[] } {
  const repositoryKinds = new Set([
    ...REPOSITORY_KINDS,
    ...labels.risks.filter(({ scope }) => scope === 'repo').map(({ kind }) => kind),
  ]);
  const hit = new Set<Label>();
  const judged = findings.map((finding): Judged => {
    const of = (list: readonly Label[]) => list.filter(({ kind }) => finding.answers.includes(kind));
    const risks = of(labels.risks).filter((label) => isAtRisk(finding, label, map));
    for (const label of risks) hit.add(label);
    const [risk] = risks;
    if (risk) return { finding, as: 'true', label: risk };
    const matches = (label: Label) => repositoryKinds.has(label.kind) || isNear(finding, label, NEAR_CLEAN);
    const neutral = of(labels.neutral).find(matches);
    if (neutral) return { finding, as: 'neutral', label: neutral };
    const clean = of(labels.clean).find(matches);
    return clean ? { finding, as: 'false', label: clean } : { finding, as: 'unmatched' };
  });
  return { judged, missed: labels.risks.filter((label) => !hit.has(label)) };
}

function isAtRisk(finding: FindingToMatch, label: Label, map: LifecycleMap): boolean {
  switch (label.scope ?? 'line') {
    case 'repo':
      return true;
    case 'component':
      return finding.path === label.path || sameProject(finding.path, label.path, map);
    case 'line':
      return isNear(finding, label, NEAR);
  }
}

function isNear(finding: FindingToMatch, label: Label, lines: number): boolean {
  const places = [{ path: label.path, line: label.line }, ...label.also.map(placeOf)];
  return places.some(
    ({ path, line }) => path === finding.path && (line === undefined || Math.abs(line - finding.line) <= lines),
  );
}

function placeOf(text: string): { path: string; line: number | undefined } {
  const colon = text.lastIndexOf(':');
  const line = Number(text.slice(colon + 1));
  return colon > 0 && Number.isInteger(line) ? { path: text.slice(0, colon), line } : { path: text, line: undefined };
}

function sameProject(a: string, b: string, map: LifecycleMap): boolean {
  const projectOf = (path: string) => map.components.find((component) => component.path === path)?.project;
  const project = projectOf(b);
  return project !== undefined && projectOf(a) === project;
}
