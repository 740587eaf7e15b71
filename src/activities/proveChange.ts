import { sha256Hex } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { EditFile, MoveAlias } from '../contract/operation.js';
import type { Policy } from '../contract/policy.js';
import type { ProofResult, Validation } from '../contract/probe.js';
import type { Trigger } from '../contract/request.js';
import type { Risk } from '../contract/risk.js';
import { type Severity, severityRank } from '../contract/severity.js';
import { omittedAlerts, proveAlerting } from '../proofs/alerts/alertingPath.js';
import { readPrometheusIntervals } from '../proofs/alerts/scrapeIntervals.js';
import type { CandidateEvidence } from '../proofs/promotion/candidateEvidence.js';
import { provePromotion } from '../proofs/promotion/provePromotion.js';
import { type AliasFacts, proveRollback } from '../proofs/rollback/proveRollback.js';
import { summarise } from '../proofs/summarise.js';
import { GitTagRegistry } from '../registry/gitTags.js';
import { aliasKey } from '../registry/modelRegistry.js';
import type { BareClone } from '../repo/bareClone.js';
import { assess } from '../risks/catalogue.js';
import type { RuleContext } from '../risks/rule.js';
import { COMMIT_AUTHOR } from './buildCommit.js';
import type { ActivityDependencies } from './dependencies.js';
import { alertsToProve } from './provedAlerts.js';
import { viewCommit } from './repositoryView.js';

/** A change as git has it: the base commit, and the tree that the edits give. Asked the same before it is written and after. */
export interface OperationsToProve {
  task: string;
  clone: BareClone;
  policy: Policy;
  trigger: Trigger;
  base: string;
  tree: string;
  edits: readonly EditFile[];
  inverse: readonly EditFile[];
  /** Ids of the risks that the edits close. */
  closes: Iterable<string>;
  signal: AbortSignal;
}

/** What the single proofs need to know of a change. */
interface ProvedChange {
  task: string;
  clone: BareClone;
  policy: Policy;
  trigger: Trigger;
  before: RuleContext;
  after: RuleContext;
  closes: Risk[];
  baseTree: string;
  /** Tree that the change gives. */
  tree: string;
  /** Tree that the inverse of the change gives. */
  inverseTree: string;
  signal: AbortSignal;
}

/** Proves the three paths, and stores the evidence. Equal inputs give equal evidence hashes. */
export async function proveOperations(
  deps: ActivityDependencies,
  { edits, inverse, base, closes, ...known }: OperationsToProve,
): Promise<Validation[]> {
  const { clone, tree } = known;
  const paths = edits.map((edit) => edit.path);
  const before = await viewCommit(clone, base, paths);
  const ids = new Set(closes);
  return proveChange(deps, {
    ...known,
    before,
    after: await viewCommit(clone, tree, paths),
    closes: assess(before).filter((risk) => ids.has(risk.id)),
    baseTree: await clone.treeOf(base),
    inverseTree: await clone.writeTree(tree, inverse),
  });
}

async function proveChange(deps: ActivityDependencies, change: ProvedChange): Promise<Validation[]> {
  const registry = new GitTagRegistry(await change.clone.tags(change.task));
  const results = [await promotion(change, registry), await rollback(change, registry), await alerting(deps, change)];
  return Promise.all(results.map((result) => stored(deps, result)));
}

async function stored(deps: ActivityDependencies, result: ProofResult): Promise<Validation> {
  const probes = await Promise.all(
    result.probes.map(async ({ evidence, ...probe }) => ({
      ...probe,
      evidence: await Promise.all(
        evidence.map(async ({ name, mediaType, content }) => ({
          name,
          mediaType,
          sha256: await deps.store.put(content),
        })),
      ),
    })),
  );
  return { path: result.path, ...summarise(result), probes, liveOnly: result.liveOnly };
}

