import type { Trigger } from '../contract/request.js';
import type { Risk } from '../contract/risk.js';
import { metricsOf } from '../proofs/alerts/metricsRead.js';
import { readRuleFiles, type WrittenRule } from '../proofs/alerts/prove/readRuleFiles.js';
import type { RuleContext } from '../risks/rule.js';

/** The alerts of one rule file that a change's proof is about. */
export interface ProvedFile {
  path: string;
  text: string;
  /** Unset when the change doesn't touch the file. */
  before: string | undefined;
  alerts: string[];
}

export interface ProvedAlerts {
  files: ProvedFile[];
  /** Names of alerts that the change adds, changes or is for. */
  touched: string[];
  /** Names of changed alerts that are beyond what one task proves. */
  omitted: string[];
}

/** Alerts proved in one task beside those that it changes; each takes several runs of promtool. */
const MOST_NAMED = 4;
const MOST_CHANGED = 24;

/**
 * Which alerts are proved: those that the change adds or changes, be it by a recording rule that they
 * read; those that the closed risks are about; those of the incident; and where there is none of all
 * these the most severe of the repository.
 */
export function alertsToProve(change: {
  before: RuleContext;
  after: RuleContext;
  closes: readonly Risk[];
  trigger: Trigger;
}): ProvedAlerts {
  const { after, closes, trigger } = change;
  const subjects = new Set(closes.map((risk) => risk.subject));
  const named = new Set(subjects);
  if (trigger.kind === 'incident') for (const alert of trigger.incident.alerts) named.add(alert.name);
  const changed = changedAlerts(change.before, after);
  const files = after.facts.ruleFiles.filter((file) => file.container !== 'embedded');
  const all = files.flatMap((file) =>
    file.rules.filter((rule) => rule.kind === 'alert').map((rule) => ({ path: file.path, rule })),
  );
  let chosen = all.filter(({ rule }) => named.has(rule.name));
  if (chosen.length === 0 && changed.length === 0) {
    const plain = after.facts.ruleFiles.filter(({ container }) => container === 'file').map(({ path }) => path);
    const loaded = new Set(
      closes.filter((risk) => risk.rule === 'MON-002').flatMap((risk) => loadedBeside(risk, plain)),
    );
    const candidates = all.filter(({ path }) => (loaded.size > 0 ? loaded.has(path) : plain.includes(path)));
    chosen = mostSevere(candidates);
  }
  const kept = changed.slice(0, MOST_CHANGED);
  const isKept = (path: string, name: string) => kept.some((one) => one.path === path && one.name === name);
  const more = chosen
    .map(({ path, rule }) => ({ path, name: rule.name }))
    .filter(({ path, name }) => !isKept(path, name))
    .slice(0, MOST_NAMED);
  const byFile = new Map<string, string[]>();
  for (const { path, name } of [...kept, ...more]) byFile.set(path, [...(byFile.get(path) ?? []), name]);
  return {
    files: [...byFile].map(([path, alerts]) => {
      const before = change.before.snapshot.text(path);
      const text = after.snapshot.text(path) ?? '';
      return { path, text, before: before === text ? undefined : before, alerts: [...new Set(alerts)] };
    }),
    touched: [...new Set([...changed.map(({ name }) => name), ...subjects])],
    omitted: changed.slice(MOST_CHANGED).map(({ name }) => name),
  };
}

/** Alerts that a change adds or whose meaning it changes, in the order of the files. */
function changedAlerts(before: RuleContext, after: RuleContext): { path: string; name: string }[] {
  const paths = [...new Set(after.facts.ruleFiles.map(({ path }) => path))];
  const touched = paths.filter((path) => before.snapshot.text(path) !== after.snapshot.text(path));
  if (touched.length === 0) return [];
  const now = new Map(paths.map((path) => [path, rulesIn(after, path)]));
  const changed = new Set(touched.flatMap((path) => changedRules(rulesIn(before, path), now.get(path) ?? [])));
  const affected = new Set([...changed].filter(({ kind }) => kind === 'record').map(({ name }) => name));
  const all = [...now.values()].flat();
  for (let grown = affected.size > 0; grown; ) {
    grown = false;
    for (const rule of all) {
      if (changed.has(rule) || !metricsOf(rule.expr).some((metric) => affected.has(metric))) continue;
      changed.add(rule);
      if (rule.kind === 'record') affected.add(rule.name);
      grown = true;
    }
  }
  return all
    .filter((rule) => rule.kind === 'alert' && changed.has(rule))
    .map(({ file: path, name }) => ({ path, name }));
}

function rulesIn({ snapshot }: RuleContext, path: string): readonly WrittenRule[] {
  return readRuleFiles([{ path, text: snapshot.text(path) ?? '' }]).rules;
}

/** Rules that aren't there as they are now, in a group of the same interval. */
function changedRules(before: readonly WrittenRule[], after: readonly WrittenRule[]): WrittenRule[] {
  const key = ({ group, interval, plain }: WrittenRule) => JSON.stringify([group, interval ?? null, plain]);
  const known = new Set(before.map(key));
  return after.filter((rule) => !known.has(key(rule)));
}

function loadedBeside(risk: Risk, paths: readonly string[]): string[] {
  const folder = risk.path.includes('/') ? risk.path.slice(0, risk.path.lastIndexOf('/') + 1) : '';
  return paths.filter((path) => path.startsWith(folder));
}

function mostSevere<T extends { rule: { labels: Record<string, { value: string }> } }>(rules: readonly T[]): T[] {
  const rank = ({ rule }: T) => (['critical', 'page'].includes(rule.labels.severity?.value ?? '') ? 0 : 1);
  return [...rules].sort((a, b) => rank(a) - rank(b)).slice(0, 1);
}
