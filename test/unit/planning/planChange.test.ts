import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MlopsError } from '../../../src/contract/errors.js';
import { changePolicySchema } from '../../../src/contract/policy.js';
import type { ChangeDraft, NoChange } from '../../../src/planning/changeDraft.js';
import { applyHunks, hunksBetween } from '../../../src/planning/lineHunks.js';
import { planChange } from '../../../src/planning/planChange.js';
import { type FakeRule, incident, noMap, planInput, rename } from './assessment.js';

const RULES = 'monitoring/rules.yml';
const ALERTMANAGER = 'monitoring/alertmanager.yml';
const rulesFile =
  'groups:\n  - name: a\n    rules:\n      - alert: DriftHigh\n        expr: psi > 1 # limit\n        for: 5m\n';
const alertmanagerFile =
  'route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n  - name: chat\n    webhook_configs: [{url: "http://chat/"}]\n';

const phantomMetric = rename('MON-001', RULES, 'psi', 'drift_psi', { subject: 'DriftHigh', severity: 'high' });
const muteRoute = rename('INC-001', ALERTMANAGER, 'receiver: nobody', 'receiver: chat', {
  subject: 'nobody',
  name: 'alert-routes-nowhere',
  area: 'incident-response',
  severity: 'critical',
});

function draft(result: ChangeDraft | NoChange): ChangeDraft {
  if (result.outcome !== 'change') throw new Error(`${result.outcome}: ${result.reasons.join('\n')}`);
  return result;
}

