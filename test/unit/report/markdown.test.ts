import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/contract/report.js';
import { renderMarkdown } from '../../../src/report/markdown.js';
import { incident, noMap, risk } from '../planning/assessment.js';

const EVIL =
  '</td>|`x`\n# Approved\n\u001b[31m\u202e```\n<script>alert(1)</script> [a](javascript:b) **x** https://evil.example';

function report(evil: string): Report {
  return {
    format: 'temporal-mlops/report/1',
    task: evil,
    run: evil,
    outcome: 'applied_unverified',
    sentence: evil,
    trigger: incident(evil, { model: evil }),
    target: { id: evil, repository: evil, branch: evil },
    boundary: {
      stages: ['monitoring'],
      files: [{ path: evil, added: 1, removed: 2 }],
      aliases: [evil],
      commit: 'c'.repeat(40),
      base: 'b'.repeat(40),
    },
    primaryRisk: {
      risk: risk({ id: evil, path: evil, subject: evil, message: evil, consequence: evil, evidence: [evil] }),
      why: evil,
    },
    change: {
      summary: evil,
      tradeOff: evil,
      diff: `+${evil}\n`,
      hunks: [{ path: evil, line: 7, closes: [evil], reason: evil }],
      plan: 'd'.repeat(64),
    },
    validations: [
      {
        path: 'alerting',
        verdict: 'not-proved',
        reason: evil,
        probes: [
          {
            id: evil,
            path: 'alerting',
            sign: 'negative',
            statement: evil,
            expected: evil,
            observed: evil,
            verdict: 'failed',
            evidence: [{ name: evil, mediaType: 'text/plain', sha256: 'e'.repeat(64) }],
          },
        ],
        liveOnly: [{ path: 'alerting', statement: evil, command: evil }],
      },
    ],
    residual: [evil],
    followUps: [{ priority: 1, risk: evil, message: evil, path: evil, line: 3, why: evil }],
    qualityChecks: [{ name: 'monitoring', verdict: 'not-met', statement: evil, evidence: [evil] }],
    approval: {
      by: [{ person: evil, comment: evil, at: '2026-11-25T10:00:00Z' }],
      digest: 'd'.repeat(64),
      identity: 'self-declared',
      recordHead: 'f'.repeat(64),
    },
    reasons: [evil],
    undo: evil,
    map: {
      ...noMap,
      components: [
        {
          id: evil,
          stage: 'monitoring',
          kind: evil,
          name: evil,
          path: evil,
          lines: { start: 1, end: 2 },
          evidence: evil,
        },
      ],
      unreadable: [{ path: evil, reason: evil }],
    },
  };
}

/** Lines outside of fenced blocks, and those within. */
function split(markdown: string): { prose: string[]; blocks: string[] } {
  const prose: string[] = [];
  const blocks: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const mark = /^(`{3,})/.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && line === fence) fence = undefined;
    else (fence === undefined ? prose : blocks).push(line);
  }
  expect(fence).toBeUndefined();
  return { prose, blocks };
}

describe('renderMarkdown', () => {
  it('tells the five things in order, then checks, approval, undo, the map and the evidence', () => {
    const markdown = renderMarkdown(report('plain'));
    expect(markdown.split('\n').filter((line) => /^#{1,2} /.test(line))).toEqual([
      '# applied unverified: The approved change is applied, but not every path could be proved.',
      '## 1. What was changed',
      '## 2. Primary operational risk',
      '## 3. Smallest safe change',
      '## 4. Validations',
      '## 5. Residual risk and follow-ups',
      '## Quality checks',
      '## Approval',
      '## Undo',
      '## Lifecycle map',
      '## Evidence',
    ]);
    expect(markdown).toContain('1. ✗ **failed** *negative* plain Expected: `plain` Observed: `plain`\n');
    expect(markdown).toContain(`- \`plain\` expected \`plain\`; plain \`${'e'.repeat(64)}\`\n`);
    expect(markdown).toContain('`alerting/live-only/1` plain\n\n```sh\nplain\n```');
    expect(markdown).toContain('**self-declared**, nothing proves it');
    expect(markdown).toContain(`- Head of the record at quorum: \`${'f'.repeat(64)}\``);
    expect(markdown).toContain('- `plain:7`: plain\n');
    expect(markdown).toContain('1. plain `plain:3`, `plain`. plain\n');
    expect(markdown).toContain('- `plain` approved at `2026-11-25T10:00:00Z`, saying: plain\n');
  });

  it('lets nothing from outside become markup, hide or leave its place', () => {
    const markdown = renderMarkdown(report(EVIL));
    expect(markdown).not.toMatch(/[^\P{C}\n\t]/u);
    const { prose, blocks } = split(markdown);
    expect(prose.filter((line) => /^#+ /.test(line)).map((line) => line.replace(/:.*/, ''))).not.toContain(
      '# Approved',
    );
    // What is left when inline code and escapes are taken out is ours alone.
    const bare = prose
      .map((line) => line.replace(/\\./g, '').replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, ''))
      .join('\n');
    expect(bare).not.toMatch(/[<>`]|\]\(|:\/\//);
    expect(bare).not.toMatch(/\*\*x\*\*/);
    // Every row of a table has as many borders as its header.
    for (const [index, line] of prose.entries()) {
      if (!/^\| --- /.test(line)) continue;
      const borders = (row: string) => row.replace(/\\\|/g, '').split('|').length;
      expect(borders(prose[index + 1] as string)).toBe(borders(line));
    }
    expect(blocks.join('\n')).toContain('⟨U+202E⟩');
  });

  it('says so plainly when nothing was changed, proposed, validated or approved', () => {
    const { approval: _, change: __, primaryRisk: ___, undo: ____, map: _____, ...rest } = report('plain');
    const markdown = renderMarkdown({
      ...rest,
      outcome: 'no_change_needed',
      boundary: { stages: [], files: [], aliases: [] },
      validations: [],
      followUps: [],
      residual: [],
    });
    for (const sentence of [
      'Nothing.',
      'No risk that concerns this trigger was found.',
      'None was proposed.',
      'None was performed.',
      'No residual risk is known.',
      'No follow-up.',
      'Nobody approved a change.',
    ]) {
      expect(markdown).toContain(sentence);
    }
    expect(markdown).not.toContain('## Undo');
  });

  it('has no line of a table but that of the changed files: a phone cannot show wide ones', () => {
    const rows = renderMarkdown(report('plain'))
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toEqual(['| File | Added | Removed |', '| --- | --- | --- |', '| `plain` | 1 | 2 |']);
  });

  it('says how far each path’s probes reach, and counts them', () => {
    const markdown = renderMarkdown(report('plain'));
    expect(markdown).toContain('### alerting: not proved, 0 of 1 probes passed');
    expect(markdown).toContain('no alert was sent');
  });
});
