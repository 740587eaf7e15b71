import type { PythonCall, PythonModule } from '../../lifecycle/facts.js';
import { alternatives } from '../alternatives.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { editOf } from '../textEdit.js';
import { globalSeed, hasSplat, isGiven, isTrue, stringArgument, withArgument } from './seedArgument.js';
import { seedFor } from './seedValue.js';

/** scikit-learn classes that draw random numbers whatever their arguments. */
const STOCHASTIC = alternatives(
  '^',
  `
    RandomForest(Classifier|Regressor) ExtraTrees?(Classifier|Regressor) RandomTreesEmbedding
    GradientBoosting(Classifier|Regressor) DecisionTree(Classifier|Regressor)
    SGD(Classifier|Regressor|OneClassSVM) MLP(Classifier|Regressor) (MiniBatch|Bisecting)?KMeans IsolationForest
    Bagging(Classifier|Regressor) AdaBoost(Classifier|Regressor) RandomizedSearchCV TSNE NMF MiniBatchNMF
  `,
  '$',
);

const RANDOM_SOLVERS = new Set(['sag', 'saga', 'liblinear']);

function isUnseeded(call: PythonCall, module: PythonModule): boolean {
  if (!call.resolved.startsWith('sklearn.') || hasSplat(call) || isGiven(call, 'random_state')) return false;
  if (seededLater(call, module)) return false;
  const name = call.resolved.split('.').at(-1) ?? '';
  if (STOCHASTIC.test(name)) return true;
  if (name === 'LogisticRegression') return RANDOM_SOLVERS.has(stringArgument(call, 'solver') ?? '');
  if (name === 'Ridge' || name === 'RidgeClassifier')
    return ['sag', 'saga'].includes(stringArgument(call, 'solver') ?? '');
  if (name === 'SVC' || name === 'NuSVC') return isTrue(call, 'probability');
  if (name === 'TruncatedSVD') return (stringArgument(call, 'algorithm') ?? 'randomized') === 'randomized';
  return false;
}

/** `model.set_params(random_state=…)` on the name that holds the estimator. */
function seededLater(call: PythonCall, module: PythonModule): boolean {
  return module.calls.some(
    (other) =>
      other.callee.endsWith('.set_params') &&
      (hasSplat(other) || isGiven(other, 'random_state')) &&
      call.assignedTo.includes(other.callee.slice(0, -'.set_params'.length)),
  );
}

interface Site {
  finding: Finding;
  module: PythonModule;
  call: PythonCall;
}

function sitesIn(context: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  const sites: Site[] = [];
  for (const module of context.facts.pythonModules) {
    if (!isScanned(module.path) || module.syntaxErrors) continue;
    for (const call of module.calls) {
      if (!isUnseeded(call, module)) continue;
      const name = call.resolved.split('.').at(-1) ?? call.callee;
      const seeded = globalSeed(module, call.line);
      sites.push({
        module,
        call,
        finding: {
          path: module.path,
          line: call.line,
          subject: numbering.next(module.path, call.scope === '' ? name : `${name} in ${call.scope}`),
          message: `${name} in ${module.path} draws random numbers and has no \`random_state\`.`,
          consequence: 'Training twice on the same data gives two different models, so a result cannot be reproduced.',
          evidence: evidenceOf(
            quoteLine(context.snapshot, module.path, call.line),
            ...(seeded ? [quoteLine(context.snapshot, module.path, seeded.line)] : []),
          ),
          ...(seeded ? { severity: 'low' as const } : {}),
        },
      });
    }
  }
  return sites;
}

/** DET-002; basis: ML Test Score Infra 1, dslinter W5509. XGBoost and others have a fixed default seed. */
export const unseededStochasticEstimator: Rule = {
  id: 'DET-002',
  name: 'unseeded-stochastic-estimator',
  area: 'determinism',
  stage: 'training',
  severity: 'medium',
  confidence: 'certain',
  summary: 'A scikit-learn estimator with inner randomness and no seed.',
  reads: 'Python modules; params.yaml for the seed of the fix',
  page: 'determinism/unseeded-stochastic-estimator.md',
  answers: ['unseeded-training'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = site && context.snapshot.text(site.module.path);
    if (!site || text === undefined) return { unfixable: 'the call is no longer there' };
    const seed = seedFor(site.module.path, context);
    return {
      edits: [editOf(site.module.path, withArgument(text, site.call, 'random_state', seed))],
      reason: `\`random_state=${seed}\` makes training on the same data give the same model.`,
      tradeOff: 'One seed hides how much the result varies; train with several on purpose to see that.',
    };
  },
};
