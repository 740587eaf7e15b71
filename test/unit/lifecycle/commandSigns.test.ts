import { describe, expect, it } from 'vitest';
import {
  deploysByCommand,
  lineThat,
  predictsByCommand,
  registersByCommand,
  servesByCommand,
  trainsByCommand,
} from '../../../src/lifecycle/commandSigns.js';

describe('signs of commands', () => {
  it.each([
    'kubectl apply -f k8s/',
    'helm upgrade --install m charts/m',
    'gcloud run deploy api --image x',
    'gcloud beta run services replace s.yaml',
    'az ml online-deployment create -f d.yml',
    'aws ecs update-service --cluster c',
    'docker push reg/x:1',
    'sam deploy --guided',
    'yq -i ".spec.x = 1" k8s/m.yaml\ngit commit -am x\ngit push origin main',
  ])('%j deploys', (command) => {
    expect(deploysByCommand(command)).toBe(true);
  });

  it.each([
    'gcloud run services describe api',
    'kubectl get pods',
    'helm template charts/m',
    'docker build -t x .',
    'git push origin main',
    'terraform plan',
    'aws ecr get-login-password',
  ])('%j does not', (command) => {
    expect(deploysByCommand(command)).toBe(false);
  });

  it('tells registering, training, predicting and serving', () => {
    expect(registersByCommand('gto register churn')).toBe(true);
    expect(registersByCommand('wandb artifact put model -t model')).toBe(true);
    expect(registersByCommand('wandb artifact get x')).toBe(false);
    expect(trainsByCommand('gcloud ai custom-jobs create --region r')).toBe(true);
    expect(trainsByCommand('mlflow ui')).toBe(false);
    expect(predictsByCommand('aws sagemaker create-transform-job --x')).toBe(true);
    expect(servesByCommand('mlflow models serve -m m')).toBe(true);
    expect(servesByCommand('mlflow server')).toBe(false);
  });

  it('finds the line that says so, or the first', () => {
    expect(lineThat('a\nkubectl apply -f x', deploysByCommand)).toEqual({ text: 'kubectl apply -f x', offset: 1 });
    expect(lineThat('a\nb', deploysByCommand)).toEqual({ text: 'a', offset: 0 });
  });
});
