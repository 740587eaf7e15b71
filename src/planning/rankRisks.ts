import type { Incident } from '../contract/incident.js';
import type { LifecycleMap } from '../contract/lifecycle.js';
import type { Goal, Trigger } from '../contract/request.js';
import { type Confidence, FOCUS_AREAS, type Risk } from '../contract/risk.js';
import { severityRank } from '../contract/severity.js';
import { LIFECYCLE_STAGES, type LifecycleStage } from '../contract/stage.js';
import { knownModels, type RiskTies, spells, tiesOf } from './riskTies.js';
import { safeName } from './safeName.js';

/**
 * How much a risk concerns the trigger.
 * `named`: the alert that fired is its subject, or the request or finding names it.
 * `blinds`: it blinds or mutes the alerts of the incident's model, and the incident is about how
 * the model behaves. `tied`: a label, or the request's words, lead to its model, file or subject.
 * `any-alert`: it can blind or mute every alert of the target, the incident's included.
 * `asked`: a request concerns all risks. `unrelated`: nothing leads to it.
 */
const RELEVANCES = ['unrelated', 'asked', 'any-alert', 'tied', 'blinds', 'named'] as const;
export type Relevance = (typeof RELEVANCES)[number];

export interface RankedRisk {
  risk: Risk;
  relevance: Relevance;
  /** Why it stands where it stands, in one sentence. */
  why: string;
}

/** Labels by which alerts name the model or what serves it. */
const MODEL_LABELS = ['model', 'model_name', 'mlflow_model', 'inferenceservice', 'inference_service'];
const SERVICE_LABELS = ['service', 'job', 'app', 'deployment', 'component', 'container'];
/** Words of incidents that are about how a model behaves: quality, drift, latency, errors. */
const MODEL_BEHAVIOUR =
  /quality|drift|skew|psi|auc|accuracy|precision|recall|f1|rmse|mae|calibration|degrad|predict|latency|slow|error|stale|bias/i;
const CONFIDENCE_ORDER: readonly Confidence[] = ['hint', 'likely', 'certain'];

export interface RankingInput {
  risks: readonly Risk[];
  map: LifecycleMap;
  /** Models that the policy names. */
  models: readonly string[];
  trigger: Trigger;
  goal: Goal;
  /** Stages that the plan may touch. */
  stages: readonly LifecycleStage[];
  /** Why paths may not be changed; empty when they may. */
  judgePaths: (paths: string[]) => string[];
}

/**
 * Orders risks for one trigger, most pressing first: relevance; for the goal `restore` those that
 * block the way back before others; severity; confidence; fixable within the boundary; path, line
 * and id. A total order, so the same input always gives the same plan.
 */
export function rankRisks(input: RankingInput): RankedRisk[] {
  const known = knownModels(input.map, input.models);
  const ranked = input.risks.map((risk) => {
    const { relevance, because } = relevanceOf(risk, tiesOf(risk, input.map, known), known, input.trigger);
    return { risk, relevance, why: `${because}; ${risk.severity} severity, ${risk.confidence}.` };
  });
  return ranked.sort(
    (a, b) =>
      RELEVANCES.indexOf(b.relevance) - RELEVANCES.indexOf(a.relevance) ||
      (input.goal === 'restore' ? blocksRollback(b.risk) - blocksRollback(a.risk) : 0) ||
      severityRank(b.risk.severity) - severityRank(a.risk.severity) ||
      CONFIDENCE_ORDER.indexOf(b.risk.confidence) - CONFIDENCE_ORDER.indexOf(a.risk.confidence) ||
      Number(isFixableWithin(b.risk, input)) - Number(isFixableWithin(a.risk, input)) ||
      compareText(a.risk.path, b.risk.path) ||
      a.risk.line - b.risk.line ||
      compareText(a.risk.id, b.risk.id),
  );
}

/** The primary operational risk: the first of the ranking that concerns the trigger, whether or not it can be fixed. */
export function mostPressingRisk(input: RankingInput): Risk | undefined {
  return rankRisks(input).find(({ relevance }) => relevance !== 'unrelated')?.risk;
}

function isFixableWithin(risk: Risk, { stages, judgePaths }: RankingInput): boolean {
  return risk.fixable && stages.includes(risk.stage) && judgePaths([risk.path]).length === 0;
}

interface Reasoned {
  relevance: Relevance;
  because: string;
}

