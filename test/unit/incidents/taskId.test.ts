import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { routeKey, taskIdOf } from '../../../src/incidents/taskId.js';

const cause = { tenant: 'default', source: 'alertmanager', episode: 'f@2026', route: 'fraud/harden' };

describe('taskIdOf', () => {
  it('is base 32 of the SHA-256 of tenant, source, episode and route as a JSON list', () => {
    const bytes = createHash('sha256').update('["default","alertmanager","f@2026","fraud/harden"]').digest();
    const bits = [...bytes]
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('')
      .padEnd(260, '0');
    const word = (bits.match(/.{5}/g) ?? [])
      .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)])
      .join('');
    expect(taskIdOf(cause)).toBe(`chg/alertmanager/${word}`);
  });

  it('differs when any part of the cause differs', () => {
    const ids = [cause, ...Object.keys(cause).map((key) => ({ ...cause, [key]: 'other' }))].map(taskIdOf);
    expect(new Set(ids).size).toBe(5);
  });

  it('names a route by target and goal', () => {
    expect(routeKey({ target: 'fraud', goal: 'restore' })).toBe('fraud/restore');
  });
});
