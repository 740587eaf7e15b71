import type { LifecycleMap } from '../../contract/lifecycle.js';
import type { Risk } from '../../contract/risk.js';
import { LIFECYCLE_STAGES } from '../../contract/stage.js';
import { escapeHtml } from '../escape.js';
import { MAP_STYLE, mapSvg } from './mapSvg.js';
import type { Picture } from './picture.js';

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --link: #0969da; --critical: #a40e26; --high: #cf222e; --medium: #9a6700; --low: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --text: #f0f6fc; --dim: #9198a1; --line: #3d444d; --soft: #151b23; --link: #4493f8; --critical: #ff9492; --high: #ff7b72; --medium: #e3b341; --low: #9198a1; } }
html { background: var(--ground); color: var(--text); } body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 114rem; padding: 1rem; }
.picture { overflow-x: auto; } .picture svg { display: block; height: auto; margin: 0 auto; max-width: 100%; min-width: 60rem; }
section { margin: 2rem auto 0; max-width: 76rem; } h2 { font-size: 1.3rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; text-transform: capitalize; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--line); padding: .35rem .75rem .35rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; } th { color: var(--dim); font-weight: 600; white-space: nowrap; } .short { white-space: nowrap; }
code { font: .875em ui-monospace, monospace; } .dim { color: var(--dim); } ul { margin: 0; padding-left: 1.25rem; }
.critical, .high, .medium, .low { font-weight: 650; white-space: nowrap; } .critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); } .low { color: var(--low); }
@page { size: A3 landscape; margin: 10mm; }
@media print { :root { --ground: #fff; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --critical: #a40e26; --high: #cf222e; --medium: #9a6700; --low: #59636e; } body { max-width: none; padding: 0; } .picture svg { min-width: 0; max-height: 270mm; } tr { break-inside: avoid; } }
${MAP_STYLE}`;

/**
 * A lifecycle map as a page: the picture, then everything that it shows and what it leaves out as text, with
 * evidence and reasons. Self-contained; its policy allows no script and nothing from elsewhere.
 */
export function mapHtml(picture: Picture, map: LifecycleMap): string {
  const name = escapeHtml(picture.title);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${name}: lifecycle map</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    `<main>`,
    `<div class="picture" tabindex="0" role="region" aria-label="Picture of the lifecycle">`,
    mapSvg(picture, { embedded: true }),
    '</div>',
    ...unknowns(map),
    ...risks(picture.risks),
    ...components(map),
    ...links(map),
    ...unread(map),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function risks(all: readonly Risk[]): string[] {
  if (all.length === 0) return [];
  return section(
    'Risks',
    table(
      ['Severity', 'Rule', 'Place', 'What and why'],
      all.map(({ severity, rule, path, line, message, consequence }) => [
        `<span class="${severity}">${severity}</span>`,
        `<span class="short">${code(rule)}</span>`,
        code(`${path}:${line}`),
        `${escapeHtml(message)} <span class="dim">${escapeHtml(consequence)}</span>`,
      ]),
    ),
  );
}

function components(map: LifecycleMap): string[] {
  return section(
    'Parts',
    LIFECYCLE_STAGES.flatMap((stage) => {
      const own = map.components.filter((component) => component.stage === stage);
      if (own.length === 0) return [];
      const rows = own.map(({ kind, name, path, lines, evidence, detail }) => [
        `${escapeHtml(name)}<br><span class="dim">${escapeHtml(kind)}${detail ? ', a detail' : ''}</span>`,
        code(`${path}:${lines.start === lines.end ? lines.start : `${lines.start}-${lines.end}`}`),
        `<span class="dim">${escapeHtml(evidence)}</span>`,
      ]);
      return [`<h3>${stage}</h3>`, ...table(['Part', 'Place', 'Why it is taken for this'], rows)];
    }),
  );
}

function links(map: LifecycleMap): string[] {
  if (map.edges.length === 0) return [];
  const names = new Map(map.components.map(({ id, kind, name }) => [id, `${kind} ${name}`]));
  const rows = map.edges.map(({ from, to, kind, reason }) => [
    escapeHtml(names.get(from) ?? from),
    `<span class="short">${escapeHtml(kind.replaceAll('-', ' '))}</span>`,
    escapeHtml(names.get(to) ?? to),
    `<span class="dim">${escapeHtml(reason)}</span>`,
  ]);
  return section('Links', table(['From', '', 'To', 'Because'], rows));
}

function unknowns(map: LifecycleMap): string[] {
  if (map.unknowns.length === 0) return [];
  const items = map.unknowns.map(({ stage, text }) => `<li><b>${stage}</b>: ${escapeHtml(text)}</li>`);
  return section('Not known', ['<ul>', ...items, '</ul>']);
}

function unread(map: LifecycleMap): string[] {
  if (map.unreadable.length === 0) return [];
  const items = map.unreadable.map(({ path, reason }) => `<li>${code(path)}: ${escapeHtml(reason)}</li>`);
  return section('Not read', ['<ul>', ...items, '</ul>']);
}

function section(title: string, body: readonly string[]): string[] {
  return body.length === 0 ? [] : ['<section>', `<h2>${title}</h2>`, ...body, '</section>'];
}

function table(heads: readonly string[], rows: readonly string[][]): string[] {
  return [
    '<table>',
    `<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`),
    '</tbody>',
    '</table>',
  ];
}

function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}
