import { describe, expect, it } from 'vitest';
import { isCloudFormation, readCloudFormation } from '../../../../src/lifecycle/readers/cloudFormation.js';
import { chartFolders, chartOf, readHelmTemplate } from '../../../../src/lifecycle/readers/helmChart.js';
import { readHelmValues } from '../../../../src/lifecycle/readers/helmValues.js';
import { isKustomizationName, readKustomization } from '../../../../src/lifecycle/readers/kustomization.js';
import { readTerraform } from '../../../../src/lifecycle/readers/terraform.js';
import { readTorchServeConfig } from '../../../../src/lifecycle/readers/torchServeConfig.js';
import { readTritonConfig } from '../../../../src/lifecycle/readers/tritonConfig.js';
import { yamlOf } from '../yamlOf.js';

describe('readTerraform', () => {
  const text = `# resource "aws_sagemaker_model" "commented" {
resource "aws_sagemaker_endpoint" "churn" {
  name = "churn-\${var.env}"
  tags = { a = "}" } # }
  policy = <<EOF
{ "open": "{"
EOF
}

resource "aws_s3_bucket" "b" {}
resource "aws_apprunner_service" "app" {
  source_configuration {
    image_identifier = "reg/model:1"
  }
}
`;

  it('reads the resources that serve, with whole blocks: braces in strings, comments and heredocs do not count', () => {
    const parts = readTerraform('infra/main.tf', text);
    expect(parts.map(({ kind, name, line, endLine, stage }) => [kind, name, line, endLine, stage])).toEqual([
      ['Terraform aws_sagemaker_endpoint', 'churn', 2, 8, 'deployment'],
      ['Terraform aws_apprunner_service', 'app', 11, 15, 'deployment'],
    ]);
    expect(parts[1]?.images).toEqual(['reg/model:1']);
  });

  it('survives blocks and heredocs without an end', () => {
    expect(
      readTerraform('a.tf', 'resource "aws_sagemaker_model" "m" {\n  a = <<EOF\n').map(({ name }) => name),
    ).toEqual(['m']);
    expect(readTerraform('a.tf', '')).toEqual([]);
  });
});

describe('readCloudFormation', () => {
  const template = yamlOf(`AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties: { EndpointName: !Sub "\${Name}-x" }
  Alarm:
    Type: AWS::CloudWatch::Alarm
  Bucket:
    Type: AWS::S3::Bucket
`);

  it('reads resources by type, intrinsic functions left alone', () => {
    expect(isCloudFormation(template)).toBe(true);
    expect(
      readCloudFormation('t.yml', template).map(({ kind, name, line, stage }) => [kind, name, line, stage]),
    ).toEqual([
      ['AWS::SageMaker::Endpoint', 'Endpoint', 3, 'deployment'],
      ['AWS::CloudWatch::Alarm', 'Alarm', 6, 'monitoring'],
    ]);
  });

  it('is not any file with a key Resources', () => {
    expect(isCloudFormation(yamlOf('Resources: { a: { Type: x } }\n'))).toBe(false);
    expect(isCloudFormation(yamlOf('Resources: [a]\n'))).toBe(false);
  });
});

describe('readKustomization', () => {
  it('resolves what it puts together, and the images that it sets', () => {
    const [part] = readKustomization(
      'k8s/overlays/prod/kustomization.yaml',
      yamlOf(
        'resources: [../../base, patch.yaml, "https://x/y", ../../../../out]\nimages: [{ name: api, newName: reg/api, newTag: "3" }]\n',
      ),
    );
    expect(part?.name).toBe('k8s/overlays/prod');
    expect(part?.uses.slice(0, 2)).toEqual(['k8s/base', 'k8s/overlays/prod/patch.yaml']);
    expect(part?.uses).not.toContain('out');
    expect(part?.images).toEqual(['reg/api:3']);
    expect(isKustomizationName('kustomization.yml')).toBe(true);
    expect(isKustomizationName('my-kustomization.yml')).toBe(false);
  });
});

describe('Helm templates', () => {
  const charts = chartFolders(['charts/api/Chart.yaml', 'charts/api/charts/sub/Chart.yaml', 'x/Chart.yaml.bak']);

  it('belong to the chart whose folder they are in', () => {
    expect(chartOf('charts/api/templates/d.yaml', charts)).toBe('charts/api');
    expect(chartOf('charts/api/charts/sub/templates/x/d.yaml', charts)).toBe('charts/api/charts/sub');
    expect(chartOf('app/templates/d.yaml', charts)).toBeUndefined();
    expect(chartOf('templates/d.yaml', chartFolders(['Chart.yaml']))).toBe('');
  });

  it('give their kinds and images line by line, whatever the template does', () => {
    const text =
      '{{- if .Values.on }}\r\nkind: Deployment\r\nspec:\r\n  - image: "{{ .Values.image }}:{{ .Values.tag }}"\r\n{{- end }}\r\n---\r\nkind: {{ .Values.kind }}\r\n';
    expect(readHelmTemplate('c/templates/d.yaml', 'c', text)).toEqual({
      path: 'c/templates/d.yaml',
      chart: 'c',
      kinds: [{ kind: 'Deployment', line: 2 }],
      images: [{ text: '"{{ .Values.image }}:{{ .Values.tag }}"', line: 4 }],
    });
  });
});

describe('readHelmValues', () => {
  it('reads images of both forms, at any depth of the values', () => {
    const values = yamlOf(
      'image: { repository: reg/api, tag: "2" }\nworker:\n  image: reg/worker:1\n  pull: Always\nsidecar: { image: { name: x } }\n',
    );
    expect(readHelmValues('charts/api/values.yaml', values)).toEqual({
      path: 'charts/api/values.yaml',
      chart: 'charts/api',
      images: [
        { text: 'reg/api:2', line: 1 },
        { text: 'reg/worker:1', line: 3 },
        { text: 'x', line: 5 },
      ],
    });
  });
});

describe('readTritonConfig', () => {
  it('takes the name, or else the folder', () => {
    expect(
      readTritonConfig(
        'models/resnet/config.pbtxt',
        'name: "resnet50"\nplatform: "onnxruntime_onnx"\ninput [ { name: "x" } ]\n',
      ),
    ).toMatchObject([{ model: 'resnet50', line: 2, stage: 'deployment' }]);
    expect(readTritonConfig('models/resnet/config.pbtxt', 'backend: "python"\n')).toMatchObject([{ model: 'resnet' }]);
    expect(readTritonConfig('x/config.pbtxt', 'feature { name: "age" }\n')).toEqual([]);
  });
});

describe('readTorchServeConfig', () => {
  it('reads the model that is loaded, and the metrics for Prometheus', () => {
    const parts = readTorchServeConfig(
      'serve/config.properties',
      'inference_address=http://0.0.0.0:8080\nload_models=resnet.mar\nmetrics_mode=prometheus\n',
    );
    expect(parts.map(({ stage, model, line }) => [stage, model, line])).toEqual([
      ['deployment', 'resnet', 2],
      ['monitoring', undefined, 3],
    ]);
  });

  it('is not any properties file', () => {
    expect(readTorchServeConfig('config.properties', 'metrics_mode=prometheus\nbootstrap.servers=x\n')).toEqual([]);
  });
});