function relevanceOf(risk: Risk, ties: RiskTies, known: readonly string[], trigger: Trigger): Reasoned {
  switch (trigger.kind) {
    case 'incident':
      return toIncident(risk, ties, known, trigger.incident);
    case 'audit':
      return names(trigger.finding, risk)
        ? { relevance: 'named', because: 'The audit finding names it' }
        : { relevance: 'unrelated', because: 'The audit finding does not name it' };
    case 'request':
      if (names(trigger.text, risk)) return { relevance: 'named', because: 'The request names it' };
      if (mentionsField(trigger.text, risk)) {
        return { relevance: 'tied', because: `The request mentions ${risk.area} or ${risk.stage}` };
      }
      return { relevance: 'asked', because: 'The request concerns the whole repository' };
  }
}

function toIncident(risk: Risk, ties: RiskTies, known: readonly string[], incident: Incident): Reasoned {
  const alerts = [...new Set(incident.alerts.map((alert) => alert.name))];
  const alert = alerts.find((name) => name === risk.subject);
  if (alert !== undefined)
    return { relevance: 'named', because: `It is about the alert that fired, ${safeName(alert)}` };

  const labelled = (keys: readonly string[]) =>
    incident.alerts.flatMap((one) => keys.flatMap((key) => one.labels[key] ?? []));
  const incidentModels = known.filter((model) =>
    labelled(MODEL_LABELS).some((value) => spells(value, model) && spells(model, value)),
  );
  const sameModel = ties.models.find((model) => incidentModels.includes(model));
  const alerting = risk.area === 'monitoring' || risk.area === 'incident-response' || risk.blocks === 'alerting';
  const aboutBehaviour = [incident.title, ...alerts].some((text) => MODEL_BEHAVIOUR.test(text));

  if (alerting && ties.neighbours.some((name) => alerts.includes(name))) {
    return { relevance: 'blinds', because: 'It can blind or mute the alert that fired' };
  }
  if (sameModel !== undefined) {
    const of = `${safeName(sameModel)}${ties.onlyModel ? ', the only model of the repository' : ', the incident’s model'}`;
    return alerting && aboutBehaviour
      ? { relevance: 'blinds', because: `It can blind or mute the alerts of ${of}` }
      : { relevance: 'tied', because: `It concerns ${of}` };
  }
  const label = labelled([...MODEL_LABELS, ...SERVICE_LABELS]).find(
    (value) => spells(risk.subject, value) || spells(risk.path, value),
  );
  if (label !== undefined) return { relevance: 'tied', because: `The incident’s label ${safeName(label)} leads to it` };
  // A model label that nothing here has doesn't tell the models apart; the route chose this target.
  if (alerting && (ties.models.length === 0 || incidentModels.length === 0)) {
    return { relevance: 'any-alert', because: 'It can blind or mute alerts of the target that the incident concerns' };
  }
  return {
    relevance: 'unrelated',
    because:
      sameModel === undefined && ties.models.length > 0
        ? `It concerns ${ties.models.map((model) => safeName(model)).join(', ')}`
        : 'Nothing ties it to the incident',
  };
}

/** A text names a risk by its id, its rule's id or name, its subject (of four letters or more) or its path. */
function names(text: string, risk: Risk): boolean {
  const basename = risk.path.slice(risk.path.lastIndexOf('/') + 1);
  const spelled = [risk.id, risk.rule, risk.name, risk.path, basename];
  if (risk.subject.length >= 4) spelled.push(risk.subject);
  return spelled.some((name) => standsAlone(text, name));
}

function mentionsField(text: string, risk: Risk): boolean {
  const field = [...FOCUS_AREAS, ...LIFECYCLE_STAGES].filter((word) => standsAlone(text, word));
  return (
    field.includes(risk.area) ||
    field.includes(risk.stage) ||
    (risk.blocks !== undefined && standsAlone(text, risk.blocks))
  );
}

/** Whether a name stands in a text by itself, letter case aside: not as a part of a longer name or path. */
export function standsAlone(text: string, name: string): boolean {
  if (name === '') return false;
  const haystack = text.toLowerCase();
  const needle = name.toLowerCase();
  const part = /[\p{L}\p{N}_/-]/u;
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) {
    const before = haystack.slice(0, at).at(-1) ?? ' ';
    const rest = haystack.slice(at + needle.length);
    // A full stop or colon ends a sentence; followed by a letter it goes on with the name.
    if (!part.test(before) && before !== '.' && !/^(?:[\p{L}\p{N}_/-]|[.:][\p{L}\p{N}])/u.test(rest)) return true;
  }
  return false;
}

function blocksRollback(risk: Risk): number {
  return risk.blocks === 'rollback' || risk.area === 'rollback' ? 1 : 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