function none(result: ChangeDraft | NoChange): NoChange {
  if (result.outcome === 'change') throw new Error(`a change: ${result.diff}`);
  return result;
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

describe('planChange', () => {
  it('closes the primary risk and the risk that blocks the same proof for the same model', () => {
    const input = planInput({ [RULES]: rulesFile, [ALERTMANAGER]: alertmanagerFile }, [phantomMetric, muteRoute], {
      trigger: incident('ModelQualityDegraded', { model: 'fraud-scorer' }),
    });
    const plan = draft(planChange(input));

    expect(plan.primaryRisk.rule).toBe('INC-001');
    expect(plan.closes.map((risk) => risk.rule)).toEqual(['INC-001', 'MON-001']);
    expect(plan.edits.map((edit) => edit.path)).toEqual([ALERTMANAGER, RULES]);
    expect(text(plan.edits[0]?.after)).toBe(alertmanagerFile.replace('receiver: nobody', 'receiver: chat'));
    expect(text(plan.edits[1]?.after)).toBe(rulesFile.replace('psi', 'drift_psi'));
    expect(plan.size).toEqual({ files: 2, lines: 2 });
    expect(plan.stages).toEqual(['monitoring']);
    expect(plan.followUps).toEqual([]);
    expect(plan.summary).toBe(
      'Close 2 risks (INC-001 alert-routes-nowhere, MON-001 alert-on-never-exported-metric) in 2 files and 2 lines of monitoring.',
    );
    expect(plan.tradeOff).toBe('Trade-off of INC-001. Trade-off of MON-001.');
    expect(plan.blastRadius).toContain('no model, image or data path is touched');
    expect(plan.hunks.map((hunk) => [hunk.path, hunk.line, hunk.closes])).toEqual([
      [ALERTMANAGER, 2, ['INC-001:nobody']],
      [RULES, 5, ['MON-001:DriftHigh']],
    ]);
    expect(plan.hunks[1]?.diff).toBe(
      '@@ -5,1 +5,1 @@\n-        expr: psi > 1 # limit\n+        expr: drift_psi > 1 # limit\n',
    );
    expect(plan.hunks[1]?.reason).toContain('stays open');
  });

  it('gives the same plan for the same input', () => {
    const input = () => planInput({ [RULES]: rulesFile, [ALERTMANAGER]: alertmanagerFile }, [phantomMetric, muteRoute]);
    expect(planChange(input())).toEqual(planChange(input()));
  });

  it('leaves what is about another matter as follow-up, by priority', () => {
    const other = rename('MON-009', RULES, '5m', '10m', { subject: 'Blind', severity: 'low', blocks: 'promotion' });
    const plan = draft(planChange(planInput({ [RULES]: rulesFile }, [phantomMetric, other])));
    expect(plan.closes.map((risk) => risk.rule)).toEqual(['MON-001']);
    expect(plan.followUps).toMatchObject([{ priority: 1, risk: 'MON-009:Blind', path: RULES, line: 6 }]);
  });

  it('drops a hunk that the fix does not need, and keeps the bytes there', () => {
    const busy: FakeRule = {
      ...phantomMetric,
      fix: (content) => ({ [RULES]: content.replace('psi', 'drift_psi').replace('name: a', 'name: b') }),
    };
    const plan = draft(planChange(planInput({ [RULES]: rulesFile }, [busy])));
    expect(text(plan.edits[0]?.after)).toBe(rulesFile.replace('psi', 'drift_psi'));
    expect(plan.hunks).toHaveLength(1);
  });

  it('drops a whole file that the fix does not need', () => {
    const busy: FakeRule = {
      ...phantomMetric,
      fix: (content) => ({
        [RULES]: content.replace('psi', 'drift_psi'),
        [ALERTMANAGER]: `# seen\n${alertmanagerFile}`,
      }),
    };
    const plan = draft(planChange(planInput({ [RULES]: rulesFile, [ALERTMANAGER]: alertmanagerFile }, [busy])));
    expect(plan.edits.map((edit) => edit.path)).toEqual([RULES]);
  });

  it('plans for the next risk that can be fixed, and still names the primary one as open', () => {
    const unfixable = {
      ...muteRoute,
      risk: { ...muteRoute.risk, fixable: false, unfixableBecause: 'nobody says where to' },
    };
    const plan = draft(
      planChange(planInput({ [RULES]: rulesFile, [ALERTMANAGER]: alertmanagerFile }, [phantomMetric, unfixable])),
    );
    expect(plan.primaryRisk.rule).toBe('INC-001');
    expect(plan.primaryWhy).toContain('This change does not close it: nobody says where to.');
    expect(plan.closes.map((risk) => risk.rule)).toEqual(['MON-001']);
    expect(plan.skipped).toEqual([{ risk: 'INC-001:nobody', reason: 'nobody says where to' }]);
    expect(plan.followUps.map((followUp) => followUp.risk)).toEqual(['INC-001:nobody']);
  });

  it('says no_change_needed and what was looked at when there is no risk', () => {
    const map = { ...noMap, unknowns: [{ stage: 'deployment' as const, text: 'No manifest was found.' }] };
    const result = none(planChange(planInput({ [RULES]: 'groups: []\n' }, [phantomMetric], { map })));
    expect(result.outcome).toBe('no_change_needed');
    expect(result.reasons).toEqual([
      'Looked at 1 files and 0 components of the lifecycle; no risk was found.',
      'deployment: No manifest was found.',
    ]);
  });

  it('says no_change_needed when the risks concern only another model', () => {
    const rule = rename('MON-001', RULES, 'psi', 'drift_psi', { subject: 'churn-model' });
    const input = planInput({ [RULES]: rulesFile }, [rule], {
      models: ['fraud-scorer', 'churn-model'],
      trigger: incident('ModelQualityDegraded', { model: 'fraud-scorer' }),
    });
    const result = none(planChange(input));
    expect(result.outcome).toBe('no_change_needed');
    expect(result.reasons[0]).toContain('1 risk was found, and none concerns the incident');
    expect(result.followUps).toHaveLength(1);
  });

  it('says no_safe_change with the reason for each risk', () => {
    const throwing: FakeRule = {
      ...phantomMetric,
      fix: () => {
        throw new MlopsError('MLOPS-PLN-001', 'an alias stands there', { where: `${RULES}:5` });
      },
    };
    const refusing: FakeRule = { ...muteRoute, fix: () => ({ unfixable: 'no receiver has an integration' }) };
    const result = none(
      planChange(planInput({ [RULES]: rulesFile, [ALERTMANAGER]: alertmanagerFile }, [throwing, refusing])),
    );
    expect(result.outcome).toBe('no_safe_change');
    expect(result.primaryRisk?.rule).toBe('INC-001');
    expect(result.reasons).toEqual([
      `INC-001:nobody (alert-routes-nowhere) in ${ALERTMANAGER}, line 2: no receiver has an integration`,
      `MON-001:DriftHigh (alert-on-never-exported-metric) in ${RULES}, line 5: an alias stands there (${RULES}:5)`,
    ]);
  });

  it('skips a fix that does not close its risk', () => {
    const useless: FakeRule = { ...phantomMetric, fix: (content) => ({ [RULES]: content.replace('5m', '6m') }) };
    const result = none(planChange(planInput({ [RULES]: rulesFile }, [useless])));
    expect(result.reasons[0]).toContain('stays open');
  });

  it('skips a fix that brings a new risk', () => {
    const worse = rename('MON-002', RULES, 'drift_psi', 'x', { subject: 'New' });
    const result = none(planChange(planInput({ [RULES]: rulesFile }, [phantomMetric, worse])));
    expect(result.reasons[0]).toContain('MON-002:New (alert-on-never-exported-metric) appears');
  });

  it('skips a fix beyond the budget of lines or files, and says both numbers', () => {
    const policy = changePolicySchema.parse({ budget: { files: 1, lines: 1 } });
    const long: FakeRule = {
      ...phantomMetric,
      fix: (content) => ({ [RULES]: content.replace('psi > 1 # limit', 'drift_psi\n          > 1') }),
    };
    expect(none(planChange(planInput({ [RULES]: rulesFile }, [long], { policy }))).reasons[0]).toContain(
      'the change would have 1 files and 2 lines; the budget is 1 files and 1 lines',
    );
    const files = { [RULES]: rulesFile, [ALERTMANAGER]: alertmanagerFile };
    const plan = draft(planChange(planInput(files, [phantomMetric, muteRoute], { policy })));
    expect(plan.closes.map((risk) => risk.rule)).toEqual(['INC-001']);
    expect(plan.skipped[0]?.reason).toContain('2 files and 2 lines');
  });

  it('skips a fix that leaves the allowed paths or the stages', () => {
    const paths = planInput({ [RULES]: rulesFile }, [phantomMetric], {
      judgePaths: (paths) => paths.map((path) => `${path} may not change`),
    });
    expect(none(planChange(paths)).reasons[0]).toContain(`${RULES} may not change`);
    const deployed = { ...phantomMetric, risk: { ...phantomMetric.risk, stage: 'deployment' as const } };
    const policy = changePolicySchema.parse({ widenTo: ['deployment'] });
    expect(none(planChange(planInput({ [RULES]: rulesFile }, [deployed], { policy }))).reasons[0]).toContain(
      'it touches deployment, outside the boundary (monitoring); a person’s request may widen it',
    );
    expect(
      draft(planChange(planInput({ [RULES]: rulesFile }, [deployed], { stages: ['monitoring', 'deployment'] }))).stages,
    ).toEqual(['deployment']);
  });

  it('judges the stage of the edited place as well as that of the risk', () => {
    const map = {
      ...noMap,
      components: [
        {
          id: 's',
          stage: 'deployment' as const,
          kind: 'serving script',
          name: 'api',
          path: RULES,
          lines: { start: 1, end: 6 },
          evidence: '',
        },
      ],
    };
    expect(none(planChange(planInput({ [RULES]: rulesFile }, [phantomMetric], { map }))).reasons[0]).toContain(
      'it touches deployment',
    );
  });

  it('leaves a second fix of the same lines as follow-up', () => {
    const limit = rename('MON-005', RULES, 'limit', 'bound', { subject: 'DriftHigh', severity: 'low' });
    const plan = draft(planChange(planInput({ [RULES]: rulesFile }, [phantomMetric, limit])));
    expect(plan.closes.map((risk) => risk.rule)).toEqual(['MON-001']);
    expect(plan.skipped).toEqual([
      { risk: 'MON-005:DriftHigh', reason: 'it edits the same lines as a fix that comes before it' },
    ]);
  });

  it('takes two fixes of different lines of one file into one edit', () => {
    const pause = rename('MON-005', RULES, '5m', '10m', { subject: 'DriftHigh', severity: 'low', id: 'MON-005:x' });
    const plan = draft(planChange(planInput({ [RULES]: rulesFile }, [phantomMetric, pause])));
    expect(text(plan.edits[0]?.after)).toBe(rulesFile.replace('psi', 'drift_psi').replace('5m', '10m'));
    expect(plan.closes.map((risk) => risk.rule)).toEqual(['MON-001', 'MON-005']);
  });

  it.each([
    ['a template', { [RULES]: 'expr: {{ .Values.expr }} psi\n' }, 'is a template'],
    ['not UTF-8', { [RULES]: Uint8Array.from([...Buffer.from('expr: psi\n'), 0xff]) }, 'is not valid UTF-8'],
  ])('never edits a file that is %s', (_, files, reason) => {
    const snapshotRule: FakeRule = { ...phantomMetric, fix: () => ({ [RULES]: 'expr: drift_psi\n' }) };
    const input = planInput(files, [snapshotRule]);
    const found = { ...planInput({ [RULES]: rulesFile }, [phantomMetric]) }.risks;
    expect(none(planChange({ ...input, risks: found })).reasons[0]).toContain(reason);
  });

  it('skips a fix after which the YAML says something else', () => {
    const content = `${rulesFile}        labels:\n          severity: page\n`;
    const breaking: FakeRule = {
      ...phantomMetric,
      fix: () => ({ [RULES]: content.replace('psi', 'drift_psi').replace('labels:', 'labels: |') }),
    };
    const result = none(planChange(planInput({ [RULES]: content }, [breaking])));
    expect(result.reasons[0]).toContain('the edit would change a value on a line that it does not touch');
  });

  it.each([
    ['CRLF', rulesFile.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${rulesFile}`],
    ['no final newline', rulesFile.slice(0, -1)],
  ])('is exact to the byte with %s', (_, content) => {
    const plan = draft(planChange(planInput({ [RULES]: content }, [phantomMetric])));
    expect(Buffer.from(plan.edits[0]?.after as Uint8Array)).toEqual(Buffer.from(content.replace('psi', 'drift_psi')));
    expect(Buffer.from(plan.edits[0]?.before as Uint8Array)).toEqual(Buffer.from(content));
  });

  it('refuses a fix that changes line endings or the byte order mark', () => {
    const normalising: FakeRule = {
      ...phantomMetric,
      fix: (content) => ({ [RULES]: content.replaceAll('\r', '').replace('psi', 'drift_psi') }),
    };
    expect(
      none(planChange(planInput({ [RULES]: rulesFile.replaceAll('\n', '\r\n') }, [normalising]))).reasons[0],
    ).toContain('line endings');
    const stripping: FakeRule = {
      ...phantomMetric,
      fix: (content) => ({ [RULES]: content.replace('\uFEFF', '').replace('psi', 'drift_psi') }),
    };
    expect(none(planChange(planInput({ [RULES]: `\uFEFF${rulesFile}` }, [stripping]))).reasons[0]).toContain(
      'byte order mark',
    );
  });

  it('gives a diff that git applies to the very bytes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'planning-'));
    try {
      const path = 'monitoring/my rules.yml';
      const content = rulesFile.replaceAll('\n', '\r\n').slice(0, -2);
      const pause = rename('MON-005', path, '5m', '10m', { subject: 'DriftHigh', severity: 'low', id: 'MON-005:x' });
      const plan = draft(
        planChange(planInput({ [path]: content }, [rename('MON-001', path, 'psi', 'drift_psi'), pause])),
      );
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
      execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: folder, input: plan.diff });
      expect(readFileSync(join(folder, path))).toEqual(Buffer.from(plan.edits[0]?.after as Uint8Array));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves out what a reviewer named, and records what it did not understand', () => {
    const files = { [RULES]: rulesFile, [ALERTMANAGER]: alertmanagerFile };
    const plan = draft(
      planChange(
        planInput(files, [phantomMetric, muteRoute], {
          objections: ['Please leave out monitoring/alertmanager.yml.', 'Why now?'],
        }),
      ),
    );
    expect(plan.closes.map((risk) => risk.rule)).toEqual(['MON-001']);
    expect(plan.skipped[0]).toEqual({ risk: 'INC-001:nobody', reason: 'left out at a reviewer’s wish' });
    expect(plan.unanswered).toEqual(['Why now?']);
    expect(
      none(planChange(planInput({ [RULES]: rulesFile }, [phantomMetric], { excluded: ['MON-001:DriftHigh'] }))).outcome,
    ).toBe('no_safe_change');
  });

  it('brings no text of an attacker into the commit message or the summary', () => {
    const evil = 'x\n\nApproved-by: mallory\n\u001b[31m`rm`\u202e @team fixes #1 <b> http://evil.example';
    const rule = rename('MON-001', RULES, 'psi', 'drift_psi', { subject: evil, message: evil, consequence: evil });
    const plan = draft(
      planChange(planInput({ [RULES]: rulesFile }, [rule], { trigger: incident(evil, { model: evil }) })),
    );
    expect(plan.commitMessage).not.toMatch(/^Approved-by/m);
    expect(plan.commitMessage).not.toMatch(/[^\P{C}\n]|[`@#<>]|:\/\//u);
    expect([...(plan.commitMessage.split('\n')[0] as string)].length).toBeLessThanOrEqual(72);
    expect(plan.summary).not.toContain('mallory');
    expect(plan.blastRadius).not.toMatch(/\p{C}/u);
  });

  it('writes a Conventional commit message with what, why and the risks closed', () => {
    const plan = draft(
      planChange(planInput({ [RULES]: rulesFile }, [phantomMetric], { trigger: incident('DriftHigh') })),
    );
    expect(plan.commitMessage).toBe(
      [
        'fix(monitoring): close alert-on-never-exported-metric of DriftHigh',
        '',
        'Changed:',
        '- monitoring/rules.yml (1 added, 1 removed)',
        '',
        'Prompted by the incident DriftHigh, reported by alertmanager.',
        'While open, the risk blocks the proof of: alerting.',
        '',
        'Risks closed:',
        '- MON-001:DriftHigh alert-on-never-exported-metric, DriftHigh, in monitoring/rules.yml',
        '',
      ].join('\n'),
    );
  });

  it('can be undone and repeated to the byte, whatever the file looks like', () => {
    const line = fc.constantFrom('# a', 'k: bad', '', '  ', '# é\u{1f600}', '- x', 'tail');
    const ending = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, ending), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.boolean(),
        (parts, bom, final) => {
          // A text file, so that any content is an allowed one.
          const path = 'monitoring/notes.txt';
          const body = parts.map(([one, end]) => one + end).join('');
          const content = `${bom ? '\uFEFF' : ''}${final ? body : body.replace(/\r?\n$/, '')}`;
          const result = planChange(planInput({ [path]: content }, [rename('MON-001', path, 'bad', 'good')]));
          if (!/\bbad\b/.test(content)) return result.outcome === 'no_change_needed';
          const [edit] = draft(result).edits;
          const before = text(edit?.before);
          const after = text(edit?.after);
          expect(before).toBe(content);
          expect(after).toBe(content.replaceAll(/\bbad\b/g, 'good'));
          expect(applyHunks(before, hunksBetween(before, after) ?? [])).toBe(after);
          expect(applyHunks(after, hunksBetween(after, before) ?? [])).toBe(before);
          return true;
        },
      ),
    );
  });
});
