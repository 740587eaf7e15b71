import type { EncodedPath } from '../../contract/encodedPath.js';
import { splitImage } from '../../lifecycle/readers/containerImage.js';
import { deploymentTexts } from '../deployedModel.js';
import { evidenceOf, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule, RuleContext } from '../rule.js';
import { runCommands } from '../runCommands.js';
import { isScanned } from '../scannedPath.js';

const GOES_BACK = /roll[-_ ]?back|rollout\s+undo|\bundeploy|previous[-_](version|model|release|image)|\brevert[-_ ]/i;
/** Workloads whose controller keeps the revisions before, or whose manifest in git is the revision. */
const KEEPS_REVISIONS = new Set([
  'Deployment',
  'StatefulSet',
  'Rollout',
  'InferenceService',
  'SeldonDeployment',
  'Application',
  'HelmRelease',
]);
const MODEL_NAME = /model|prod|latest|best|champion/i;

interface Overwrite {
  path: EncodedPath;
  line: number;
  what: string;
}

/** Uploads of a model under one literal name, each in the place of the one before. */
function overwrittenUploads({ facts }: RuleContext): Overwrite[] {
  return facts.pythonModules.flatMap(({ path, calls, roles }) =>
    !isScanned(path) || !(roles.includes('train') || roles.includes('register'))
      ? []
      : calls.flatMap((call) => {
          if (!/\.(upload_file|upload_fileobj|fput_object|upload_from_filename)$/.test(call.callee)) return [];
          const key = call.arguments
            .map(({ value }) => (value.kind === 'string' ? value.value : ''))
            .filter((value) => /\.(zip|tar|tar\.gz|tgz|pkl|pickle|joblib|onnx|pt|pth|h5|keras|bin)$/.test(value))
            .at(-1);
          return key !== undefined && MODEL_NAME.test(key) ? [{ path, line: call.line, what: key }] : [];
        }),
  );
}

/** Images that are only ever pushed as `latest`. */
function overwrittenImages(context: RuleContext): Overwrite[] {
  const pushes = runCommands(context).flatMap(({ path, line, text }) =>
    [...text.matchAll(/\bdocker\s+push\s+(?:--?[\w-]+\s+)*["']?([^\s"'|;&]+)/g)].map((match) => ({
      path,
      line,
      what: match[1] as string,
    })),
  );
  return pushes.every(({ what }) => splitImage(what).tag === 'latest') ? pushes : [];
}

/** Deployments to a managed endpoint of whatever model the code looks up. */
function replacedEndpoints({ facts }: RuleContext): Overwrite[] {
  return facts.pythonModules.flatMap(({ path, calls, imports }) => {
    const vertex = imports.some(({ module, name }) => /aiplatform|vertexai/.test(`${module}.${name ?? ''}`));
    const call = calls.find(({ callee }) => /(^|\.)endpoint\w*\.deploy$/i.test(callee));
    return vertex && call && isScanned(path) ? [{ path, line: call.line, what: 'the model on the endpoint' }] : [];
  });
}

/** RBK-005; basis: ML Test Score, Infra 7 (serving can be rolled back quickly and safely to a former version). */
export const noRollbackPath: Rule = {
  id: 'RBK-005',
  name: 'no-rollback-path',
  area: 'rollback',
  stage: 'deployment',
  severity: 'high',
  confidence: 'likely',
  summary: 'A release that overwrites the one before, with nothing that brings it back.',
  reads: 'Python code, workflows, scripts, manifests',
  blocks: 'rollback',
  page: 'rollback/no-rollback-path.md',
  answers: ['no-rollback-path'],
  check(context) {
    const { facts, snapshot } = context;
    if (!hasModels(facts) || facts.helmTemplates.length > 0) return [];
    if (facts.kubernetesObjects.some(({ kind, path }) => KEEPS_REVISIONS.has(kind) && isScanned(path))) return [];
    const [first] = [...overwrittenUploads(context), ...overwrittenImages(context), ...replacedEndpoints(context)];
    if (!first || deploymentTexts(context).some((text) => GOES_BACK.test(text))) return [];
    const { path, line, what } = first;
    return [
      {
        path,
        line,
        subject: 'rollback',
        message: `${path} puts each release in the place of the one before (${what}), and nothing here goes back.`,
        consequence: 'When a release turns out bad, the last good one has to be rebuilt while users wait.',
        evidence: evidenceOf(quoteLine(snapshot, path, line)),
        unfixableBecause: 'where former releases are kept, and what brings one back, is for a person to say',
      },
    ];
  },
};
