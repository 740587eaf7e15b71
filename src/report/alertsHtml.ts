import { formatDuration } from '../promql/duration.js';
import { axisNumber, type Chart, statesInWords } from '../proofs/alerts/chart.js';
import type { ReachedReceiver, RouteVerdict } from '../proofs/alerts/route/proveRoute.js';
import { triedOn } from '../proofs/alerts/triedOn.js';
import { type AlertVerdict, OBSERVED, type RuleVerdict } from '../proofs/alerts/verdict.js';
import { CHART_STYLE, chartSvg, lineSample } from './chartSvg.js';
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
/** Beside the colour, for who can't see it. */
const SIGNS: Readonly<Record<AlertVerdict, string>> = {
  proved: '✓',
  never_fires: '✗',
  always_fires: '✗',
  not_provable: '–',
  invalid: '✗',
};
/** Characters of rules and tests that the page holds at most, so that a browser opens it. */
const MAX_EVIDENCE = 4_000_000;

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1f2328; --line: #d0d7de; --soft: #f6f8fa; --dim: #57606a; --link: #0969da; --good: #1a7f37; --bad: #cf222e; --doubt: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --text: #e6edf3; --line: #3d444d; --soft: #161b22; --dim: #9198a1; --link: #4493f8; --good: #3fb950; --bad: #ff7b72; --doubt: #d29922; } }
html { background: var(--ground); color: var(--text); scroll-padding-top: .5rem; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 66rem; padding: 1rem; }
h1 { font-size: 1.6rem; margin: .5rem 0; } h2 { font-size: 1.3rem; margin: 0 0 .25rem; overflow-wrap: anywhere; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
a { color: var(--link); } a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; padding-right: 0; }
.proved { color: var(--good); } .never_fires, .always_fires, .invalid, .nobody { color: var(--bad); } .not_provable, .doubt { color: var(--doubt); }
.verdict { font-weight: 600; white-space: nowrap; } .dim { color: var(--dim); } p { margin: .5rem 0; } ul { margin: .25rem 0; padding-left: 1.25rem; } li { margin: .2rem 0; overflow-wrap: anywhere; }
main > section { border-top: 2px solid var(--line); margin-top: 2.5rem; padding-top: 1rem; }
.attention { background: var(--soft); border-left: 4px solid var(--bad); margin: 1rem 0; padding: .5rem 1rem; } .attention h2 { font-size: 1.1rem; }
code, pre { font: .875em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; } pre { background: var(--soft); overflow-x: auto; padding: .75rem; max-height: 30rem; }
.plots { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); margin: 1rem 0; }
figure { border: 1px solid var(--line); border-radius: 6px; margin: 0; padding: .75rem; } figcaption { font-size: .9rem; overflow-wrap: anywhere; } figure ul { font-size: .8rem; list-style: none; padding: 0; } figure li svg { vertical-align: middle; margin-right: .4rem; } figure li { font-family: ui-monospace, monospace; }
ul.marks { list-style: none; padding-left: 0; }
figure .note { font-size: .8rem; margin: .25rem 0 0; }
details { margin-top: .75rem; } summary { cursor: pointer; padding: .25rem 0; }
@media (max-width: 40rem) { thead { position: absolute; left: -100rem; } tr { border-bottom: 1px solid var(--line); display: block; padding: .5rem 0; } td { border: 0; display: block; padding: .1rem 0; } td:empty { display: none; } .number { text-align: left; } }
@media print { body { max-width: none; } section, figure { break-inside: avoid; } pre { max-height: none; white-space: pre-wrap; } .top { display: none; } }
${CHART_STYLE}`;

/** Identifies a rule among those of a run. */
export function chartKey({ file, line, alert }: Pick<RuleVerdict, 'file' | 'line' | 'alert'>): string {
  return JSON.stringify([file, line, alert]);
}

/** Verdicts of a run as one page without anything from elsewhere: it opens from a mail or a build's artifacts. */
export function alertsHtml({ rules, charts, tools, unusable = [] }: AlertsPage): string {
  const judged = Object.entries(tools).map(([name, version]) => `${escapeHtml(name)} ${escapeHtml(version)}`);
  let left = MAX_EVIDENCE;
  const sections = rules.map((rule, index) => {
    left -= (rule.evidence?.rules.length ?? 0) + (rule.evidence?.tests.length ?? 0);
    return ruleSection(rule, index, charts.get(chartKey(rule)) ?? [], left >= 0);
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>Alerts, proved</title><style>${STYLE}</style></head><body id="top">
<a class="skip" href="#rules">To the table of rules</a>
<header><h1>Alerts, proved</h1>
<p>${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}: ${countsOf(rules)}.</p>
<p class="dim">Judged by ${judged.join(', ') || 'no tool'}.</p></header>
<main>
${attention(rules)}
${list(
  'Files that could not be used',
  unusable.map(({ file, reason }) => `<code>${escapeHtml(file)}</code>: ${escapeHtml(reason)}`),
)}
${sharedFindings(rules)}
<table id="rules"><thead><tr><th scope="col">Verdict</th><th scope="col">Alert</th><th scope="col">Place</th><th scope="col">Found</th><th scope="col" class="number">Time</th></tr></thead><tbody>
${rules.map(row).join('\n')}
</tbody></table>
${sections.join('\n')}
</main></body></html>
`;
}

