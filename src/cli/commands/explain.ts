import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { RULES } from '../../risks/catalogue.js';
import type { Rule } from '../../risks/rule.js';
import type { CommandContext } from '../context.js';
import { type RulePage, readRulePage } from '../explain/rulePage.js';
import { renderRule, renderRules } from '../render/rule.js';
import { runs, type Shell } from '../shell.js';
import { WrongUsage } from '../wrongUsage.js';

/** Pages lie beside the program, in the sources as in the package. */
const PAGES = new URL('../../../docs/risks/', import.meta.url);

/** `explain`: what a rule finds, why it hurts, when it is silent, and how it is mended. */
export function addExplain(program: Command, shell: Shell): void {
  const command = program
    .command('explain')
    .description('Explain a rule of scan: what it finds, why it hurts, when it is silent, how to mend it')
    .argument('[rule]', 'its id or name, for example MON-001; without one all rules are listed');
  runs<[string | undefined], object>(command, shell, (context, _options, rule) => run(context, rule));
}

async function run(context: CommandContext, named: string | undefined): Promise<void> {
  if (named === undefined) {
    context.print(renderRules(RULES, context.terminal));
    context.answer(RULES.map((rule) => identityOf(rule)));
    return;
  }
  const rule = ruleCalled(named);
  const page = readRulePage(await readFile(new URL(rule.page, PAGES), 'utf8').catch(() => ''));
  context.print(renderRule(rule, page, context.terminal));
  context.answer({ ...identityOf(rule), ...sectionsOf(page) });
}

function identityOf(rule: Rule) {
  const { id, name, area, stage, severity, confidence, summary, reads } = rule;
  return {
    id,
    name,
    area,
    stage,
    severity,
    confidence,
    summary,
    reads,
    page: `docs/risks/${rule.page}`,
    fixable: rule.fix !== undefined,
  };
}

function sectionsOf(page: RulePage) {
  return Object.fromEntries(page.sections.map(({ title, lines }) => [title, lines.join('\n')]));
}

function ruleCalled(named: string): Rule {
  const wanted = named.toLowerCase();
  const found = RULES.find(({ id, name }) => id.toLowerCase() === wanted || name === wanted);
  if (found) return found;
  const near = RULES.filter(
    ({ id, name }) => id.toLowerCase().startsWith(wanted.split('-')[0] ?? '') || name.includes(wanted),
  ).map(({ id }) => id);
  const listed = (near.length > 0 ? near : RULES.map(({ id }) => id)).join(', ');
  throw new WrongUsage(`There is no rule ${named}.`, { where: 'explain', mend: `There are ${listed}.` });
}
