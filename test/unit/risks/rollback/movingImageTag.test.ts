import { describe, expect, it } from 'vitest';
import { type Files, findings, TRAINING } from '../ruleTrial.js';

const rule = (files: Files) =>
  findings('RBK-010', { ...TRAINING, ...files }).map(({ path, line, severity }) => `${path}:${line} ${severity}`);
const compose = (service: string) => ({ 'docker-compose.yml': `services:\n  a:\n${service}` });

describe('RBK-010 moving-image-tag', () => {
  it('finds a Compose service by latest or by no tag, one a file', () => {
    expect(rule(compose('    image: minio/minio:latest\n  b:\n    image: redis\n'))).toEqual([
      'docker-compose.yml:3 low',
    ]);
  });

  it('finds an Argo workflow step without a tag', () => {
    const template =
      'apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: w}\nspec:\n  templates:\n    - name: push\n      container:\n        image: alpine/git\n';
    expect(rule({ 'argo/w.yml': template })).toEqual(['argo/w.yml:8 medium']);
  });

  it('finds a Terraform default and a name in code', () => {
    expect(rule({ 'main.tf': 'variable "url" {\n  default = "1.dkr.ecr.eu.amazonaws.com/m:latest"\n}\n' })).toEqual([
      'main.tf:2 medium',
    ]);
    expect(rule({ 'src/config.py': 'IMAGE = f"gcr.io/{PROJECT}/serve:latest"\n' })).toEqual(['src/config.py:1 medium']);
  });

  it('finds a build that pushes nothing but latest', () => {
    const build = (tags: string) => ({
      '.github/workflows/b.yml': `on: push\njobs:\n  b:\n    steps:\n      - uses: docker/build-push-action@v5\n        with:\n          push: true\n          tags: ${tags}\n`,
    });
    expect(rule(build('me/scorer:latest'))).toEqual(['.github/workflows/b.yml:5 medium']);
    expect(rule(build('"me/scorer:latest,me/scorer:${{ github.sha }}"'))).toEqual([]);
  });

  it('is silent on versions, on what Compose builds, on variables and on other URIs', () => {
    expect(rule(compose('    image: redis:7.2.4\n'))).toEqual([]);
    expect(rule(compose('    build: .\n    image: scorer:latest\n  b:\n    image: scorer:latest\n'))).toEqual([]);
    expect(rule(compose('    image: scorer:${TAG}\n'))).toEqual([]);
    expect(rule({ 'src/config.py': 'URI = "models:/scorer/latest"\nOTHER = "s3://a/b:latest"\n' })).toEqual([]);
    expect(findings('RBK-010', compose('    image: minio/minio:latest\n'))).toEqual([]);
  });
});
