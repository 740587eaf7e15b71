import type { Component, LifecycleMap } from '../contract/lifecycle.js';
import type { Validation } from '../contract/probe.js';
import type { QualityCheck } from '../contract/report.js';
import type { FocusArea, Risk } from '../contract/risk.js';
import type { LifecycleStage, ValidationPath } from '../contract/stage.js';
import { liveOnlyChecks } from './liveOnly.js';

export interface QualityInput {
  map?: LifecycleMap;
  /** Risks that are open at the end: all that were found, without those that an applied change closed. */
  open: readonly Risk[];
  validations: readonly Validation[];
  /** Stages that were changed; empty when nothing was applied. */
  changed: readonly LifecycleStage[];
  commit?: string;
  undo?: string;
}

/** Words of alerts on how a model behaves, and of alerts on whether the system around it works. */
const MODEL_QUALITY = wordSet(
  'auc accuracy precision recall f1 drift psi skew quality prediction predictions calibration rmse mae bias',
  'fairness score',
);
const SYSTEM_HEALTH = wordSet(
  'up down error errors latency availability unavailable failed failures memory cpu gpu disk restart restarts',
  'saturation throughput requests duration seconds',
);

/**
 * The five quality checks, each from what was found and proved, never from good intentions:
 * `unknown` wherever the repository or the task doesn't tell.
 */
export function qualityChecks(input: QualityInput): QualityCheck[] {
  return [provenance(input), gateCriteria(input), rollback(input), monitoring(input), environmentOnly(input)];
}

/** Provenance and reproducibility of the changed stages. */
function provenance({ map, open, changed, commit }: QualityInput): QualityCheck {
  const name = 'provenance';
  if (commit === undefined || changed.length === 0) {
    return {
      name,
      verdict: 'unknown',
      statement: 'Nothing was changed, so no changed stage could be judged.',
      evidence: [],
    };
  }
  const areas: FocusArea[] = ['determinism', 'reproducibility', 'lineage-and-promotion'];
  const against = open.filter((risk) => areas.includes(risk.area) && changed.includes(risk.stage));
  const stages = changed.join(', ');
  if (against.length > 0) {
    return {
      name,
      verdict: 'not-met',
      statement: `Open in the changed stages (${stages}): ${rulesOf(against)}.`,
      evidence: idsOf(against),
    };
  }
  const components = map?.components.filter((component) => changed.includes(component.stage)) ?? [];
  if (components.length === 0) {
    return {
      name,
      verdict: 'unknown',
      statement: `The map shows no component of the changed stages (${stages}).`,
      evidence: [],
    };
  }
  return {
    name,
    verdict: 'met',
    statement: `The commit names every changed byte; no risk of reproducibility or lineage is open in ${stages}.`,
    evidence: idsOf(components),
  };
}

/** Measurable quality and safety criteria in the gates before a rollout. */
function gateCriteria({ map, open, validations }: QualityInput): QualityCheck {
  const against = open.filter((risk) => risk.area === 'rollout' || risk.blocks === 'promotion');
  const rollsOut = map?.components.filter(({ stage }) => stage === 'registration' || stage === 'deployment') ?? [];
  return byPath('gate-criteria', 'promotion', validations, against, {
    met: 'The gates before a rollout compare measured criteria, and refuse bad candidates.',
    notApplicable:
      rollsOut.length > 0
        ? {
            verdict: 'not-met',
            statement: 'Models are registered or deployed, but no gate with measurable criteria is declared.',
            evidence: idsOf(rollsOut),
          }
        : {
            verdict: 'unknown',
            statement: 'No gate is declared, and the map shows no registration or deployment.',
            evidence: [],
          },
  });
}

/** An explicit way back that can be carried out. */
function rollback({ open, validations, undo }: QualityInput): QualityCheck {
  const against = open.filter((risk) => risk.area === 'rollback' || risk.blocks === 'rollback');
  return byPath('rollback', 'rollback', validations, against, {
    met: `The way back was carried out on a scratch copy${undo === undefined ? '' : ', and the command is in this report'}.`,
    notApplicable: {
      verdict: 'unknown',
      statement: 'No way back could be tried: the repository has no version to go back to.',
      evidence: [],
    },
  });
}

