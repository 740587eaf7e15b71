import { digestOf } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { Confidence, Risk } from '../contract/risk.js';
import { severityRank } from '../contract/severity.js';
import type { FileEdit } from '../contract/snapshot.js';
import { unseededDataSplit } from './determinism/unseededDataSplit.js';
import { unseededStochasticEstimator } from './determinism/unseededStochasticEstimator.js';
import { alertRoutesNowhere } from './incident-response/alertRoutesNowhere.js';
import { containerWithoutResourceLimits } from './incident-response/containerWithoutResourceLimits.js';
import { routeToUndefinedReceiver } from './incident-response/routeToUndefinedReceiver.js';
import { serviceWithoutHealthCheck } from './incident-response/serviceWithoutHealthCheck.js';
import { servingWithoutReadinessGate } from './incident-response/servingWithoutReadinessGate.js';
import { workloadWithoutProbes } from './incident-response/workloadWithoutProbes.js';
import { gateStepCannotFail } from './lineage-and-promotion/gateStepCannotFail.js';
import { mutableModelUriInServing } from './lineage-and-promotion/mutableModelUriInServing.js';
import { promotionWithoutQualityGate } from './lineage-and-promotion/promotionWithoutQualityGate.js';
import { absenceWithoutWait } from './monitoring/absenceWithoutWait.js';
import { alertOnNeverExportedMetric } from './monitoring/alertOnNeverExportedMetric.js';
import { alertOnRenamedLabel } from './monitoring/alertOnRenamedLabel.js';
import { alertRulesNotLoaded } from './monitoring/alertRulesNotLoaded.js';
import { alertsNotSent } from './monitoring/alertsNotSent.js';
import { reversedAbsence } from './monitoring/reversedAbsence.js';
import { thresholdInAnotherUnit } from './monitoring/thresholdInAnotherUnit.js';
import { unwatchedModelMetric } from './monitoring/unwatchedModelMetric.js';
import { baseImageNotImmutable } from './reproducibility/baseImageNotImmutable.js';
import { mutableActionOrComponentRef } from './reproducibility/mutableActionOrComponentRef.js';
import { secretInRepository } from './reproducibility/secretInRepository.js';
import { terraformAutoApprove } from './reproducibility/terraformAutoApprove.js';
import { unpinnedMlDependencies } from './reproducibility/unpinnedMlDependencies.js';
import { ephemeralRegistryStore } from './rollback/ephemeralRegistryStore.js';
import { helmUpgradeWithoutRollback } from './rollback/helmUpgradeWithoutRollback.js';
import { movingImageTag } from './rollback/movingImageTag.js';
import { noRollbackPath } from './rollback/noRollbackPath.js';
import { revisionHistoryZero } from './rollback/revisionHistoryZero.js';
import { servingImageMutableTag } from './rollback/servingImageMutableTag.js';
import { staleImagePullPolicy } from './rollback/staleImagePullPolicy.js';
import { argoCanaryWithoutAnalysis } from './rollout/argoCanaryWithoutAnalysis.js';
import { noCanaryOrShadow } from './rollout/noCanaryOrShadow.js';
import type { Finding, Rule, RuleContext } from './rule.js';

/** Every rule, by focus area and id. */
export const RULES: readonly Rule[] = [
  unseededDataSplit,
  unseededStochasticEstimator,
  mutableModelUriInServing,
  promotionWithoutQualityGate,
  gateStepCannotFail,
  argoCanaryWithoutAnalysis,
  noCanaryOrShadow,
  revisionHistoryZero,
  servingImageMutableTag,
  helmUpgradeWithoutRollback,
  noRollbackPath,
  movingImageTag,
  staleImagePullPolicy,
  ephemeralRegistryStore,
  alertOnNeverExportedMetric,
  alertRulesNotLoaded,
  alertsNotSent,
  unwatchedModelMetric,
  thresholdInAnotherUnit,
  reversedAbsence,
  absenceWithoutWait,
  alertOnRenamedLabel,
  baseImageNotImmutable,
  unpinnedMlDependencies,
  mutableActionOrComponentRef,
  secretInRepository,
  terraformAutoApprove,
  alertRoutesNowhere,
  routeToUndefinedReceiver,
  servingWithoutReadinessGate,
  containerWithoutResourceLimits,
  workloadWithoutProbes,
  serviceWithoutHealthCheck,
];

/** A mechanical fix, or why there is none. */
export type Fix = { edits: FileEdit[]; reason: string; tradeOff: string } | { unfixable: string };

const CONFIDENCE_RANK: Record<Confidence, number> = { certain: 0, likely: 1, hint: 2 };

/**
 * Runs all rules over a snapshot. The worst risks come first; among equals those that are surest,
 * then by path, line and id. The same context gives the same list.
 */
export function assess(context: RuleContext): Risk[] {
  return RULES.flatMap((rule) => rule.check(context).map((finding) => riskOf(rule, finding))).sort(
    (a, b) =>
      severityRank(b.severity) - severityRank(a.severity) ||
      CONFIDENCE_RANK[a.confidence] - CONFIDENCE_RANK[b.confidence] ||
      compareText(a.path, b.path) ||
      a.line - b.line ||
      compareText(a.id, b.id),
  );
}

/**
 * The mechanical fix of a risk that {@link assess} gave for the same context.
 * @throws MlopsError `MLOPS-INT-001` when no rule has the risk's id.
 */
export function fixFor(risk: Risk, context: RuleContext): Fix {
  const rule = RULES.find(({ id }) => id === risk.rule);
  if (!rule) throw new MlopsError('MLOPS-INT-001', `There is no rule ${risk.rule}.`, { where: risk.id });
  if (!risk.fixable || !rule.fix) return { unfixable: risk.unfixableBecause ?? 'the rule has no mechanical fix' };
  return rule.fix(risk, context);
}

function riskOf(rule: Rule, finding: Finding): Risk {
  const fixable = rule.fix !== undefined && finding.unfixableBecause === undefined;
  return {
    id: `${rule.id}:${digestOf([finding.path, finding.subject]).slice(0, 12)}`,
    rule: rule.id,
    name: rule.name,
    area: rule.area,
    stage: rule.stage,
    severity: finding.severity ?? rule.severity,
    confidence: finding.confidence ?? rule.confidence,
    path: finding.path,
    line: finding.line,
    subject: finding.subject,
    message: finding.message,
    consequence: finding.consequence,
    evidence: finding.evidence,
    ...(rule.blocks === undefined ? {} : { blocks: rule.blocks }),
    fixable,
    ...(fixable ? {} : { unfixableBecause: finding.unfixableBecause ?? 'the rule has no mechanical fix' }),
  };
}

/** By code units, so that the order doesn't depend on a locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
