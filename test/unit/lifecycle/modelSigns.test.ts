import { describe, expect, it } from 'vitest';
import { modelSign } from '../../../src/lifecycle/modelSigns.js';
import { readSnapshot } from '../../../src/lifecycle/readSnapshot.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';

const sign = (files: Record<string, string>): string | undefined => modelSign(readSnapshot(memorySnapshot(files)));

describe('modelSign', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a library that code imports', { 'a.py': 'import lightning as L\n' }, 'a.py:1 imports lightning'],
    ['a platform for models', { 'a.py': 'from azureml.core import Workspace\n' }, 'a.py:1 imports azureml.core'],
    [
      'a notebook',
      { 'n.ipynb': '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "import torch"}]}' },
      'n.ipynb:1 imports torch',
    ],
    [
      'a conda environment',
      { 'env.yml': 'channels: [x]\ndependencies:\n- scikit-learn=1.2\n' },
      'env.yml:3 requires scikit-learn',
    ],
    [
      'a format that only models have',
      { 'm/config.pbtxt': 'backend: "onnxruntime"\n' },
      'm/config.pbtxt:1 is a Triton model configuration',
    ],
    [
      'a managed endpoint',
      { 'main.tf': 'resource "aws_sagemaker_endpoint" "e" {}\n' },
      'main.tf:1 is a Terraform aws_sagemaker_endpoint',
    ],
  ])('is %s', (_, files, expected) => {
    expect(sign(files)).toBe(expected);
  });

  it.each<[string, Record<string, string>]>([
    [
      'the word "train" of a railway',
      {
        'trains.py': 'def train(schedule):\n    return schedule.next_train()\n',
        '.github/workflows/t.yml': 'on: push\njobs: { train: { steps: [{ run: make train }] } }\n',
      },
    ],
    ['drift of a configuration', { 'infra.py': 'def detect_drift(state):\n    return state.drift\n' }],
    [
      'what a lock file lists for something else',
      { 'poetry.lock': '[[package]]\nname = "torch"\nversion = "2.1.0"\n' },
    ],
    [
      'a web service with pipelines and alarms',
      {
        'main.tf': 'resource "aws_lambda_function" "f" {}\n',
        Jenkinsfile: "stage('Deploy') { sh 'kubectl apply -f k8s' }",
        'grafana/d.json': '{"title": "Web", "panels": []}',
      },
    ],
  ])('is not %s', (_, files) => {
    expect(sign(files)).toBeUndefined();
  });
});
