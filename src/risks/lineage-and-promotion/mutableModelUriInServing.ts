import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { promotionWithoutQualityGate } from './promotionWithoutQualityGate.js';

type Mutability = 'latest' | 'stage' | 'alias';

const KIND: Record<Mutability, string> = {
  latest: 'the newest version of all',
  stage: 'whatever version the stage has when the process starts',
  alias: 'whatever version the alias has when the process starts, and the alias is moved without a gate',
};

/** How a model URI changes its meaning without anybody changing the file; `undefined` where it doesn't. */
function mutability(uri: string): Mutability | undefined {
  if (/^models:\/+[^@]+\/latest\/?$/.test(uri)) return 'latest';
  if (/^models:\/+[^@]+\/(None|Staging|Production|Archived)\/?$/i.test(uri)) return 'stage';
  if (/^models:\/+[^/]+@[\w-]+$/.test(uri)) return 'alias';
  if (/^(s3|gs|gcs|abfss?|wasbs?|https?|hdfs|pvc):\/\/.+\/(latest|current)(\/|$)/i.test(uri)) return 'latest';
  return undefined;
}

/** LIN-006; basis: MLflow's model registry (`latest` is the newest of all versions), ML Test Score Infra 4. */
export const mutableModelUriInServing: Rule = {
  id: 'LIN-006',
  name: 'mutable-model-uri-in-serving',
  area: 'lineage-and-promotion',
  stage: 'deployment',
  severity: 'critical',
  confidence: 'certain',
  summary: 'Serving takes its model from a URI whose meaning changes by itself.',
  reads: 'Python modules that serve; storage URIs, environment and arguments of Kubernetes workloads',
  blocks: 'rollback',
  page: 'lineage-and-promotion/mutable-model-uri-in-serving.md',
  answers: ['other:latest-version-race', 'other:wrong-model-selected'],
  check(context) {
    const ungated = promotionWithoutQualityGate.check(context).length > 0;
    const findings: Finding[] = [];
    const numbering = new SubjectNumbering();
    const add = (path: string, line: number, uri: string, kind: Mutability) => {
      if (kind === 'alias' && !ungated) return;
      findings.push({
        path,
        line,
        subject: numbering.next(path, uri),
        message: `Serving loads ${uri}, which is ${KIND[kind]}.`,
        consequence: 'A restart can put another model before users, and no file says which one answered before.',
        evidence: evidenceOf(quoteLine(context.snapshot, path, line)),
        severity: kind === 'latest' ? 'critical' : 'medium',
        unfixableBecause: 'which version to pin is for a person to say',
      });
    };
    inCode(context, add);
    inManifests(context, add);
    return findings;
  },
};

type Add = (path: string, line: number, uri: string, kind: Mutability) => void;

function inCode({ facts }: RuleContext, add: Add): void {
  for (const module of facts.pythonModules) {
    if (!isScanned(module.path) || module.syntaxErrors) continue;
    if (!module.roles.includes('serve') || module.roles.includes('evaluate') || module.roles.includes('train'))
      continue;
    for (const { value, line } of module.strings) {
      const kind = mutability(value);
      if (kind) add(module.path, line, value, kind);
      else if (/^[\w.-]+\/[\w./-]+:latest$/.test(value) && callsAt(module.calls, line, 'use_artifact'))
        add(module.path, line, value, 'latest');
    }
    for (const call of module.calls) {
      if (call.callee.endsWith('.get_latest_versions')) add(module.path, call.line, 'get_latest_versions()', 'latest');
    }
  }
}

function callsAt(
  calls: readonly { callee: string; line: number; endLine: number }[],
  line: number,
  method: string,
): boolean {
  return calls.some((call) => call.callee.endsWith(method) && call.line <= line && line <= call.endLine);
}

function inManifests({ facts }: RuleContext, add: Add): void {
  for (const object of facts.kubernetesObjects) {
    if (!isScanned(object.path) || isOtherEnvironment(object.path)) continue;
    for (const { uri } of object.storageUris) {
      const kind = mutability(uri.value);
      if (kind) add(object.path, uri.line, uri.value, kind);
    }
    for (const container of object.containers) {
      for (const { value } of container.env) {
        const kind = value && mutability(value.value);
        if (value && kind) add(object.path, value.line, value.value, kind);
      }
      for (const argument of container.args) {
        const uri = argument.replace(/^--?[\w-]+=/, '');
        const kind = mutability(uri);
        if (kind) add(object.path, container.line, uri, kind);
      }
    }
  }
}
