import { deploymentTexts, onlineDeployments } from '../deployedModel.js';
import { evidenceOf, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule, RuleContext } from '../rule.js';

/** Words of the tools and of the practice. `traffic_percentage: 100` is all of it at once. */
const GRADUAL =
  /canary|blue[-_ ]?green|\bshadow[-_ ]?(deploy|mode|traffic|model|test|variant|predict)|mirror_?(traffic|percent)|\ba\/?b[-_ ]?test|champion[-_ ]?challenger|traffic_?split|traffic_?percentage["']?\s*[:=]\s*(?!["']?100\b)|shadow_production_variants|production_variants\s*\{[\s\S]{0,2000}production_variants\s*\{|multi[-_ ]?armed/i;
const GRADUAL_KINDS = new Set(['Canary', 'TrafficSplit', 'AnalysisRun', 'Experiment']);

/** Whether any part of the traffic can see a new version before all of it does. */
function isGradual(context: RuleContext): boolean {
  return (
    context.facts.kubernetesObjects.some(
      ({ kind, rollout, canaryTrafficPercent }) =>
        GRADUAL_KINDS.has(kind) || rollout !== undefined || canaryTrafficPercent !== undefined,
    ) || deploymentTexts(context).some((text) => GRADUAL.test(text) || /^\s*-?\s*weight:\s*[1-9]\d?\s*$/m.test(text))
  );
}

/** CAN-011; basis: ML Test Score, Infra 6 (models are canaried before they serve); Google SRE Workbook, "Canarying Releases". */
export const noCanaryOrShadow: Rule = {
  id: 'CAN-011',
  name: 'no-canary-or-shadow',
  area: 'rollout',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'likely',
  summary: 'A model that all users get at once.',
  reads: 'the map of deployments; CI, manifests, charts, infrastructure and code for any sign of a gradual rollout',
  page: 'rollout/no-canary-or-shadow.md',
  answers: ['no-canary-or-shadow'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    const [deployment] = onlineDeployments(context);
    if (!deployment || isGradual(context)) return [];
    const { path, lines, kind, name } = deployment;
    return [
      {
        path,
        line: lines.start,
        subject: 'gradual rollout',
        message: `${kind} ${name} gives a new model to all users at once: nothing here splits or mirrors traffic.`,
        consequence: 'A model that is worse in production is noticed when every user already has it.',
        evidence: evidenceOf(quoteLine(context.snapshot, path, lines.start)),
        unfixableBecause: 'how traffic is split depends on the platform and on what a person wants to compare',
      },
    ];
  },
};
