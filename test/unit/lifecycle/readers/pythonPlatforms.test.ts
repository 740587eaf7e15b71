import { describe, expect, it } from 'vitest';
import { readPython } from '../../../../src/lifecycle/readers/python.js';
import { pythonPlatforms } from '../../../../src/lifecycle/readers/pythonPlatforms.js';

const parts = (text: string): string[] =>
  pythonPlatforms(readPython('deploy.py', text)).map(({ stage, kind, line }) => `${stage}: ${kind} ${line}`);

describe('pythonPlatforms', () => {
  it.each([
    ['from google.cloud import aiplatform as v\ne = v.Endpoint.create("x")\n', 'deployment: endpoint deployment 2'],
    ['from google.cloud import aiplatform as v\nendpoint.deploy(model=m)\n', 'deployment: endpoint deployment 2'],
    [
      'import boto3\nsm = boto3.client("sagemaker")\nsm.create_endpoint(EndpointName="x")\n',
      'deployment: endpoint deployment 3',
    ],
    ['from ray import serve\nserve.run(app)\n', 'deployment: Ray Serve application 2'],
    ['from aws_cdk import aws_lambda as l\nl.DockerImageFunction(self, "x")\n', 'deployment: CDK serving resource 2'],
    [
      'from sagemaker.model_monitor import DefaultModelMonitor\nm = DefaultModelMonitor(role=r)\n',
      'monitoring: model monitor 2',
    ],
    ['import wandb\na = wandb.Artifact("m", type="model")\n', 'registration: registry push 2'],
    ['model.push_to_hub("me/x")\n', 'registration: registry push 1'],
    ['from tfx.components import Pusher\np = Pusher(model=m)\n', 'registration: registry push 2'],
    [
      'from google.cloud import aiplatform\njob = aiplatform.CustomTrainingJob(display_name="x")\n',
      'training: training job 2',
    ],
    ['import os\nos.system(f"docker push {image}")\n', 'deployment: deployment script 2'],
    [
      'import subprocess\nsubprocess.run(["kubectl", "apply", "-f", "k.yaml"], check=True)\n',
      'deployment: deployment script 2',
    ],
    ['import subprocess\nsubprocess.run("gto register churn", shell=True)\n', 'registration: registration script 2'],
    ['import boto3\ncw.put_metric_data(Namespace="ml")\n', 'monitoring: custom metric 2'],
    ['from azure.ai.ml import MLClient\nml.models.create_or_update(m)\n', 'registration: registry push 2'],
    ['from huggingface_hub import HfApi\nHfApi().upload_folder(repo_id="a/b")\n', 'registration: registry push 2'],
  ])('knows %j', (text, expected) => {
    expect(parts(text)).toEqual([expected]);
  });

  it.each([
    'heroku.deploy(app)\nmodel.deploy()\n',
    'import boto3\nboto3.client("s3").upload_file("a", "b", "c")\n',
    'dataset.push_to_hub("me/data")\n',
    'import wandb\nwandb.Artifact("d", type="dataset")\n',
    'import subprocess\nsubprocess.run(["ls"])\n',
  ])('takes nothing from %j', (text) => {
    expect(parts(text)).toEqual([]);
  });
});
