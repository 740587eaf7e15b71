import { describe, expect, it } from 'vitest';
import {
  renderExplanation,
  renderProgress,
  renderSummary,
  renderVerdicts,
} from '../../../../src/cli/render/alertVerdicts.js';
import { verdict } from '../../proofs/alerts/verdictSample.js';
import { plainTerminal } from './plainTerminal.js';

const terminal = plainTerminal(80);

describe('the table of alerts', () => {
  it('shows verdict, alert, the end of the place and the time in columns that stay aligned', () => {
    const rows = [
      verdict(),
      verdict({
        verdict: 'not_provable',
        alert: 'A'.repeat(60),
        file: `${'deep/'.repeat(20)}rules.yml`,
        seconds: 12.5,
      }),
    ];
    const table = (width: number, room = width) =>
      renderVerdicts(rows, { ...plainTerminal(width, { interactive: true }), room }).filter(
        (line) => !line.startsWith(' '),
      );
    const [first, second] = table(80);
    expect(first).toBe(`✓ proved       ${'HighErrorRate'.padEnd(28)} ${'rules/a.yml:4'.padEnd(28)}  0.25 s`);
    expect(second).toMatch(/^– not provable A{27}… …[a-z/]+rules\.yml:4 12\.50 s$/);
    // What the place doesn't need goes to the alert's name, and a table may be wider than text.
    expect(table(100, 140).map((row) => row.length)).toEqual([140, 140]);
    expect(table(100, 140)[1]).toMatch(/^– not provable A{57}… …[a-z/]+rules\.yml:4 12\.50 s$/);
    const short = renderVerdicts([verdict({ alert: 'A'.repeat(40) })], plainTerminal(80, { interactive: true }));
    expect(short).toEqual([`✓ proved       ${'A'.repeat(40)} rules/a.yml:4  0.25 s`]);
  });

  it('cuts nothing where it goes to a file or another program', () => {
    const file = `${'deep/'.repeat(20)}rules.yml`;
    const [row] = renderVerdicts([verdict({ alert: 'A'.repeat(60), file })], terminal);
    expect(row).toBe(`✓ proved       ${'A'.repeat(60)} ${file}:4  0.25 s`);
  });

  it('gives the reason of what is not proved, each finding once, and assumptions only where they are doubtful', () => {
    const finding = { code: 'mutant-survives' as const, message: 'the tests also pass without it' };
    const rule = verdict({
      verdict: 'never_fires',
      reason: 'a part of a whole is never 5',
      findings: [finding, finding],
      assumptions: [
        { about: 'kind', text: 'x is a gauge', status: 'assumed' },
        { about: 'label', text: 'b carries event', status: 'unlikely' },
      ],
    });
    expect(renderVerdicts([rule], terminal).slice(1)).toEqual([
      '    a part of a whole is never 5',
      '    ! mutant-survives: the tests also pass without it',
      '    ? assumed, though unlikely: b carries event',
    ]);
  });

  it('makes control characters of names and reasons visible', () => {
    const rule = verdict({ alert: 'a\u001b[31m', verdict: 'invalid', reason: 'x\u202ey' });
    const text = renderVerdicts([rule], terminal).join('\n');
    expect(text).toContain('a<ESC>[31m');
    expect(text).toContain('x<U+202E>y');
  });
});

describe('the summary', () => {
  it('counts verdicts in their order, and says how many rules are at fault', () => {
    const rules = [verdict({ verdict: 'invalid' }), verdict(), verdict()];
    expect(renderSummary(rules, { failing: 1, known: 2 }, 3.14, terminal)).toEqual([
      '',
      '3 rules: 2 proved, 1 invalid',
      'at fault: 1 rule',
      'at fault as in the baseline, let pass: 2 rules',
      'in 3.1 s',
    ]);
  });

  it('tells once what was found in the Alertmanager configuration, which every rule has', () => {
    const secret = { code: 'inline-secret' as const, message: 'am.yml:2: a secret' };
    const rules = [verdict({ findings: [secret] }), verdict({ findings: [secret] })];
    expect(renderVerdicts(rules, terminal)).toHaveLength(2);
    expect(renderSummary(rules, { failing: 0, known: 0 }, 1, terminal)).toEqual([
      '',
      '! inline-secret: am.yml:2: a secret',
      '',
      '2 rules: 2 proved',
      'in 1.0 s',
    ]);
  });

  it('says that there was no rule', () => {
    expect(renderSummary([], { failing: 0, known: 0 }, 0, terminal)[1]).toBe('no alerting rule');
  });
});

describe('the progress bar', () => {
  it('fills as rules are done, also when there are none', () => {
    expect(renderProgress(1, 4, plainTerminal(64))).toBe(`${'█'.repeat(10)}${'░'.repeat(30)} 1/4 rules`);
    expect(renderProgress(0, 0, plainTerminal(24, { unicode: false }))).toBe(`${'#'.repeat(10)} 0/0 rules`);
  });
});

describe('an explanation', () => {
  it('tells what was shown, noticed, found, accepted and assumed, and judges no birth or death', () => {
    const rule = verdict({
      shown: [
        { name: 'fires', passed: true, text: 'fires 5m after the values turn bad' },
        { name: 'silent', passed: false, text: 'fired once' },
        { name: 'birth', passed: true, text: 'does not notice it' },
      ],
      mutants: [
        { kind: 'reversed', text: '< 5', killed: true },
        { kind: 'moved-up', text: '> 6', killed: false },
        { kind: 'matcher-changed', text: 'a="b" left out', killed: false, equivalent: true },
      ],
      labels: { alertname: 'HighErrorRate', severity: 'page' },
      accepted: [{ code: 'blind-when-absent', reason: 'the exporter tells' }],
      assumptions: [{ about: 'kind', text: 'x is a gauge', status: 'fact' }],
      tests: ['tests/a.test.yaml'],
    });
    expect(renderExplanation(rule, terminal)).toEqual([
      '',
      'HighErrorRate: proved',
      'rules/a.yml:4',
      'promtool shows that it fires, waits, stays silent and recovers.',
      '',
      '  Shown by promtool',
      '  ✓ fires 5m after the values turn bad',
      '  ✗ silent: fired once',
      '  • birth: does not notice it',
      '',
      '  Fires with',
      '  • alertname="HighErrorRate", severity="page"',
      '',
      '  Wrong versions of the rule',
      '  • 1 of 3 fail the test, as they should',
      '  ! moved-up: > 6: passes the test too',
      '  • matcher-changed: a="b" left out: the same rule for every plausible input',
      '',
      '  Accepted',
      '  • blind-when-absent: the exporter tells',
      '',
      '  Taken for granted',
      '  ? fact: x is a gauge',
      '',
      '  Test files',
      '  tests/a.test.yaml',
    ]);
  });
});