function countsOf(rules: readonly RuleVerdict[]): string {
  const counts = (Object.keys(WORDS) as AlertVerdict[]).flatMap((verdict) => {
    const count = rules.filter((rule) => rule.verdict === verdict).length;
    return count > 0 ? [`<span class="${verdict}">${SIGNS[verdict]} ${count} ${WORDS[verdict]}</span>`] : [];
  });
  return counts.join(', ') || 'none';
}

function row(rule: RuleVerdict, index: number): string {
  const codes = [...new Set(ownFindings(rule).map(({ code }) => escapeHtml(code)))];
  return (
    `<tr><td>${verdictOf(rule)}</td><td><a href="#rule-${index}">${escapeHtml(rule.alert)}</a></td>` +
    `<td>${place(rule)}</td><td>${codes.join('<br>')}</td>` +
    `<td class="number dim">${rule.seconds.toFixed(2)} s</td></tr>`
  );
}

function verdictOf({ verdict }: RuleVerdict): string {
  return `<span class="verdict ${verdict}"><span aria-hidden="true">${SIGNS[verdict]}</span> ${WORDS[verdict]}</span>`;
}

/** What somebody has to do something about, before everything else. */
function attention(rules: readonly RuleVerdict[]): string {
  const items = rules.flatMap((rule, index) => {
    const link = `<a href="#rule-${index}">${escapeHtml(rule.alert)}</a>`;
    if (rule.verdict !== 'proved' && rule.verdict !== 'not_provable') {
      return [`${link} <b class="${rule.verdict}">${WORDS[rule.verdict]}</b>: ${prose(rule.reason)}`];
    }
    const { route } = rule;
    if (route === undefined || route.notifies) return [];
    const reasons = route.findings.filter(({ code }) => code !== 'inline-secret').map(({ message }) => prose(message));
    return [`${link} <b class="nobody">reaches nobody</b>: ${reasons.join(' ')}`];
  });
  if (items.length === 0) return '';
  return `<div class="attention"><h2>Needs attention</h2><ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul></div>`;
}

/** Findings of the Alertmanager configuration, which every rule has alike. */
function sharedFindings(rules: readonly RuleVerdict[]): string {
  const messages = rules.flatMap(({ findings }) =>
    findings.flatMap(({ code, message }) => (code === 'inline-secret' ? [message] : [])),
  );
  return list(
    'In the Alertmanager configuration',
    [...new Set(messages)].map((message) => `<b class="doubt">inline-secret</b>: ${prose(message)}`),
  );
}

function ownFindings({ findings }: RuleVerdict): RuleVerdict['findings'] {
  return findings.filter(({ code }) => code !== 'inline-secret');
}

