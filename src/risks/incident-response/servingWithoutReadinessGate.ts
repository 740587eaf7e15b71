import { readYaml, type YamlNode, type YamlPair } from '../../lifecycle/yamlDocument.js';
import { splitLines } from '../../planning/textLines.js';
import { insertLines, yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { type ServingContainer, servingContainers } from '../servingContainer.js';
import { editOf } from '../textEdit.js';

/** KServe, Seldon and their runtimes inject probes; a CronJob takes no traffic. */
const TAKES_TRAFFIC = new Set(['Deployment', 'Rollout', 'StatefulSet']);

/** Pages that answer before a model is loaded. */
const SAYS_NOTHING = new Set(['/', '/metrics', '/docs']);

interface Site {
  serving: ServingContainer;
  finding: Finding;
}

function sitesIn(context: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  return servingContainers(context).flatMap((serving) => {
    const { object, container } = serving;
    if (!TAKES_TRAFFIC.has(object.kind) || container.ports.length === 0) return [];
    const path = container.readinessPath;
    const empty = path !== undefined && SAYS_NOTHING.has(path.value);
    if (container.readinessProbe && !empty) return [];
    const line = path?.line ?? container.line;
    const reason = empty
      ? 'which path tells that the model is loaded is for a person to say'
      : httpLivenessOf(context, serving) === undefined
        ? 'there is no HTTP liveness probe whose path could be used'
        : undefined;
    return [
      {
        serving,
        finding: {
          path: object.path,
          line,
          subject: numbering.next(object.path, `${object.kind}/${object.name} ${container.name}`),
          message: empty
            ? `${object.kind} ${object.name} is asked by ${path.value} for readiness, which needs no loaded model.`
            : `Container ${container.name} of ${object.kind} ${object.name} has no readiness probe.`,
          consequence: 'Requests reach a pod whose model is not loaded yet, at every rollout and every rollback.',
          evidence: evidenceOf(quoteLine(context.snapshot, object.path, line)),
          ...(empty ? { severity: 'medium' as const } : {}),
          ...(reason === undefined ? {} : { unfixableBecause: reason }),
        },
      },
    ];
  });
}

/** The `livenessProbe` of a container with its place in the file, where it is an HTTP probe. */
function httpLivenessOf({ snapshot }: RuleContext, { object, container }: ServingContainer): YamlPair | undefined {
  const text = snapshot.text(object.path);
  const reading = text === undefined ? undefined : readYaml(text);
  if (!reading || 'reason' in reading) return undefined;
  const inside = (pair: YamlPair) =>
    pair.place.range.start >= container.range.start &&
    pair.place.range.end <= Math.max(container.range.end, container.range.start);
  const found: YamlPair[] = [];
  const visit = (node: YamlNode) => {
    for (const pair of node.pairs()) {
      if (pair.key === 'livenessProbe' && inside(pair) && pair.value?.get('httpGet') !== undefined) found.push(pair);
      else if (pair.value) visit(pair.value);
    }
    for (const item of node.items()) visit(item);
  };
  for (const document of reading.documents) visit(document);
  return found.length === 1 && !SAYS_NOTHING.has(found[0]?.value?.get('httpGet', 'path')?.text ?? '/')
    ? found[0]
    : undefined;
}

/** INC-006; basis: Kubernetes' documentation of probes; kube-linter `no-readiness-probe` is off by default. */
export const servingWithoutReadinessGate: Rule = {
  id: 'INC-006',
  name: 'serving-without-readiness-gate',
  area: 'incident-response',
  stage: 'deployment',
  severity: 'high',
  confidence: 'likely',
  summary: 'A serving container that gets traffic before its model is loaded.',
  reads: 'Deployment, Rollout and StatefulSet manifests',
  page: 'incident-response/serving-without-readiness-gate.md',
  answers: ['no-healthcheck', 'other:no-readiness-probe'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const liveness = site && httpLivenessOf(context, site.serving);
    const text = context.snapshot.text(risk.path);
    if (!site || !liveness || text === undefined)
      return { unfixable: 'there is no HTTP liveness probe whose path could be used' };
    const lines = splitLines(text).slice(liveness.place.line - 1, liveness.place.endLine);
    if (!/^\s*livenessProbe:/.test(lines[0] ?? '')) {
      return { unfixable: 'the liveness probe does not begin a line of its own, so it must be copied by hand' };
    }
    const copy = lines.map((line, index) => {
      const bare = line.replace(/\r?\n$/, '');
      return index === 0 ? bare.replace('livenessProbe:', 'readinessProbe:') : bare;
    });
    const edited = insertLines(text, liveness.place.line - 1, copy);
    const difference = yamlDifferences(text, edited);
    if (difference?.length !== 1 || difference[0]?.path.at(-1) !== 'readinessProbe') {
      return { unfixable: 'the liveness probe cannot be copied without touching more' };
    }
    return {
      edits: [editOf(risk.path, edited)],
      reason: 'The readiness probe asks what the liveness probe asks, so a pod gets traffic only when that answers.',
      tradeOff:
        'Pods take longer to get traffic; if that path answers before the model is loaded, it needs one of its own.',
    };
  },
};
