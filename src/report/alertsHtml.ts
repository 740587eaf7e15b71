import type { Chart } from '../proofs/alerts/chart.js';
import { triedOn } from '../proofs/alerts/triedOn.js';
import { type AlertVerdict, OBSERVED, type RuleVerdict } from '../proofs/alerts/verdict.js';
import { chartSvg } from './chartSvg.js';
import { escapeHtml } from './escape.js';

export interface AlertsPage {
  rules: readonly RuleVerdict[];
  /** Charts of a rule, by file, line and alert; see {@link chartKey}. */
  charts: ReadonlyMap<string, readonly Chart[]>;
  /** Name → version of the tools that judged. */
  tools: Readonly<Record<string, string>>;
  /** Files that could not be used, with the reason. */
  unusable?: readonly { file: string; reason: string }[];
}

const WORDS: Readonly<Record<AlertVerdict, string>> = {
  proved: 'proved',
  never_fires: 'never fires',
  always_fires: 'always fires',
  not_provable: 'not provable',
  invalid: 'invalid',
};

const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --dim: #57606a; --good: #1a7f37; --bad: #cf222e; --doubt: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --line: #30363d; --dim: #8b949e; --good: #3fb950; --bad: #f85149; --doubt: #d29922; } svg { background: #fff; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.proved { color: var(--good); } .never_fires, .always_fires, .invalid { color: var(--bad); } .not_provable { color: var(--doubt); }
.verdict { font-weight: 600; white-space: nowrap; } .dim { color: var(--dim); } section { border-top: 1px solid var(--line); margin-top: 2rem; }
svg { max-width: 100%; height: auto; } li { margin: .2rem 0; } code { font-size: .9em; overflow-wrap: anywhere; }
`;

/** Identifies a rule among those of a run. */
export function chartKey({ file, line, alert }: Pick<RuleVerdict, 'file' | 'line' | 'alert'>): string {
  return JSON.stringify([file, line, alert]);
}

/** Verdicts of a run as one page without anything from elsewhere: it opens from a mail or a build's artifacts. */
export function alertsHtml({ rules, charts, tools, unusable = [] }: AlertsPage): string {
  const counts = (Object.keys(WORDS) as AlertVerdict[]).flatMap((verdict) => {
    const count = rules.filter((rule) => rule.verdict === verdict).length;
    return count > 0 ? [`<span class="${verdict}">${count} ${WORDS[verdict]}</span>`] : [];
  });
  const rows = rules.map(
    (rule, index) =>
      `<tr><td class="verdict ${rule.verdict}">${WORDS[rule.verdict]}</td><td><a href="#rule-${index}">${escapeHtml(rule.alert)}</a></td><td><code>${escapeHtml(rule.file)}:${rule.line}</code></td><td>${[...new Set(rule.findings.map(({ code }) => escapeHtml(code)))].join(', ')}</td></tr>`,
  );
  const judged = Object.entries(tools).map(([name, version]) => `${escapeHtml(name)} ${escapeHtml(version)}`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Alerts, proved</title><style>${STYLE}</style></head><body>
<h1>Alerts, proved</h1>
<p>${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}: ${counts.join(', ') || 'none'}. Judged by ${judged.join(', ') || 'no tool'}.</p>
<table><thead><tr><th>Verdict</th><th>Alert</th><th>Place</th><th>Findings</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
${list(
  'Files that could not be used',
  unusable.map(({ file, reason }) => `<code>${escapeHtml(file)}</code>: ${escapeHtml(reason)}`),
)}
${rules.map((rule, index) => ruleSection(rule, index, charts.get(chartKey(rule)) ?? [])).join('\n')}
</body></html>
`;
}

function ruleSection(rule: RuleVerdict, index: number, charts: readonly Chart[]): string {
  const killed = rule.mutants.filter((mutant) => mutant.killed).length;
  return `<section id="rule-${index}"><h2>${escapeHtml(rule.alert)}</h2>
<p><span class="verdict ${rule.verdict}">${WORDS[rule.verdict]}</span> <code class="dim">${escapeHtml(rule.file)}:${rule.line}</code></p>
<p>${escapeHtml(rule.reason)}</p>
${charts.map(chartSvg).join('\n')}
${list('Findings', [
  ...new Set(rule.findings.map(({ code, message }) => `<b>${escapeHtml(code)}</b>: ${escapeHtml(message)}`)),
])}
${list(
  'Shown',
  rule.shown.map(
    ({ name, passed, text }) =>
      `${OBSERVED.has(name) ? '•' : passed ? '✓' : '✗'} <b>${escapeHtml(name)}</b>: ${escapeHtml(text)}`,
  ),
)}
${list('Tried on', rule.inputs === undefined ? [] : triedOn(rule.inputs).map(escapeHtml))}
${list('Route', rule.route === undefined ? [] : [escapeHtml(rule.route.shown)])}
${list(
  rule.mutants.length === 0 ? '' : `Wrong versions of the rule that fail the test: ${killed} of ${rule.mutants.length}`,
  rule.mutants.map(({ kind, text, killed: noticed, equivalent }) => {
    const how = noticed ? 'noticed' : equivalent ? 'the same rule for every plausible input' : 'not noticed';
    return `${escapeHtml(kind)}: <code>${escapeHtml(text)}</code>: ${how}`;
  }),
)}
${list(
  'Assumptions',
  rule.assumptions.map(({ status, text }) => `<b>${escapeHtml(status)}</b>: ${escapeHtml(text)}`),
)}
${list(
  'Test files',
  rule.tests.map((test) => `<code>${escapeHtml(test)}</code>`),
)}</section>`;
}

/** `title` and `items` are HTML. */
function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `<h3>${title}</h3><ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}
