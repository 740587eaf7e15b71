import { posix } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import type { ProbeResult } from '../../contract/probe.js';
import { checkConfig } from '../../monitoring/promtool.js';
import { alertProbe, textEvidence, yamlEvidence } from './alertProbe.js';

/** A Prometheus configuration that a change makes load rules. */
export interface PrometheusInput {
  path: string;
  text: string;
  /** The configuration before the change. */
  before: string;
  /** The repository's rule files: path → text. */
  files: Readonly<Record<string, string>>;
}

interface Loaded {
  /** Repository paths of the rule files that promtool read, with the number of their rules. */
  rules: { path: string; count: number }[];
  valid: boolean;
  config: string;
  output: string;
  notes: string[];
}

/**
 * Shows by `promtool check config` that the configuration loads rules (among them those of
 * `mustLoad`), and that the unfixed configuration doesn't. Only the rule files' patterns and the
 * global intervals reach promtool: nothing else of the configuration is looked up on this machine.
 */
export async function proveRuleLoading(
  prometheus: PrometheusInput,
  mustLoad: string | undefined,
  promtool: string | undefined,
  signal?: AbortSignal,
): Promise<ProbeResult[]> {
  const subject = prometheus.path;
  const wanted = mustLoad !== undefined && mustLoad in prometheus.files ? mustLoad : undefined;
  const what = wanted === undefined ? 'at least one rule' : `the rules of ${wanted}`;
  const positive = {
    statement: `The configuration ${prometheus.path} loads ${what}.`,
    expected: `promtool accepts its rule files and finds ${what} in them.`,
  };
  const negative = {
    statement: `The configuration as it was before the change does not load ${what}.`,
    expected: `promtool does not find ${what}.`,
  };
  const changed = prometheus.before !== prometheus.text;
  if (promtool === undefined) {
    const observed = { observed: 'not run: promtool not found', verdict: 'not-run' as const };
    return [
      alertProbe('positive', 'configuration-loads-the-rules', subject, { ...positive, ...observed }),
      ...(changed
        ? [alertProbe('negative', 'unfixed-configuration-loads-none', subject, { ...negative, ...observed })]
        : []),
    ];
  }
  const loads = (loaded: Loaded) =>
    loaded.rules.some(({ path, count }) => count > 0 && (wanted === undefined || path === wanted));
  const now = await load(prometheus, prometheus.text, promtool, signal);
  const probes = [
    alertProbe(
      'positive',
      'configuration-loads-the-rules',
      subject,
      { ...positive, observed: described(now), verdict: now.valid && loads(now) ? 'passed' : 'failed' },
      evidenceOf(now),
    ),
  ];
  if (changed) {
    const before = await load(prometheus, prometheus.before, promtool, signal);
    probes.push(
      alertProbe(
        'negative',
        'unfixed-configuration-loads-none',
        subject,
        { ...negative, observed: described(before), verdict: loads(before) ? 'failed' : 'passed' },
        evidenceOf(before),
      ),
    );
  }
  return probes;
}

async function load(prometheus: PrometheusInput, text: string, tool: string, signal?: AbortSignal): Promise<Loaded> {
  const document = parseDocument(text, { schema: 'failsafe', merge: true });
  const [problem] = document.errors;
  const plain: unknown = problem === undefined ? document.toJS({ maxAliasCount: 100 }) : undefined;
  if (problem !== undefined || typeof plain !== 'object' || plain === null) {
    const output = `the configuration is no YAML map: ${problem?.message.split('\n')[0] ?? ''}`;
    return { rules: [], valid: false, config: '', output, notes: [output] };
  }
  const { global, rule_files: listed } = plain as Record<string, unknown>;
  const folder = posix.dirname(prometheus.path);
  const files: Record<string, string> = { ...prometheus.files };
  const origin = new Map(Object.keys(prometheus.files).map((path) => [path, path]));
  const notes: string[] = [];
  const patterns = (Array.isArray(listed) ? listed : []).filter((item): item is string => typeof item === 'string');
  const mapped = patterns.flatMap((pattern, index) => {
    if (posix.isAbsolute(pattern)) {
      // Where it is mounted only the environment knows: the repository's files of that name stand for it.
      const own = posix.join('mounted', String(index));
      for (const [path, content] of Object.entries(prometheus.files)) {
        const copy = posix.join(own, posix.basename(path));
        if (copy in files) continue;
        files[copy] = content;
        origin.set(copy, path);
      }
      notes.push(`${pattern} is taken to be the repository's files of that name`);
      return [posix.relative(folder, posix.join(own, posix.basename(pattern)))];
    }
    if (posix.join(folder, pattern).startsWith('..')) {
      notes.push(`${pattern} lies outside the repository and is not checked`);
      return [];
    }
    return [pattern];
  });
  const config = stringify({ ...(intervalsOf(global) ?? {}), rule_files: mapped }, { version: '1.1', lineWidth: 0 });
  files[prometheus.path] = config;
  const run = await checkConfig({ tool, files, configFile: prometheus.path, signal });
  const output = `${run.stdout.trim()}\n${run.stderr.trim()}`.trim();
  return { rules: rulesIn(output, origin), valid: run.exitCode === 0, config, output, notes };
}

function intervalsOf(global: unknown): Record<string, unknown> | undefined {
  if (typeof global !== 'object' || global === null) return undefined;
  const kept = Object.entries(global).filter(([key]) => ['scrape_interval', 'evaluation_interval'].includes(key));
  return kept.length === 0 ? undefined : { global: Object.fromEntries(kept) };
}

/** `Checking PATH` followed by `SUCCESS: N rules found`, for each rule file. */
function rulesIn(output: string, origin: ReadonlyMap<string, string>): Loaded['rules'] {
  return [...output.matchAll(/^Checking (.+)\n\s*SUCCESS: (\d+) rules found/gm)].map((match) => {
    const path = posix.normalize(match[1] as string);
    return { path: origin.get(path) ?? path, count: Number(match[2]) };
  });
}

function described({ rules, valid, output, notes }: Loaded): string {
  const found = rules.map(({ path, count }) => `${count} rules in ${path}`).join(', ');
  const remark = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  if (!valid) {
    const failure = output.split('\n').find((line) => line.includes('FAILED')) ?? output;
    return `promtool refuses it: ${failure.trim()}${remark}`;
  }
  return `promtool accepts it and finds ${found === '' ? 'no rule file' : found}${remark}`;
}

function evidenceOf({ config, output }: Loaded) {
  return [yamlEvidence('rule files of the configuration', config), textEvidence('promtool output', output)];
}