/** System health and model quality are both watched, and the alerts reach somebody. */
function monitoring({ map, open, validations }: QualityInput): QualityCheck {
  const name = 'monitoring';
  const against = open.filter((risk) => risk.blocks === 'alerting');
  if (against.length > 0) {
    return {
      name,
      verdict: 'not-met',
      statement: `Alerts can be blind or mute: ${rulesOf(against)}.`,
      evidence: idsOf(against),
    };
  }
  if (map === undefined)
    return { name, verdict: 'unknown', statement: 'There is no map to judge the monitoring by.', evidence: [] };
  const alerts = map.components.filter(
    ({ stage, kind }) => stage === 'monitoring' && /alert/i.test(kind) && !/alertmanager|route|receiver/i.test(kind),
  );
  const quality = alerts.filter((alert) => speaksOf(alert, MODEL_QUALITY));
  const health = alerts.filter((alert) => speaksOf(alert, SYSTEM_HEALTH) && !quality.includes(alert));
  const missing = [
    ...(quality.length === 0 ? ['model quality'] : []),
    ...(health.length === 0 ? ['system health'] : []),
  ];
  if (missing.length > 0) {
    return {
      name,
      verdict: 'not-met',
      statement: `No alert in the repository is about ${missing.join(' or ')}.`,
      evidence: idsOf(alerts),
    };
  }
  const evidence = idsOf([...health, ...quality]);
  const proof = validations.find((validation) => validation.path === 'alerting');
  return proof?.verdict === 'proved'
    ? {
        name,
        verdict: 'met',
        statement: 'Alerts watch system health and model quality, and the alerting path was proved.',
        evidence,
      }
    : {
        name,
        verdict: 'unknown',
        statement: 'Alerts are about system health and model quality, but the alerting path was not proved.',
        evidence,
      };
}

/** What only the real environment can show is called out for every path that exists. */
function environmentOnly({ validations }: QualityInput): QualityCheck {
  const name = 'environment-only';
  const existing = validations.filter((validation) => validation.verdict !== 'not-applicable');
  if (existing.length === 0)
    return {
      name,
      verdict: 'unknown',
      statement: 'No validation ran, so no check is left to the environment.',
      evidence: [],
    };
  const without = existing.filter((validation) => validation.liveOnly.length === 0);
  const evidence = liveOnlyChecks(existing).map(({ id }) => id);
  return without.length === 0
    ? {
        name,
        verdict: 'met',
        statement:
          evidence.length === 1
            ? 'The one check that only the environment can do is listed with its command.'
            : `${evidence.length} checks that only the environment can do are listed with their commands.`,
        evidence,
      }
    : {
        name,
        verdict: 'not-met',
        statement: `No check of the real environment is listed for: ${without.map(({ path }) => path).join(', ')}.`,
        evidence,
      };
}

function byPath(
  name: QualityCheck['name'],
  path: ValidationPath,
  validations: readonly Validation[],
  against: readonly Risk[],
  words: { met: string; notApplicable: Omit<QualityCheck, 'name'> },
): QualityCheck {
  const validation = validations.find((one) => one.path === path);
  const probes = validation?.probes ?? [];
  const failed = probes.filter((probe) => probe.verdict === 'failed');
  if (against.length > 0 || failed.length > 0) {
    const parts = [
      ...(against.length > 0 ? [`Open: ${rulesOf(against)}.`] : []),
      ...(failed.length > 0 ? [`${failed.length} of ${probes.length} probes of the ${path} path failed.`] : []),
    ];
    return { name, verdict: 'not-met', statement: parts.join(' '), evidence: [...idsOf(against), ...idsOf(failed)] };
  }
  if (validation === undefined)
    return { name, verdict: 'unknown', statement: `The ${path} path was not examined.`, evidence: [] };
  if (validation.verdict === 'not-applicable') return { name, ...words.notApplicable };
  if (validation.verdict === 'proved') return { name, verdict: 'met', statement: words.met, evidence: idsOf(probes) };
  return {
    name,
    verdict: 'unknown',
    statement: `The ${path} path could not be proved: ${validation.reason}`,
    evidence: idsOf(probes),
  };
}

function speaksOf(alert: Component, words: ReadonlySet<string>): boolean {
  return `${alert.name} ${alert.evidence}`
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .some((word) => words.has(word));
}

function rulesOf(risks: readonly Risk[]): string {
  return [...new Set(risks.map((risk) => `${risk.rule} ${risk.name}`))].join(', ');
}

function idsOf(things: readonly { id: string }[]): string[] {
  return things.map((thing) => thing.id);
}

function wordSet(...lines: string[]): ReadonlySet<string> {
  return new Set(lines.join(' ').split(' '));
}
