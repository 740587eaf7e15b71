import type { PythonModule } from '../../lifecycle/facts.js';
import { evidenceOf, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';

const APP =
  /^(fastapi\.FastAPI|flask\.Flask|starlette\.applications\.Starlette|aiohttp\.web\.Application|sanic\.Sanic)$/;
const HEALTH = /health|ready|alive|liveness|readiness|ping|heartbeat|status/i;
/** Platforms that ask the server by themselves, or that run no server. */
const MANAGED =
  /Lambda|lambda|SageMaker|sagemaker|InferenceService|Seldon|BentoML|Vertex|Azure ML|apprunner|cloud_run|Triton|TorchServe/;

/** Whether anything in the repository asks a server whether it is well. */
function isAsked({ facts }: RuleContext): boolean {
  return (
    facts.dockerfiles.some(({ hasHealthcheck }) => hasHealthcheck) ||
    facts.composeFiles.some(({ services }) => services.some(({ hasHealthcheck, build }) => hasHealthcheck && build)) ||
    facts.kubernetesObjects.some(({ containers }) =>
      containers.some((each) => each.readinessProbe || each.livenessProbe || each.startupProbe),
    ) ||
    facts.helmTemplates.length > 0
  );
}

function hasHealthRoute(modules: readonly PythonModule[]): boolean {
  return modules.some(
    ({ functions, calls, strings }) =>
      functions.some(
        ({ name, decorators }) => decorators.some((each) => HEALTH.test(each)) || /^(\w+\.)?health/i.test(name),
      ) ||
      calls.some(({ callee }) => /health|heartbeat/i.test(callee)) ||
      strings.some(({ value }) => /^\/[\w/-]{0,40}$/.test(value) && HEALTH.test(value)),
  );
}

/** INC-011; basis: Docker's HEALTHCHECK, hadolint DL3057; Google SRE Book, "Monitoring Distributed Systems". */
export const serviceWithoutHealthCheck: Rule = {
  id: 'INC-011',
  name: 'service-without-health-check',
  area: 'incident-response',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'likely',
  summary: 'A model service with no route that tells its health, in an image that asks nothing.',
  reads: 'Python web services, Dockerfiles, Compose files, Kubernetes manifests',
  page: 'incident-response/service-without-health-check.md',
  answers: ['no-healthcheck'],
  check(context) {
    const { facts, map, snapshot } = context;
    if (!hasModels(facts) || facts.dockerfiles.length === 0 || isAsked(context)) return [];
    if (map.components.some(({ kind, stage }) => stage === 'deployment' && MANAGED.test(kind))) return [];
    const modules = facts.pythonModules.filter(({ path }) => isScanned(path));
    if (modules.some(({ imports }) => imports.some(({ module }) => module === 'mangum')) || hasHealthRoute(modules))
      return [];
    return modules.flatMap(({ path, roles, calls }) => {
      const app = roles.includes('serve') ? calls.find(({ resolved }) => APP.test(resolved)) : undefined;
      if (!app) return [];
      return [
        {
          path,
          line: app.line,
          subject: 'health check',
          message: `The service ${path} has no route for its health, and no image or manifest asks for it.`,
          consequence: 'A service that hangs, or that has no model, keeps getting requests until a user complains.',
          evidence: evidenceOf(quoteLine(snapshot, path, app.line)),
          unfixableBecause: 'what the service needs in order to be well is for a person to say',
        },
      ];
    });
  },
};
