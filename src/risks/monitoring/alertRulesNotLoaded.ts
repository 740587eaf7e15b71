import type { PrometheusConfig } from '../../lifecycle/facts.js';
import { splitLines } from '../../planning/textLines.js';
import { applySplices, indentationOf, insertLines, yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { editOf } from '../textEdit.js';
import {
  canLoad,
  folderOf,
  hasAlerts,
  isLoadable,
  mountedPaths,
  type RulesBeside,
  rulesBeside,
} from './prometheusRules.js';
import { insertTopLevelKey, itemIndentation, yamlPath } from './topLevelKey.js';

interface Site extends RulesBeside {
  /** What `rule_files` should name; empty where it can't be told. */
  paths: string[];
  finding: Finding;
}

/** Rules that are uploaded to a server by CI need no `rule_files`. */
function isUploaded({ facts }: RuleContext): boolean {
  return facts.githubWorkflows.some(({ jobs }) =>
    jobs.some(({ steps }) =>
      steps.some(({ run }) => /\b(mimirtool|cortextool|promtool push)\b/.test(run?.value ?? '')),
    ),
  );
}

function loadsAny(config: PrometheusConfig, { facts }: RuleContext): boolean {
  return (config.ruleFiles ?? []).some((pattern) =>
    facts.ruleFiles.some((file) => canLoad(pattern.value, config, file)),
  );
}

function sitesIn(context: RuleContext): Site[] {
  if (isUploaded(context)) return [];
  const numbering = new SubjectNumbering();
  const configs = rulesBeside(context);
  const anyLoads = configs.some(({ config }) => loadsAny(config, context));
  return configs.flatMap(({ config, files }) => {
    if (!hasAlerts(files) || loadsAny(config, context)) return [];
    const sibling = configs.some(
      (other) =>
        other.config !== config &&
        folderOf(other.config.path) === folderOf(config.path) &&
        loadsAny(other.config, context),
    );
    if (sibling) return [];
    const where = config.embedding ? `${config.embedding.key} of ConfigMap ${config.embedding.object}` : config.path;
    const alerts = files.flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'alert'));
    const sources = [
      ...new Set(files.map(({ path, embedding }) => (embedding ? `ConfigMap ${embedding.object}` : path))),
    ];
    const beside = `${alerts.length} alerts beside it (${listed(sources)})`;
    const written = (config.ruleFiles ?? []).map(({ value }) => value);
    const paths = pathsFor(config, files, context);
    const line = config.ruleFilesPair?.line ?? config.line;
    const first = alerts[0];
    const finding: Finding = {
      path: config.path,
      line,
      subject: numbering.next(
        config.path,
        config.embedding ? `${config.embedding.object}/${config.embedding.key}` : 'rule_files',
      ),
      message:
        written.length > 0
          ? `${where} loads ${listed(written)}, which matches none of the ${beside}.`
          : `${where} has no \`rule_files\`, so none of the ${beside} is loaded.`,
      consequence: 'Prometheus starts without these alerts and says nothing; none of them can ever fire.',
      evidence: evidenceOf(
        quoteLine(context.snapshot, config.path, line),
        ...(first ? [quoteLine(context.snapshot, first.path, first.line)] : []),
        `alerts: ${[...new Set(alerts.map(({ name }) => name))].join(', ')}`,
      ),
      severity: anyLoads ? 'high' : 'critical',
      ...(paths.length === 0
        ? {
            unfixableBecause: config.embedding
              ? 'no manifest tells where the rules are mounted'
              : 'none of the rule files can be read by Prometheus',
          }
        : {}),
    };
    return [{ config, files, paths, finding }];
  });
}

function pathsFor(config: PrometheusConfig, files: RulesBeside['files'], context: RuleContext): string[] {
  if (config.embedding) return mountedPaths(context, config, files);
  const folder = folderOf(config.path);
  return files
    .filter(isLoadable)
    .map(({ path }) => (folder === '' ? path : path.slice(folder.length + 1)))
    .filter((path, index, all) => all.indexOf(path) === index);
}

/** MON-002; basis: Prometheus' documentation of `rule_files` (patterns that match nothing are no error). */
export const alertRulesNotLoaded: Rule = {
  id: 'MON-002',
  name: 'alert-rules-not-loaded',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'critical',
  confidence: 'likely',
  summary: 'Alert rules that the Prometheus configuration beside them does not load.',
  reads: 'Prometheus configurations and rules, as files and in ConfigMaps; mounts of manifests',
  blocks: 'alerting',
  page: 'monitoring/alert-rules-not-loaded.md',
  answers: ['alert-never-fires'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the configuration is no longer there' };
    if (site.finding.unfixableBecause !== undefined) return { unfixable: site.finding.unfixableBecause };
    const edited = withRuleFiles(text, site.config, site.paths);
    if (edited === undefined || yamlDifferences(text, edited)?.length !== 1) {
      return { unfixable: '`rule_files` cannot be added without touching more' };
    }
    const place = site.config.embedding ? 'where the manifest mounts the rules' : 'relative to the configuration';
    const compose = site.config.embedding ? undefined : mountedAlone(site.config, context);
    return {
      edits: [editOf(risk.path, edited)],
      reason: `\`rule_files\` names ${listed(site.paths)}, ${place}.`,
      tradeOff: `Alerts that were never evaluated can fire from now on.${
        compose === undefined
          ? ''
          : ` ${compose} mounts only the configuration: it must mount the rule files beside it too.`
      }`,
    };
  },
};

function withRuleFiles(text: string, config: PrometheusConfig, paths: readonly string[]): string | undefined {
  const items = paths.map((path) => `${itemIndentation(text, config)}- ${yamlPath(path)}`);
  const pair = config.ruleFilesPair;
  if (!pair) return insertTopLevelKey(text, config, ['rule_files:', ...items]);
  const indentation = indentationOf(text, pair.line);
  const keyLine = (splitLines(text)[pair.line - 1] ?? '').replace(/\r?\n$/, '');
  const last = config.ruleFiles?.at(-1);
  if (last) {
    const lastLine = splitLines(text)[last.endLine - 1] ?? '';
    if (!/^\s*- /.test(lastLine)) return undefined;
    return insertLines(
      text,
      last.endLine,
      paths.map((path) => `${indentationOf(text, last.line)}- ${yamlPath(path)}`),
    );
  }
  const empty = /^(\s*(["']?)rule_files\2:)\s*(\[\s*\]|null|~)?\s*(#.*)?$/.exec(keyLine);
  if (!empty) return undefined;
  const withItems = insertLines(
    text,
    pair.line,
    items.map((item) => indentation + item),
  );
  if (empty[3] === undefined) return withItems;
  const start =
    splitLines(text)
      .slice(0, pair.line - 1)
      .join('').length + (empty[1] ?? '').length;
  const end = start + keyLine.slice((empty[1] ?? '').length).indexOf(empty[3]) + empty[3].length;
  return applySplices(withItems, [{ start, end, text: '' }]);
}

/** A compose file that mounts the configuration as a single file, so that its neighbours aren't in the container. */
function mountedAlone(config: PrometheusConfig, { facts }: RuleContext): string | undefined {
  const name = config.path.split('/').at(-1) ?? config.path;
  return facts.composeFiles.find(({ path, services }) => {
    const folder = folderOf(path);
    return services.some(({ volumes }) =>
      volumes.some((volume) => {
        const source = (volume.split(':')[0] ?? '').replace(/^\.\//, '');
        return source.endsWith(name) && [folder, source].filter((part) => part !== '').join('/') === config.path;
      }),
    );
  })?.path;
}
