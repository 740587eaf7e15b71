import { describe, expect, it } from 'vitest';
import { findings, TRAINING } from '../ruleTrial.js';

const rule = (dockerfile: string, path = 'Dockerfile') => findings('REP-001', { ...TRAINING, [path]: dockerfile });

describe('REP-001 base-image-not-immutable', () => {
  it.each([
    ['FROM python', 'high'],
    ['FROM python:latest', 'high'],
    ['FROM openjdk:slim', 'high'],
    ['FROM python:3', 'medium'],
    ['FROM python:3.11-slim', 'medium'],
    ['FROM ubuntu:22.04', 'medium'],
    ['FROM python:3.11.9-slim\nCOPY src/ src/', 'low'],
  ])('finds %j as %s', (dockerfile, severity) => {
    expect(rule(`${dockerfile}\n`)).toMatchObject([{ path: 'Dockerfile', line: 1, severity, fixable: false }]);
  });

  it.each([
    ['a digest', `FROM python:3.11@sha256:${'a'.repeat(64)}\n`],
    ['an empty image', 'FROM scratch\n'],
    ['an argument', 'ARG BASE=python:3.11.9\nFROM ${BASE}\n'],
    ['an exact version of an image that neither trains nor serves', 'FROM golang:1.22.1\nCOPY main.go .\n'],
  ])('is silent on %s', (_, dockerfile) => {
    expect(rule(dockerfile)).toEqual([]);
  });

  it('is silent on a stage that is built here, and says the same base once', () => {
    expect(rule('FROM python:3.11-slim AS base\nFROM base AS test\nFROM python:3.11-slim\n')).toMatchObject([
      { line: 1, subject: 'python:3.11-slim' },
    ]);
  });

  it.each(['docs/Dockerfile', '.devcontainer/Dockerfile', 'tests/Dockerfile'])('does not look at %s', (path) => {
    expect(rule('FROM python\n', path)).toEqual([]);
  });

  it('is silent without a model, and on what is no Dockerfile', () => {
    expect(findings('REP-001', { Dockerfile: 'FROM golang\n' })).toEqual([]);
    expect(rule('\u0000\u0001 nothing\n')).toEqual([]);
  });
});
