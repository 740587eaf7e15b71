import type { PythonCall, PythonModule } from '../../lifecycle/facts.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { editOf } from '../textEdit.js';
import { globalSeed, hasSplat, isGiven, isTrue, withArgument } from './seedArgument.js';
import { seedFor } from './seedValue.js';

const ALWAYS_RANDOM = new Set(['ShuffleSplit', 'StratifiedShuffleSplit', 'GroupShuffleSplit']);
const RANDOM_WHEN_SHUFFLED = new Set(['KFold', 'StratifiedKFold', 'StratifiedGroupKFold']);
const PART_OF_A_SPLIT = /(^|_)(train|test|val|valid|validation|holdout|dev|eval)(_|$)/i;

/** The keyword that would make a split repeatable, where the call is an unseeded random split. */
function missingSeed(call: PythonCall): 'random_state' | 'generator' | undefined {
  if (hasSplat(call)) return undefined;
  const name = call.resolved.split('.').at(-1) ?? '';
  if (call.resolved.startsWith('sklearn.model_selection.')) {
    if (isGiven(call, 'random_state')) return undefined;
    if (ALWAYS_RANDOM.has(name)) return 'random_state';
    if (RANDOM_WHEN_SHUFFLED.has(name)) return isTrue(call, 'shuffle') ? 'random_state' : undefined;
    if (name !== 'train_test_split') return undefined;
    const shuffle = call.arguments.find((argument) => argument.name === 'shuffle')?.value;
    return shuffle === undefined || (shuffle.kind === 'boolean' && shuffle.value) ? 'random_state' : undefined;
  }
  if (call.resolved === 'torch.utils.data.random_split') {
    const positional = call.arguments.filter((argument) => argument.name === undefined).length;
    return isGiven(call, 'generator') || positional >= 3 ? undefined : 'generator';
  }
  return undefined;
}

/** `df.sample(frac=0.8)` whose result is called a part of a split. */
function isPandasSample(call: PythonCall, module: PythonModule): boolean {
  return (
    call.callee.endsWith('.sample') &&
    module.imports.some((each) => each.module === 'pandas' || each.module.startsWith('pandas.')) &&
    !module.imports.some((each) => each.alias === call.callee.split('.')[0]) &&
    call.arguments.some((argument) => argument.name === 'frac' || argument.name === 'n') &&
    !call.arguments.some(
      (argument) => argument.name === 'frac' && argument.value.kind === 'number' && argument.value.value === 1,
    ) &&
    call.assignedTo.some((name) => PART_OF_A_SPLIT.test(name)) &&
    !hasSplat(call) &&
    !isGiven(call, 'random_state')
  );
}

interface Site {
  finding: Finding;
  module: PythonModule;
  call: PythonCall;
  keyword: 'random_state' | 'generator';
}

function sitesIn(context: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  const sites: Site[] = [];
  for (const module of context.facts.pythonModules) {
    if (!isScanned(module.path) || module.syntaxErrors) continue;
    for (const call of module.calls) {
      const keyword = missingSeed(call) ?? (isPandasSample(call, module) ? 'random_state' : undefined);
      if (keyword === undefined) continue;
      const name = call.callee.split('.').at(-1) ?? call.callee;
      const seeded = globalSeed(module, call.line);
      sites.push({
        module,
        call,
        keyword,
        finding: {
          path: module.path,
          line: call.line,
          subject: numbering.next(module.path, call.scope === '' ? name : `${name} in ${call.scope}`),
          message: `${name} in ${module.path} splits the data at random without \`${keyword}\`.`,
          consequence:
            'Every run measures on other rows, so metrics of two runs, and a gate that compares them, mean little.',
          evidence: evidenceOf(
            quoteLine(context.snapshot, module.path, call.line),
            ...(seeded ? [quoteLine(context.snapshot, module.path, seeded.line)] : []),
          ),
          // A global seed repeats the split only while nothing before it draws another number.
          ...(seeded ? { severity: 'low' as const } : {}),
          ...(keyword === 'generator' ? { unfixableBecause: 'a torch generator must be made and seeded by hand' } : {}),
        },
      });
    }
  }
  return sites;
}

/** DET-001; basis: ML Test Score Infra 1 (training is reproducible), dslinter W5509. */
export const unseededDataSplit: Rule = {
  id: 'DET-001',
  name: 'unseeded-data-split',
  area: 'determinism',
  stage: 'training',
  severity: 'high',
  confidence: 'certain',
  summary: 'A train/test split whose rows change on every run.',
  reads: 'Python modules; params.yaml for the seed of the fix',
  page: 'determinism/unseeded-data-split.md',
  answers: ['unseeded-training'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = site && context.snapshot.text(site.module.path);
    if (!site || text === undefined || site.keyword === 'generator')
      return { unfixable: 'the call is no longer there' };
    const seed = seedFor(site.module.path, context);
    return {
      edits: [editOf(site.module.path, withArgument(text, site.call, 'random_state', seed))],
      reason: `\`random_state=${seed}\` makes the split the same in every run on the same data.`,
      tradeOff:
        'The model is always judged on the same rows, so a lucky split stays lucky; vary the seed on purpose to see.',
    };
  },
};
