import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { incidentTask } from '../../../../src/cli/commands/start.js';
import { incidentFromAlertmanager } from '../../../../src/incidents/alertmanager.js';
import { parseConfig } from '../../../../src/worker/config.js';

const config = parseConfig(
  `version: 1
recordKey: env:KEY
targets:
  fraud: { repository: /srv/fraud.git, branch: main }
  other: { repository: /srv/other.git, branch: main }
routes:
  - { match: { model: fraud-scorer }, target: fraud, goal: restore, severity: high }
`,
  '/etc/temporal-mlops.yaml',
);
const payload = (name: string) =>
  incidentFromAlertmanager(
    readFileSync(new URL(`../../../../examples/payloads/${name}.json`, import.meta.url), 'utf8'),
  );

describe('the task of an incident', () => {
  const firing = payload('alertmanager-firing');

  it('takes target, goal and severity from the route', () => {
    const { task, request } = incidentTask(firing, config);
    expect(task).toMatch(/^chg\/alertmanager\/[a-z2-7]{52}$/);
    expect(request).toEqual({
      version: 1,
      tenant: 'default',
      target: 'fraud',
      goal: 'restore',
      severity: 'high',
      trigger: { kind: 'incident', incident: firing },
    });
  });

  it('is the same for the same delivery and another on another target', () => {
    expect(incidentTask(payload('alertmanager-firing'), config).task).toBe(incidentTask(firing, config).task);
    const other = incidentTask(firing, config, { target: 'other' });
    expect(other.task).not.toBe(incidentTask(firing, config).task);
    expect(other.request).toMatchObject({ target: 'other', goal: 'harden', severity: 'low' });
  });

  it('is not started for a resolved incident', () => {
    expect(() => incidentTask(payload('alertmanager-resolved'), config)).toThrow(
      expect.objectContaining({ code: 'MLOPS-INPUT-004' }),
    );
  });

  it('is not started on a target that is not configured', () => {
    expect(() => incidentTask(firing, config, { target: 'constructor' })).toThrow(
      expect.objectContaining({ code: 'MLOPS-CFG-002' }),
    );
  });
});
