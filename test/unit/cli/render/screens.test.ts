import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../../../src/cli/render/diff.js';
import { renderIncident } from '../../../../src/cli/render/incident.js';
import { columnsOf } from '../../../../src/cli/render/layout.js';
import { renderMap } from '../../../../src/cli/render/map.js';
import { renderOutcome } from '../../../../src/cli/render/outcome.js';
import { renderValidations } from '../../../../src/cli/render/probes.js';
import { renderQuestion } from '../../../../src/cli/render/question.js';
import { renderRisks } from '../../../../src/cli/render/risks.js';
import { renderStages } from '../../../../src/cli/render/stages.js';
import { renderStatus, timelineLines } from '../../../../src/cli/render/status.js';
import { renderTasks } from '../../../../src/cli/render/tasks.js';
import { incident, lifecycleMap, proposal, risks, status, validations } from '../samples.js';
import { plainTerminal } from './plainTerminal.js';

const wide = plainTerminal(80);
const narrow = plainTerminal(40);

describe('the incident', () => {
  it('is a frame of 80 columns', () => {
    expect(renderIncident(incident, wide)).toEqual([
      '╭─ Incident, critical, firing ─────────────────────────────────────────────────╮',
      '│ ModelQualityDegraded on fraud-scorer                                         │',
      '│ Live AUC of fraud-scorer is below 0.85 for 15 minutes                        │',
      '│ from alertmanager, since 2026-11-25 10:08 UTC, and 2 more alerts             │',
      '╰──────────────────────────────────────────────────────────────────────────────╯',
    ]);
  });

  it('is a frame of 40 columns', () => {
    expect(renderIncident(incident, narrow)).toEqual([
      '╭─ Incident, critical, firing ─────────╮',
      '│ ModelQualityDegraded on fraud-scorer │',
      '│ Live AUC of fraud-scorer is below    │',
      '│ 0.85 for 15 minutes                  │',
      '│ from alertmanager, since 2026-11-25  │',
      '│ 10:08 UTC, and 2 more alerts         │',
      '╰──────────────────────────────────────╯',
    ]);
  });

  it('cuts an annotation that would fill the screen, and says so', () => {
    const [alert] = incident.alerts;
    const long = {
      ...incident,
      alerts: [{ ...(alert as NonNullable<typeof alert>), annotations: { summary: 'z'.repeat(5000) } }],
    };
    const lines = renderIncident(long, wide);
    expect(lines.length).toBeLessThan(12);
    expect(lines.join('')).toContain('[5000 characters]');
  });

  it('shows an alert that wants to draw its own frame as text', () => {
    const [alert] = incident.alerts;
    const evil = {
      ...incident,
      alerts: [{ ...(alert as NonNullable<typeof alert>), annotations: { summary: '\u001b[2J\u202eok' } }],
    };
    expect(renderIncident(evil, wide)[2]).toContain('│ <ESC>[2J<U+202E>ok');
  });
});

describe('the stages', () => {
  const stages = {
    map: 'done',
    assess: 'done',
    plan: 'failed',
    rehearse: 'skipped',
    approve: 'running',
    apply: 'waiting',
    validate: 'waiting',
    report: 'waiting',
  } as const;

  it('carry a sign each', () => {
    expect(renderStages(stages, wide)).toEqual([
      '✓ map       how models are trained, registered, deployed and watched',
      '✓ assess    what could go wrong',
      '✗ plan      the smallest safe change',
      '– rehearse  prove it on a scratch copy',
      '● approve   a person decides',
      '○ apply     write exactly the approved bytes',
      '○ validate  prove it again on what landed',
      '○ report    what was done and what is left',
    ]);
  });

  it('are cut, not wrapped, in 40 columns of ASCII', () => {
    const lines = renderStages(stages, plainTerminal(40, { unicode: false }));
    expect(lines[0]).toBe('+ map       how models are trained, r...');
    expect(lines[4]).toBe('* approve   a person decides');
  });
});

