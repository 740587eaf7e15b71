import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/searchAttributes.js';
import { parseConfig } from '../../../src/worker/config.js';
import { itWithPromTools } from '../../support/promTools.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  command?: string[];
  entrypoint?: string[];
  secrets?: string[];
  healthcheck?: { test: string[] };
}
const compose = parse(read('docker-compose.yml')) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(compose.services);
const worker = compose.services.worker as Service;
const dockerfile = read('compose/worker.Dockerfile');
const config = parseConfig(read('compose/temporal-mlops.yaml'), '/etc/temporal-mlops/temporal-mlops.yaml');

/** The port inside of the container behind each published one. */
function publishedPorts(): Record<string, string> {
  const published = services.flatMap(([name, { ports = [] }]) =>
    ports.map((port) => {
      const [host, outside, inside] = port.split(':');
      expect(host).toBe('127.0.0.1');
      return [`${outside}`, `${name}:${inside}`] as const;
    }),
  );
  expect(new Set(published.map(([outside]) => outside)).size).toBe(published.length);
  return Object.fromEntries(published);
}

describe('docker-compose.yml', () => {
  it.each(services.filter(([, { image }]) => image))('pins the image of %s to a full version', (_name, { image }) => {
    expect(image).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/);
    expect(image).not.toContain('latest');
  });

  it("pins the worker's base image, to a Node that the package accepts", () => {
    const from = dockerfile.match(/^FROM (.+)$/gm);
    expect(from).toHaveLength(1);
    const [, minor] = /^FROM node:20\.(\d+)\.\d+-bookworm-slim$/.exec(from?.[0] ?? '') ?? [];
    expect(Number(minor)).toBeGreaterThanOrEqual(3);
    expect(JSON.parse(read('package.json')).engines.node).toBe('>=20.3');
  });

  it('builds the worker from files that exist', () => {
    expect(existsSync(join(ROOT, worker.build?.dockerfile ?? 'none'))).toBe(true);
    const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap((match) => `${match[1]}`.split(' '));
    expect(copied).toContain('src');
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(read('.dockerignore').split('\n'), path).toContain(`!${path}`);
    }
  });

  it('runs a command of the command line in the worker and in its health check', () => {
    expect(dockerfile).toContain('CMD ["worker"]');
    expect(read('src/cli/commands/worker.ts')).toContain(".command('worker')");
    expect(worker.healthcheck?.test).toEqual(['CMD', 'temporal-mlops', 'doctor']);
    expect(read('src/cli/commands/doctor.ts')).toContain(".command('doctor')");
  });

  it('gives the worker only variables that the code reads', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => read(join('src', path)))
      .join('\n');
    for (const name of Object.keys(worker.environment ?? {})) expect(sources, name).toContain(name);
  });

  it('mounts what the configuration of the worker names', () => {
    const targets = new Map(
      (worker.volumes ?? []).map((volume) => volume.split(':').slice(0, 2).reverse() as [string, string]),
    );
    expect(targets.get(worker.environment?.TEMPORAL_MLOPS_CONFIG ?? '')).toBe('./compose/temporal-mlops.yaml');
    expect(Object.keys(compose.volumes)).toContain(targets.get(config.dataDir));
    expect(dockerfile).toContain(`chown node:node ${config.dataDir}`);
    expect(config.recordKey).toBe(`file:/run/secrets/${worker.secrets?.[0]}`);
    expect(Object.keys(compose.secrets)).toEqual(worker.secrets);
    for (const { repository } of Object.values(config.targets)) {
      expect(
        [...targets.keys()].some((path) => repository.startsWith(`${path}/`)),
        repository,
      ).toBe(true);
    }
  });

  it('has the Temporal server and its UI where the configuration looks for them', () => {
    const published = publishedPorts();
    expect(config.temporal.address).toBe('temporal:7233');
    expect(published['7233']).toBe(config.temporal.address);
    expect(published[new URL(config.temporal.ui ?? '').port]).toMatch(/^temporal-ui:/);
    expect(compose.services.temporal?.environment?.DEFAULT_NAMESPACE).toBe(config.temporal.namespace);
    expect(compose.services['temporal-ui']?.environment?.TEMPORAL_ADDRESS).toBe(config.temporal.address);
  });

  it('registers exactly the search attributes of the contract', () => {
    const command = compose.services['search-attributes']?.command ?? [];
    const names = command.filter((flag) => flag.startsWith('--name=')).map((flag) => flag.slice('--name='.length));
    expect(names.sort()).toEqual(Object.values(SEARCH_ATTRIBUTES).sort());
    expect(command.filter((flag) => flag === '--type=Keyword')).toHaveLength(names.length);
    expect(worker.depends_on?.['search-attributes']?.condition).toBe('service_completed_successfully');
  });

  it.each(services)('%s waits only for services that can say that they are ready', (_name, service) => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(other);
      if (condition === 'service_healthy') expect(compose.services[other]).toHaveProperty('healthcheck');
    }
  });

  it.each(services)('%s mounts declared volumes and files that exist', (_name, { volumes = [] }) => {
    for (const source of volumes.map((volume) => volume.split(':')[0] as string)) {
      if (source.startsWith('.')) expect(statSync(join(ROOT, source))).toBeTruthy();
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('lets Prometheus speak to the Alertmanager and scrape what exists', () => {
    const prometheus = parse(read('compose/prometheus/prometheus.yml'));
    const scraped = prometheus.scrape_configs.flatMap(
      (job: { static_configs: { targets: string[] }[] }) => job.static_configs[0]?.targets,
    );
    const published = Object.values(publishedPorts());
    expect(published).toContain(prometheus.alerting.alertmanagers[0].static_configs[0].targets[0]);
    expect(scraped).toContain(`temporal:${compose.services.temporal?.environment?.PROMETHEUS_ENDPOINT?.split(':')[1]}`);
  });

  itWithPromTools('passes promtool and amtool', () => {
    const prometheus = ['check', 'config', join(ROOT, 'compose/prometheus/prometheus.yml')];
    expect(execFileSync(process.env.PROMTOOL as string, prometheus, { encoding: 'utf8' })).toContain(
      '1 rule files found',
    );
    const alertmanager = ['check-config', join(ROOT, 'compose/alertmanager/alertmanager.yml')];
    expect(execFileSync(process.env.AMTOOL as string, alertmanager, { encoding: 'utf8' })).toContain('SUCCESS');
  });
});
