import { alternatives } from '../alternatives.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { servingContainers } from '../servingContainer.js';
import { workloadContainers, workloadTemplates } from './workloadShape.js';

const TAKES_TRAFFIC = new Set(['Deployment', 'Rollout', 'StatefulSet']);
const PROBE = /\b(liveness|readiness|startup)Probe\b/i;

/** Servers that a model's life depends on: registries, their stores, pipelines and feature stores. */
const MODEL_PLATFORM = alternatives(
  '(^|[/_-])',
  'mlflow.* minio airflow.* feast.* triton.* torchserve tensorflow/serving bentoml.* ray.* label-studio',
  '($|[/_-])',
  'i',
);
const CONSEQUENCE = 'A server that hangs stays in the Service: nothing restarts it and requests to it fail.';
const UNFIXABLE = 'which path or command tells that the server is well is for a person to say';

function inManifests(context: RuleContext): Finding[] {
  const numbering = new SubjectNumbering();
  // What serves predictions is judged by INC-006.
  const serving = new Set(servingContainers(context).map(({ container }) => container));
  return workloadContainers(context, TAKES_TRAFFIC).flatMap(({ object, container, text }) => {
    if (serving.has(container) || container.ports.length === 0 || PROBE.test(text)) return [];
    if (!MODEL_PLATFORM.test(container.image?.repository ?? '')) return [];
    return [
      {
        path: object.path,
        line: container.line,
        subject: numbering.next(object.path, `${object.kind}/${object.name} ${container.name}`),
        message: `Container ${container.name} of ${object.kind} ${object.name} has no probe of any kind.`,
        consequence: CONSEQUENCE,
        evidence: evidenceOf(quoteLine(context.snapshot, object.path, container.line)),
      },
    ];
  });
}

function inTemplates(context: RuleContext): Finding[] {
  return workloadTemplates(context, TAKES_TRAFFIC)
    .filter(
      ({ text }) => !/probe\s*:\s*\n|probe\s*:\s*\{|Probe\b/i.test(text.replace(/^\s*-?\s*name:\s*probe\s*$/gm, '')),
    )
    .filter(({ text }) => /containerPort/.test(text))
    .map(({ path, kind, line }) => ({
      path,
      line,
      subject: kind,
      message: `The ${kind} template ${path} opens a port and has no probe of any kind.`,
      consequence: CONSEQUENCE,
      evidence: evidenceOf(quoteLine(context.snapshot, path, line)),
    }));
}

/** INC-010; basis: Kubernetes' "Configure Liveness, Readiness and Startup Probes". */
export const workloadWithoutProbes: Rule = {
  id: 'INC-010',
  name: 'workload-without-probes',
  area: 'incident-response',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'likely',
  summary: "A server of the model's platform, or a chart's workload, that nothing asks whether it is well.",
  reads: 'Deployment, Rollout and StatefulSet manifests, templates of Helm charts',
  page: 'incident-response/workload-without-probes.md',
  answers: ['no-healthcheck'],
  check: (context) =>
    [...inManifests(context), ...inTemplates(context)].map((finding) => ({ ...finding, unfixableBecause: UNFIXABLE })),
};
