/** Commands that put a service, an image or an endpoint where it runs, by the tools' documentation. */
const DEPLOYS =
  /\b(kubectl\s+(apply|set\s+image|rollout|patch|replace|create)|kubectl argo rollouts|oc\s+(apply|rollout)|helm\s+(upgrade|install)|helmfile\s+(apply|sync)|mlem\s+deployment\s+run|argocd\s+app\s+(sync|set)|aws\s+(sagemaker\s+(create|update)-(endpoint|model)|lambda\s+(update|create|publish)|ecs\s+update|apprunner\s+(start|create|update)|cloudformation\s+(deploy|create-stack|update-stack)|elasticbeanstalk)|eb\s+deploy|sam\s+deploy|(serverless|sls)\s+deploy|gcloud\s+(\w+\s+)?(run\s+(deploy|services\s+(replace|update))|app\s+deploy|functions\s+deploy|ai\s+endpoints\s+(create|deploy-model|update)|ai-platform\s+versions)|az\s+(ml\s+(model\s+deploy|(online|batch)-(endpoint|deployment))|webapp|containerapp|container\s+create|functionapp)|bentoml\s+(deploy|containerize)|bentoctl|cdk\s+deploy|pulumi\s+up|terraform\s+apply|docker\s+(push|stack\s+deploy|service\s+update)|docker([ -])compose\s+.*up|heroku\s+container:(push|release)|git\s+push\s+heroku|fly(ctl)?\s+deploy|modal\s+deploy|serve\s+deploy|mlflow\s+(deployments|sagemaker)\s+\w+|torch-model-archiver)\b/;

const REGISTERS =
  /\b(gto\s+(register|assign|promote)|mlflow\s+models?\s+register|wandb\s+artifact\s+put|bentoml\s+push|dvc\s+artifacts|az\s+ml\s+model\s+(register|create)|aws\s+sagemaker\s+(create|update)-model-package|gcloud\s+ai\s+models\s+upload|(huggingface-cli|hf)\s+upload|set_registered_model_alias|register_model|transition_model_version_stage)\b/;

const TRAINS =
  /\b(mlflow\s+run|aws\s+sagemaker\s+create-training-job|gcloud\s+ai\s+(custom-jobs|hp-tuning-jobs)\s+create|gcloud\s+ai-platform\s+jobs\s+submit\s+training|az\s+ml\s+job\s+create|kedro\s+run)\b/;

const PREDICTS =
  /\b(gcloud\s+ai-platform\s+jobs\s+submit\s+prediction|aws\s+sagemaker\s+create-transform-job|mlflow\s+models\s+predict)\b/;

const SERVES =
  /\b(uvicorn|gunicorn|hypercorn|bentoml|mlserver|torchserve|tritonserver|tensorflow_model_server|streamlit|flask run|waitress-serve|mlflow models serve|ray serve|serve run|mlem serve|fastapi run|litserve|vllm serve|text-generation-launcher)\b/;

/** A manifest that is edited and pushed: what watches the branch deploys it. */
const pushesManifest = (command: string): boolean =>
  /\bgit\s+push\b/.test(command) && /\b(yq|kustomize\s+edit\s+set|sed\s+-i)\b/.test(command);

export const deploysByCommand = (command: string): boolean => DEPLOYS.test(command) || pushesManifest(command);
export const registersByCommand = (command: string): boolean => REGISTERS.test(command);
export const trainsByCommand = (command: string): boolean => TRAINS.test(command);
export const predictsByCommand = (command: string): boolean => PREDICTS.test(command);
export const servesByCommand = (command: string): boolean => SERVES.test(command);

/** The line of a command that a test accepts, or its first one. */
export function lineThat(command: string, accepts: (line: string) => boolean): { text: string; offset: number } {
  const lines = command.split('\n');
  const at = lines.findIndex((line) => accepts(line));
  return at === -1 ? { text: lines[0] ?? '', offset: 0 } : { text: lines[at] as string, offset: at };
}
