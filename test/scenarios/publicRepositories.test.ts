import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';

/** Two repositories that nobody here wrote, with their licences; an installer added a policy. */
const REPOSITORIES: { name: string; rule: string; loads: string; fault?: string }[] = [
  {
    name: 'alanusp__Aegis-FraudStream',
    rule: 'MON-002',
    loads: 'monitoring/prometheus.yml',
    // Its Alertmanager has a receiver by mail and no mail server: Alertmanager doesn't start with it.
    fault: 'no global SMTP smarthost',
  },
  { name: 'DuqueOM__ML-MLOps-Portfolio', rule: 'MON-002', loads: 'k8s/prometheus-deployment.yaml' },
];

let server: DevServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(async () => {
  await server.stop();
});

describe.each(REPOSITORIES)('$name', ({ name, rule, loads, fault }) => {
  let site: Installation;
  beforeAll(async () => {
    const source = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
    site = await createInstallation({ server, source, people: ['installer'] });
    await site.startWorker();
  });
  afterAll(() => site.stop());

  it('a real alert is taken to an approved, committed and validated end', async () => {
    const task = await site.start();
    await site.question(task);
    const { plan, hunks, validations } = await site.proposal(task);
    expect(plan.operations.flatMap((operation) => operation.closes).some((risk) => risk.startsWith(rule))).toBe(true);
    expect(plan.operations.map((operation) => operation.kind === 'editFile' && operation.path)).toContain(loads);
    expect(hunks.every((hunk) => hunk.reason.length > 0)).toBe(true);
    const alerting = validations.find((validation) => validation.path === 'alerting');
    const open = alerting?.probes.filter((probe) => probe.verdict !== 'passed') ?? [];
    expect(open.map(({ observed }) => observed)).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)]);

    await site.decide(task, 'approve');
    const result = await site.result(task);
    // What was wrong before in what the change doesn't touch is said, and never called verified.
    expect(result.outcome, result.sentence).toBe(fault === undefined ? 'verified' : 'applied_unverified');
    const changed = site.git('diff', '--name-only', plan.base, String(result.commit)).trim().split('\n');
    expect(changed).toEqual(plan.operations.map((operation) => (operation.kind === 'editFile' ? operation.path : '')));
    const removed = site
      .git('diff', '-U0', plan.base, String(result.commit))
      .split('\n')
      .filter((line) => /^-[^-]/.test(line));
    expect(removed.length).toBeLessThanOrEqual(2);
  });
});
