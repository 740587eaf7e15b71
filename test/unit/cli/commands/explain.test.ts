import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../../src/cli/run.js';
import { RULES } from '../../../../src/risks/catalogue.js';
import { testStreams } from '../testStreams.js';

async function explain(...args: string[]) {
  const streams = testStreams({ env: { LANG: 'C.UTF-8' } });
  const code = await runCommandLine(['explain', ...args], streams);
  return { code, stdout: streams.stdout(), stderr: streams.stderr() };
}

describe('explain', () => {
  it('says what a rule finds, why it hurts, when it is silent, how it is mended, and where to read on', async () => {
    const { code, stdout } = await explain('LIN-009');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^LIN-009 gate-step-cannot-fail {2}critical/);
    for (const title of ['What it is', 'Why it hurts', 'When it is silent', 'How to mend it', 'How it is found'])
      expect(stdout).toContain(`\n${title}\n`);
    expect(stdout).toContain('    run: pytest -q tests/test_model_quality.py || true');
    expect(stdout).toContain('docs/risks/lineage-and-promotion/gate-step-cannot-fail.md');
    expect(stdout).toContain('# mlops: ignore LIN-009 because …');
  });

  it.each(RULES.map((rule) => [rule.id, rule]))('has a page for %s with all of that', async (id, rule) => {
    expect(existsSync(new URL(`../../../../docs/risks/${rule.page}`, import.meta.url))).toBe(true);
    const answer = JSON.parse((await explain(id, '--json')).stdout);
    expect(answer).toMatchObject({ id, name: rule.name, severity: rule.severity });
    for (const title of ['What', 'Why', 'When it is silent', 'Fix']) expect(answer[title]).toMatch(/\S/);
  });

  it('takes the name and small letters too', async () => {
    expect((await explain('gate-step-cannot-fail')).stdout).toBe((await explain('lin-009')).stdout);
  });

  it('lists every rule when none is named', async () => {
    const { code, stdout } = await explain();
    expect(code).toBe(0);
    for (const { id, name } of RULES) expect(stdout).toMatch(new RegExp(`^${id} +\\w+ +${name}$`, 'm'));
  });

  it.each(['LIN-999', 'nothing', '', '../../etc/passwd', 'LIN'])(
    'refuses %j with 2 and says which there are',
    async (named) => {
      const { code, stdout, stderr } = await explain(named);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error MLOPS-INPUT-001: There is no rule/);
      expect(stderr).toMatch(/LIN-009/);
    },
  );
});