function ruleSection(rule: RuleVerdict, index: number, charts: readonly Chart[], withEvidence: boolean): string {
  const killed = rule.mutants.filter((mutant) => mutant.killed).length;
  const plots = charts.map((chart, at) => figure(chart, `plot-${index}-${at}`));
  return `<section id="rule-${index}" aria-labelledby="rule-${index}-name"><h2 id="rule-${index}-name">${escapeHtml(rule.alert)}</h2>
<p>${verdictOf(rule)} <span class="dim">${place(rule)}</span></p>
<p>${prose(rule.reason)}</p>
${list('Findings', [
  ...new Set(
    ownFindings(rule).map(({ code, message }) => `<b class="doubt">${escapeHtml(code)}</b>: ${prose(message)}`),
  ),
])}
${plots.length === 0 ? '' : `<div class="plots">${plots.join('')}</div>`}
${list(
  'Shown by promtool',
  rule.shown.map(
    ({ name, passed, text }) =>
      `${OBSERVED.has(name) ? '•' : passed ? '✓' : '✗'} <b>${escapeHtml(name)}</b>: ${prose(text)}`,
  ),
  'marks',
)}
${list('Tried on', rule.inputs === undefined ? [] : triedOn(rule.inputs).map(escapeHtml))}
${list(
  'Fires with',
  Object.entries(rule.labels ?? {}).map(
    ([label, value]) => `<code>${escapeHtml(`${label}=${JSON.stringify(value)}`)}</code>`,
  ),
)}
${rule.route === undefined ? '' : routeList(rule.route)}
${list(
  rule.mutants.length === 0 ? '' : `Wrong versions of the rule that fail the test: ${killed} of ${rule.mutants.length}`,
  rule.mutants.map(({ kind, text, killed: noticed, equivalent }) => {
    const how = noticed ? 'noticed' : equivalent ? 'the same rule for every plausible input' : 'not noticed';
    return `${escapeHtml(kind)}: ${prose(text)}: ${how}`;
  }),
)}
${list(
  'Accepted by the rule’s author',
  rule.accepted.map(({ code, reason }) => `<b>${escapeHtml(code)}</b>: ${escapeHtml(reason)}`),
)}
${list(
  'Taken for granted',
  rule.assumptions.map(({ status, text }) => `<b>${escapeHtml(status)}</b>: ${escapeHtml(text)}`),
)}
${list(
  'Test files',
  rule.tests.map((test) => `<code>${escapeHtml(test)}</code>`),
)}
${evidence(rule, withEvidence)}<p class="top"><a href="#top">To the top</a></p></section>`;
}

function figure(chart: Chart, id: string): string {
  const names = chart.lines.map(({ name }, index) => `<li>${lineSample(index)}${escapeHtml(name)}</li>`);
  const states = statesInWords(chart);
  const notes = [
    ...(chart.threshold === undefined ? [] : [`threshold ${axisNumber(chart.threshold)}`]),
    ...(states === '' ? [] : [states]),
  ].join('; ');
  return (
    `<figure><figcaption>${escapeHtml(chart.title)}</figcaption>${chartSvg(chart, id)}` +
    `<ul>${names.join('')}</ul>${notes === '' ? '' : `<p class="note dim">${notes}</p>`}</figure>`
  );
}

function routeList(route: RouteVerdict): string {
  return list('Where it goes', [
    escapeHtml(route.shown),
    ...route.reached.map((receiver) => `<b>${escapeHtml(receiver.receiver)}</b>: ${escapeHtml(wayTo(receiver))}`),
  ]);
}

function wayTo({ path, groupWait, groupInterval, repeatInterval }: ReachedReceiver): string {
  const steps = path.map(({ line, matchers }) => `line ${line} (${matchers.join(', ') || 'every alert'})`);
  const [wait, next, again] = [groupWait, groupInterval, repeatInterval].map((seconds) => formatDuration(seconds));
  return `by the routes at ${steps.join(' → ')}; first after ${wait}, news of the group after ${next}, again after ${again}`;
}

/** What promtool was given, so that whoever doubts can run it. */
function evidence({ evidence: given }: RuleVerdict, withTexts: boolean): string {
  if (given === undefined) return '';
  if (!withTexts)
    return '<p class="dim">Its rule and tests are left out, for the page’s size; --write-tests writes them.</p>';
  const text = (title: string, content: string) =>
    `<details><summary>${title}</summary><pre tabindex="0">${escapeHtml(content)}</pre></details>`;
  return text('The rule, as promtool was given it', given.rules) + text('The tests that it ran', given.tests);
}

/** A sentence in which backticks stand around code. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`\n]+)`/g, '<code>$1</code>');
}

/** A path that may be broken behind its slashes. */
function place({ file, line }: RuleVerdict): string {
  return `<code>${escapeHtml(`${file}:${line}`).replaceAll('/', '/<wbr>')}</code>`;
}

/** `title` and `items` are HTML. */
function list(title: string, items: readonly string[], kind = ''): string {
  return items.length === 0
    ? ''
    : `<h3>${title}</h3><ul${kind === '' ? '' : ` class="${kind}"`}>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}
