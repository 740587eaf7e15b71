import type { Component } from '../contract/lifecycle.js';
import type { RuleContext } from './rule.js';
import { isOtherEnvironment, isScanned } from './scannedPath.js';

/** Kinds of the map that put a model before its users; images, local Compose files and batch jobs don't. */
const ONLINE =
  /^(Deployment|StatefulSet|Argo Rollout|KServe .*|Seldon.*|Helm template (Deployment|StatefulSet|Rollout)|Terraform .*|CDK serving resource|endpoint deployment|MLEM deployment|Azure ML deployment configuration|AWS::.*|deployment (workflow|GitLab CI job|Azure pipeline job|CircleCI job|Cloud Build step|CodeBuild phase|Jenkins.*))$/;
const SERVICE = /service|endpoint|Deployment|Rollout|StatefulSet|KServe|Seldon|Terraform|CDK|MLEM|Azure ML|AWS::/;

/**
 * The parts that bring a model online, the most direct first: none in a repository that only trains, predicts in
 * batches or runs on a developer's machine.
 */
export function onlineDeployments({ map }: RuleContext): Component[] {
  const deployed = map.components.filter(
    ({ stage, kind, path }) =>
      stage === 'deployment' && isScanned(path) && !isOtherEnvironment(path) && ONLINE.test(kind),
  );
  // A job that deploys something online deploys a service that is in the map as well.
  const online = map.components.some(({ stage, kind }) => stage === 'deployment' && SERVICE.test(kind));
  const isBatch = map.components.some(({ kind }) => kind.startsWith('batch prediction'));
  const direct = deployed.filter(({ kind }) => !kind.startsWith('deployment '));
  if (direct.length > 0) return [...direct, ...deployed.filter(({ kind }) => kind.startsWith('deployment '))];
  return online && !isBatch ? deployed : [];
}

/** Texts of the files that say how the repository deploys: CI, scripts, manifests, infrastructure and Python code. */
export function deploymentTexts({ facts, snapshot }: RuleContext): string[] {
  const paths = new Set(
    [
      ...facts.githubWorkflows,
      ...facts.toolParts,
      ...facts.kubernetesObjects,
      ...facts.helmTemplates,
      ...facts.helmValues,
      ...facts.pythonModules,
    ].map(({ path }) => path),
  );
  for (const { path } of snapshot.entries) if (/\.tf$|(^|\/)(make|just)file$/i.test(path)) paths.add(path);
  return [...paths].filter(isScanned).flatMap((path) => snapshot.text(path) ?? []);
}