describe('the map', () => {
  it('is a tree with places and links', () => {
    expect(renderMap(lifecycleMap, wide)).toEqual([
      '',
      'Lifecycle map  2 components, 1 links',
      'training',
      '├─ training script train  src/train.py:12',
      '│    → writes model fraud-scorer',
      '└─ ? where the data comes from',
      'registration',
      '└─ registered model fraud-scorer  models/fraud-scorer.json:1',
      'deployment',
      '└─ nothing found',
      'monitoring',
      '└─ nothing found',
    ]);
  });

  it('puts places on lines of their own in 40 columns', () => {
    expect(renderMap(lifecycleMap, narrow).slice(7, 10)).toEqual([
      'registration',
      '└─ registered model fraud-scorer',
      '     models/fraud-scorer.json:1',
    ]);
  });
});

describe('the risks', () => {
  it('stand with the plan’s own first, then by severity, each with file and line', () => {
    expect(renderRisks(risks, wide, { primary: 'MON-001:aa' })).toEqual([
      '',
      'Risks  2 found, 1 with a mechanical fix',
      '● high     MON-001  monitoring/rules.yml:34',
      '    The alert can never fire.',
      '  critical PRO-002  .github/workflows/train.yml:40',
      '    The gate logs the metric and never compares it.',
    ]);
  });

  it('fit in 40 columns', () => {
    expect(renderRisks(risks, narrow)).toEqual([
      '',
      'Risks  2 found, 1 with a mechanical fix',
      '  critical PRO-002',
      '    .github/workflows/train.yml:40',
      '    The gate logs the metric and never',
      '    compares it.',
      '  high     MON-001',
      '    monitoring/rules.yml:34',
      '    The alert can never fire.',
    ]);
  });

  it('count those that are not shown', () => {
    expect(renderRisks(risks, wide, { limit: 1 }).at(-1)).toBe('  and 1 more in the report');
  });
});

describe('the plan', () => {
  it('has the reason above its hunk and every line of the diff', () => {
    expect(renderPlan(proposal, wide)).toEqual([
      '',
      'Plan  1 file, 1 changed line',
      'Make the drift alert watch the metric that is exported.',
      'Trade-off: The alert may fire for the first time.',
      '',
      'monitoring/rules.yml',
      'why: without it the alert FeatureDriftHigh can never fire',
      '@@ -1,3 +1,3 @@',
      ' groups:',
      '-  - expr: drift > 0.25',
      '+  - expr: feature_drift_psi > 0.25',
      '   for: 15m',
    ]);
  });

  it('continues a long line instead of cutting it', () => {
    const long = {
      ...proposal,
      diff: proposal.diff.replace('+  - expr: feature_drift_psi > 0.25', `+${'x'.repeat(50)}`),
    };
    const lines = renderPlan(long, narrow);
    expect(lines).toContain(`+${'x'.repeat(39)}`);
    expect(lines).toContain(`  ↪ ${'x'.repeat(11)}`);
  });

  it('colours what is added and removed', () => {
    const lines = renderPlan(proposal, plainTerminal(80, { colour: true }));
    expect(lines).toContain('\u001b[32m+  - expr: feature_drift_psi > 0.25\u001b[39m');
    expect(lines).toContain('\u001b[31m-  - expr: drift > 0.25\u001b[39m');
  });

  it('shows a carriage return at the end of a line', () => {
    const crlf = { ...proposal, diff: proposal.diff.replace('psi > 0.25', 'psi > 0.25\r') };
    expect(renderPlan(crlf, wide)).toContain('+  - expr: feature_drift_psi > 0.25<CR>');
  });
});

describe('the probes', () => {
  it('stand one by one with sign and verdict; what did not pass says why', () => {
    expect(renderValidations('Rehearsal', validations, wide)).toEqual([
      '',
      'Rehearsal  + must pass, - must be refused',
      'alerting  proved',
      '  ✓ + FeatureDriftHigh fires after 15 minutes',
      '  ✓ - it stays silent just under the threshold',
      '  ○ only in the real environment: the receiver is reached',
      '      amtool alert add x',
      'rollback  not proved',
      '  the artifact is gone',
      '  ✗ + the previous artifact is intact',
      '      expected: hash 8b76',
      '      observed: no file',
    ]);
  });
});

