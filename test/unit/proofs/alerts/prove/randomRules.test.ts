import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { findTool } from '../../../../../src/monitoring/tool.js';
import { proveRules } from '../../../../../src/proofs/alerts/prove/proveRules.js';
import { Promtool } from '../../../../../src/proofs/alerts/prove/runPromtool.js';
import { ALERT_VERDICTS, type RuleVerdict } from '../../../../../src/proofs/alerts/verdict.js';
import { describeWithPromTools } from '../../../../support/promTools.js';

let tool: string;

beforeAll(async () => {
  tool = await findTool('promtool');
});

const name = fc.constantFrom('requests_total', 'errors_total', 'queue_size', 'temperature', 'up');
const matcher = fc.constantFrom('', '{job="api"}', '{code=~"5.."}', '{code!="200"}', '{env!~"dev|test"}');
const selector = fc.tuple(name, matcher).map(([metric, matchers]) => metric + matchers);
const range = fc.constantFrom('5m', '10m', '1h');
const grouping = fc.constantFrom('', ' by (job)', ' without (instance)');
const bound = fc.constantFrom('0', '0.5', '1', '5', '-3', '1e3');
const comparison = fc.constantFrom('>', '>=', '<', '<=', '==', '!=');

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'query' },
    selector,
    fc
      .tuple(fc.constantFrom('rate', 'increase', 'delta', 'avg_over_time', 'max_over_time', 'changes'), selector, range)
      .map(([call, read, over]) => `${call}(${read}[${over}])`),
    fc
      .tuple(fc.constantFrom('sum', 'avg', 'max', 'min', 'count'), grouping, tie('value'))
      .map(([call, by, inner]) => `${call}${by} (${inner})`),
    fc
      .tuple(tie('value'), fc.constantFrom('+', '-', '*', '/'), fc.oneof(bound, tie('value')))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie('value'), fc.constantFrom('/ on (instance)', 'and on (job)', 'or', 'unless on (instance)'), selector)
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie('value').map((inner) => `abs(${inner})`),
  ),
}));

const rule = fc.record({
  expr: fc.oneof(
    fc.tuple(value, comparison, bound).map(([left, operator, right]) => `${left} ${operator} ${right}`),
    selector.map((read) => `absent(${read})`),
  ),
  for: fc.constantFrom('0s', '1m', '5m'),
});

async function prove(rules: readonly object[]): Promise<RuleVerdict[]> {
  const text = JSON.stringify({
    groups: [{ name: 'g', rules: rules.map((fields, index) => ({ alert: `Random${index}`, ...fields })) }],
  });
  const verdicts: RuleVerdict[] = [];
  const input = { files: [{ path: 'random.yml', text }], promtool: tool, jobs: 1, scrapeInterval: 30 };
  for await (const verdict of proveRules(input)) verdicts.push(verdict);
  return verdicts;
}

interface Evidence {
  rules: string;
  tests: string;
}

/** A separate run of promtool on tests and rules. */
async function passed(all: readonly Evidence[]): Promise<boolean[]> {
  const jobs = all.map(({ rules, tests }, index) => ({
    files: { [`${index}/rules.yml`]: rules, [`${index}/test.yml`]: tests },
    test: `${index}/test.yml`,
  }));
  return (await new Promtool({ tool, jobs: 1 }).test(jobs)).map((run) => run.passed);
}

const OPPOSITE: Readonly<Record<string, string>> = {
  '>': '<=',
  '>=': '<',
  '<': '>=',
  '<=': '>',
  '==': '!=',
  '!=': '==',
};

function reversed(expr: string): string {
  if (expr.startsWith('absent(')) return expr.slice('absent'.length);
  return expr.replace(
    / (>=?|<=?|==|!=) (\S+)$/,
    (_, operator: string, right: string) => ` ${OPPOSITE[operator]} ${right}`,
  );
}

const RULES = 12;
const SEED = 20_240_229;

describeWithPromTools('proveRules on random rules', () => {
  it('gives each one of the verdicts; what it proves passes in another run of promtool, and fails reversed', async () => {
    const rules = fc.sample(rule, { seed: SEED, numRuns: RULES });
    const verdicts = await prove(rules);
    expect(verdicts.map(({ alert }) => alert)).toEqual(rules.map((_, index) => `Random${index}`));
    for (const { verdict } of verdicts) expect(ALERT_VERDICTS).toContain(verdict);
    const proved = verdicts.flatMap(({ verdict, evidence }, index) =>
      verdict === 'proved' && evidence !== undefined ? [{ evidence, expr: rules[index]?.expr as string }] : [],
    );
    expect(proved.length).toBeGreaterThan(0);
    const others = proved.map(({ evidence, expr }) => ({
      ...evidence,
      rules: evidence.rules.replace(JSON.stringify(expr), JSON.stringify(reversed(expr))),
    }));
    others.forEach(({ rules: other }, index) => {
      expect(other).not.toBe(proved[index]?.evidence.rules);
    });
    const exprs = proved.map(({ expr }) => expr);
    const again = await passed(proved.map(({ evidence }) => evidence));
    expect(exprs.filter((_, index) => !again[index])).toEqual([]);
    const survived = await passed(others);
    expect(exprs.filter((_, index) => survived[index])).toEqual([]);
  }, 300_000);
});