async function alerting(deps: ActivityDependencies, change: ProvedChange): Promise<ProofResult> {
  const { files, touched, omitted } = alertsToProve(change);
  const loading = loadingChange(change);
  if (files.length === 0 && !loading) {
    return { path: 'alerting', notApplicable: 'the repository has no alert rule', probes: [], liveOnly: [] };
  }
  const alertmanager = change.after.facts.alertmanagerConfigs[0];
  const routing = alertmanager && !alertmanager.embedding ? textOf(change.after, alertmanager.path) : undefined;
  const formerRouting = alertmanager && textOf(change.before, alertmanager.path);
  const exported = change.after.facts.exportedMetrics.flatMap((metric) => metric.series);
  const scrapes = intervalsIn(change);
  // A change of the way from rules to people concerns every alert.
  const concernsAll = loading !== undefined || routing !== formerRouting;
  const probes: ProofResult['probes'] = [];
  const liveOnly: ProofResult['liveOnly'] = [];
  const inputs = files.length > 0 ? files : [{ path: '', text: '', before: undefined, alerts: [] as string[] }];
  for (const [index, file] of inputs.entries()) {
    const result = await proveAlerting({
      rulesText: file.text,
      rulesPath: file.path,
      alerts: file.alerts,
      otherFiles: otherRuleFiles(change.after, file.path),
      ...(concernsAll ? {} : { touched }),
      ...(file.before === undefined ? {} : { before: { rulesText: file.before } }),
      ...(alertmanager && routing !== undefined
        ? { alertmanager: { path: alertmanager.path, text: routing, before: formerRouting } }
        : {}),
      ...(index === 0 && loading ? { prometheus: loading } : {}),
      ...(exported.length > 0 ? { exported } : {}),
      tools: deps.tools,
      now: Math.floor(Date.now() / 1000),
      ...scrapes,
      signal: change.signal,
    });
    probes.push(...result.probes);
    liveOnly.push(...result.liveOnly.filter((check) => !liveOnly.some((known) => known.command === check.command)));
  }
  if (omitted.length > 0) probes.push(omittedAlerts(omitted));
  return { path: 'alerting', probes, liveOnly };
}

/** The repository's other rule files: an alert may read their recordings, or be inhibited by their alerts. */
function otherRuleFiles({ facts, snapshot }: RuleContext, path: string): { path: string; text: string }[] {
  const others = new Set(facts.ruleFiles.filter(({ container }) => container !== 'embedded').map((file) => file.path));
  others.delete(path);
  return [...others].flatMap((other) => {
    const text = snapshot.text(other);
    return text === undefined ? [] : [{ path: other, text }];
  });
}

/** A Prometheus configuration whose way of loading rules the change touches. */
function loadingChange(change: ProvedChange) {
  for (const config of change.after.facts.prometheusConfigs) {
    if (config.embedding) continue;
    const text = textOf(change.after, config.path);
    const before = textOf(change.before, config.path);
    if (text === undefined || text === before) continue;
    const files = Object.fromEntries(
      change.after.facts.ruleFiles
        .filter((file) => file.container === 'file')
        .map((file) => [file.path, textOf(change.after, file.path) ?? '']),
    );
    return { path: config.path, text, before: before ?? '', files };
  }
  return undefined;
}

/** Intervals of the repository's only Prometheus configuration. */
function intervalsIn({ after }: ProvedChange): { scrapeInterval?: number; evaluationInterval?: number } {
  const [config, another] = after.facts.prometheusConfigs.filter(({ embedding }) => !embedding);
  const text = config === undefined || another !== undefined ? undefined : textOf(after, config.path);
  if (config === undefined || text === undefined) return {};
  const { scrape, evaluation } = readPrometheusIntervals(text, config.path);
  return {
    ...(scrape === undefined ? {} : { scrapeInterval: scrape }),
    ...(evaluation === undefined ? {} : { evaluationInterval: evaluation }),
  };
}

function textOf(context: RuleContext, path: string): string | undefined {
  return context.snapshot.text(path);
}

async function promotion(change: ProvedChange, registry: GitTagRegistry): Promise<ProofResult> {
  const { policy } = change;
  const [gate] = policy.gates;
  if (!gate) return provePromotion({ candidates: [] });
  const versions = registry.versions(gate.model);
  const champion = registry.aliases().get(aliasKey(gate.model, gate.alias));
  const newest = versions[0];
  const before = versions.find((version) => version.version !== newest?.version);
  return provePromotion({
    gate,
    candidates: newest ? [await candidate(change, registry, gate.model, newest)] : [],
    // A candidate is never compared with itself: where the newest already is the champion, the version before stands in.
    ...(before && champion === newest?.version
      ? { champion: await candidate(change, registry, gate.model, before) }
      : await championOf(change, registry, gate.model, champion)),
  });
}

async function championOf(change: ProvedChange, registry: GitTagRegistry, model: string, version: string | undefined) {
  const found = registry.versions(model).find((known) => known.version === version);
  return found ? { champion: await candidate(change, registry, model, found) } : {};
}