describe('the question', () => {
  it('names plan, base, deadline and those who may', () => {
    expect(renderQuestion(status.question as NonNullable<typeof status.question>, wide, 'one alert rule')).toEqual([
      '',
      'Question  1 of 2 approvals given',
      'Make the drift alert watch the metric that is exported.',
      'Asked again because the branch moved',
      `plan      ${'ab'.repeat(32)}`,
      `base      ${'cd'.repeat(20)}`,
      'until     2026-11-26 10:00 UTC',
      'who may   alice, bob',
      'approved  alice',
      'reach     one alert rule',
    ]);
  });
});

describe('the outcome', () => {
  it('says what it means and why', () => {
    expect(renderOutcome('rejected', 'alice rejected the plan; nothing was changed.', wide)).toEqual([
      '',
      'Outcome',
      '– rejected',
      '  alice rejected the plan; nothing was changed.',
    ]);
  });

  it('gives code, place and way out of a task that failed, each line of a list by itself', () => {
    const error = {
      code: 'MLOPS-POL-002',
      message: 'the policy has 2 errors',
      where: 'mlops.yaml',
      mend: 'Correct every line.',
      stage: 'map' as const,
    };
    expect(renderOutcome('failed', 'The task failed at map:\n line 3: a\n line 4: b\u001b', wide, error)).toEqual([
      '',
      'Outcome',
      '✗ failed',
      '  The task failed at map:',
      '  line 3: a',
      '  line 4: b<ESC>',
      '  code:  MLOPS-POL-002',
      '  where: mlops.yaml',
      '  mend:  Correct every line.',
    ]);
  });

  it('is green only for what was proved or needs nothing', () => {
    const green = (outcome: Parameters<typeof renderOutcome>[0]) =>
      renderOutcome(outcome, '', plainTerminal(80, { colour: true }))[2]?.startsWith('\u001b[32m');
    expect(green('verified')).toBe(true);
    expect(green('no_change_needed')).toBe(true);
    expect(green('applied_unverified')).toBe(false);
    expect(green('expired')).toBe(false);
  });
});

describe('the status', () => {
  it('ends with the commands that answer while a question is open', () => {
    expect(renderStatus(status, wide).slice(-3)).toEqual([
      'To look at the plan, and to answer:',
      `  npx temporal-mlops plan '${status.task}'`,
      `  npx temporal-mlops approve '${status.task}' --as PERSON`,
    ]);
  });

  it('does not say twice that a message was refused', () => {
    const refused = { code: 'MLOPS-APR-002', reason: 'no key' };
    expect(timelineLines({ at: '2026-11-25T10:05:00Z', what: 'decision refused', refused }, wide)).toEqual([
      '10:05:00 • decision refused: MLOPS-APR-002, no key',
    ]);
  });

  it('shows a refused decision with its code', () => {
    expect(renderStatus(status, wide)).toContain(
      '10:05:00 • decision of mallory: refused, MLOPS-APR-002, the signature is not by',
    );
  });

  it.each([24, 40, 80, 100])('never leaves its %i columns but for what is to be copied', (width) => {
    const terminal = plainTerminal(width);
    const lines = [
      ...renderStatus(status, terminal),
      ...renderMap(lifecycleMap, terminal),
      ...renderRisks(risks, terminal),
      ...renderPlan(proposal, terminal),
      ...renderValidations('Rehearsal', validations, terminal),
      ...renderOutcome('failed', 'The task failed at map.', terminal),
    ];
    for (const line of lines.filter((each) => !/^(plan|base) {6}|^ {2}npx temporal-mlops /.test(each)))
      expect(columnsOf(line), line).toBeLessThanOrEqual(width);
  });
});

describe('the list of tasks', () => {
  it('never cuts an id, because ids are for copying', () => {
    const task = {
      task: `chg/alertmanager/${'a'.repeat(52)}`,
      run: 'r',
      execution: 'RUNNING',
      startedAt: '2026-11-25T10:00:00.000Z',
      target: 'fraud',
      awaiting: 'approval',
      outcome: 'running',
    };
    expect(renderTasks([task], narrow)).toEqual([task.task, '  awaits approval fraud 2026-11-25 10:00', '  UTC']);
  });

  it('says how to start one when there is none', () => {
    expect(renderTasks([], wide)).toEqual(['No tasks. Start one with `temporal-mlops start --help`.']);
  });
});
