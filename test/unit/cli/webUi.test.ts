import { describe, expect, it } from 'vitest';
import { taskUrl } from '../../../src/cli/webUi.js';

describe('taskUrl', () => {
  it('escapes the slashes of a task’s id', () => {
    expect(taskUrl('http://127.0.0.1:8233/', 'default', 'chg/alertmanager/abc', 'run-1')).toBe(
      'http://127.0.0.1:8233/namespaces/default/workflows/chg%2Falertmanager%2Fabc/run-1/history',
    );
  });
});