async function candidate(
  change: ProvedChange,
  registry: GitTagRegistry,
  model: string,
  { version, commit }: { version: string; commit: string },
): Promise<CandidateEvidence> {
  const provenance = registry.provenance(model, version);
  const known = change.policy.models.find((entry) => entry.name === model);
  const path = provenance?.artifact ?? known?.artifact;
  const metrics = known?.metrics ? await change.clone.readPath(commit, known.metrics) : undefined;
  const actual = path ? await artifactHash(change.clone, commit, path) : undefined;
  return {
    model,
    version,
    commit,
    ...(provenance?.dataMd5 ? { dataVersion: provenance.dataMd5 } : {}),
    ...(path
      ? {
          artifact: {
            path,
            ...(provenance?.sha256 ? { expectedSha256: provenance.sha256 } : {}),
            ...(actual ? { actualSha256: actual } : {}),
          },
        }
      : {}),
    metrics: metrics ? parseMetrics(metrics.content) : {},
    ...(provenance?.evaluatedAt ? { evaluatedAt: provenance.evaluatedAt } : {}),
  };
}

async function artifactHash(clone: BareClone, commit: string, path: string): Promise<string | undefined> {
  const content = await artifactContent(clone, commit, path);
  return content ? sha256Hex(content) : undefined;
}

async function artifactContent(clone: BareClone, commit: string, path: string): Promise<Uint8Array | undefined> {
  try {
    return (await clone.readPath(commit, path))?.content;
  } catch {
    // A path that isn't safe, or an artifact that isn't in git: the hash is unknown, and the probe fails on that.
    return undefined;
  }
}

function withOneByteAltered(content: Uint8Array): Uint8Array {
  const altered = Uint8Array.from(content);
  const middle = content.length >> 1;
  altered[middle] = (altered[middle] as number) ^ 1;
  return altered;
}

function parseMetrics(content: Uint8Array): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(content));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

async function rollback(change: ProvedChange, registry: GitTagRegistry): Promise<ProofResult> {
  const aliases: AliasFacts[] = [];
  for (const model of change.policy.models) {
    const current = registry.aliases().get(aliasKey(model.name, model.alias));
    if (current === undefined) continue;
    const versions = registry.versions(model.name);
    const previous = versions[versions.findIndex((version) => version.version === current) + 1];
    aliases.push({
      model: model.name,
      alias: model.alias,
      current,
      ...(previous ? { previous: await previousFacts(change, registry, model.name, previous) } : {}),
      ...(previous
        ? { scratchThere: await thereAndBack(change, registry, model.name, model.alias, previous.version) }
        : {}),
    });
  }
  return proveRollback({ baseTree: change.baseTree, tree: change.tree, inverseTree: change.inverseTree, aliases });
}

async function previousFacts(
  change: ProvedChange,
  registry: GitTagRegistry,
  model: string,
  previous: { version: string; commit: string },
) {
  const evidence = await candidate(change, registry, model, previous);
  const path = evidence.artifact?.path;
  const content = path ? await artifactContent(change.clone, previous.commit, path) : undefined;
  return {
    ...(content && content.length > 0 ? { alteredSha256: sha256Hex(withOneByteAltered(content)) } : {}),
    version: previous.version,
    commit: previous.commit,
    ...(evidence.artifact ? { artifactPath: evidence.artifact.path } : {}),
    ...(evidence.artifact?.expectedSha256 ? { expectedSha256: evidence.artifact.expectedSha256 } : {}),
    ...(evidence.artifact?.actualSha256 ? { actualSha256: evidence.artifact.actualSha256 } : {}),
  };
}

/** Moves the alias on scratch refs to the previous version and back, by the operations that a real move would use. */
async function thereAndBack(change: ProvedChange, registry: GitTagRegistry, model: string, alias: string, to: string) {
  return change.clone.withScratchRefs(change.task, async (scratch) => {
    const key = aliasKey(model, alias);
    const resolve = async () => new GitTagRegistry(await scratch.tags()).aliases().get(key) ?? '';
    // Later than every tag that is there, and the same on every run.
    const dates = [...(await scratch.tags()).values()].map((tag) => tag.date ?? 0);
    let date = Math.max(0, ...dates);
    const set = async (move: MoveAlias) => {
      date += 1;
      const message = `scratch: ${move.tag}`;
      await scratch.setTag(
        move.tag,
        await change.clone.writeTag({ name: move.tag, commit: move.commit, message, date, tagger: COMMIT_AUTHOR }),
      );
      return resolve();
    };
    try {
      const move = registry.planAliasMove(model, alias, to);
      return { moved: await set(move), back: await set(registry.inverse(move)) };
    } catch (error) {
      // Tags that contradict each other are what the probe must show, not a reason to fail the task.
      if (error instanceof MlopsError && error.code === 'MLOPS-INPUT-001') return { moved: error.message, back: '' };
      throw error;
    }
  });
}

/** The highest severity of the risks that a change closes. */
export function severityOfRisks(risks: Risk[]): Severity {
  return risks.reduce<Severity>(
    (worst, risk) => (severityRank(risk.severity) > severityRank(worst) ? risk.severity : worst),
    'low',
  );
}
