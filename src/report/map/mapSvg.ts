import type { Risk } from '../../contract/risk.js';
import { SEVERITIES, type Severity } from '../../contract/severity.js';
import { LIFECYCLE_STAGES, type LifecycleStage } from '../../contract/stage.js';
import { escapeHtml } from '../escape.js';
import { CARD_WIDTH, layOut, type PlacedCard, type PlacedLane, type PlacedLink } from './layout.js';
import type { Picture } from './picture.js';

/** Sentences about what isn't known that a column has room for. */
const MOST_UNKNOWNS = 3;
/** Room for a chip that says how many more there are. */
const REST_WIDTH = 36;

const STAGE_TITLES: Record<LifecycleStage, string> = {
  training: 'Train',
  registration: 'Register',
  deployment: 'Deploy',
  monitoring: 'Monitor',
};

/**
 * Colours in light and dark; every selector begins with the class of the picture, so that it can stand in a
 * page too. Contrast of text is at least 4.5 : 1 in both.
 */
export const MAP_STYLE = `
.mlops-map { --ground: #fff; --lane: #f6f8fa; --card: #fff; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --link: #6e7781; --accent: #0969da; --critical: #a40e26; --high: #cf222e; --medium: #9a6700; --low: #59636e; --chip: #fff; font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
@media (prefers-color-scheme: dark) { .mlops-map { --ground: #0d1117; --lane: #151b23; --card: #0d1117; --text: #f0f6fc; --dim: #9198a1; --line: #3d444d; --link: #8b949e; --accent: #4493f8; --critical: #ff9492; --high: #ff7b72; --medium: #e3b341; --low: #9198a1; --chip: #0d1117; } }
@media print { .mlops-map { --ground: #fff; --lane: #f6f8fa; --card: #fff; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --link: #6e7781; --accent: #0969da; --critical: #a40e26; --high: #cf222e; --medium: #9a6700; --low: #59636e; --chip: #fff; } }
.mlops-map .ground { fill: var(--ground); } .mlops-map text { fill: var(--text); font-size: 12px; }
.mlops-map .title { font-size: 22px; font-weight: 650; } .mlops-map .dim { fill: var(--dim); }
.mlops-map .stage { font-size: 15px; font-weight: 650; } .mlops-map .stage-line { stroke: var(--accent); stroke-width: 2; }
.mlops-map .lane { fill: var(--lane); } .mlops-map .lane-title { font-size: 13px; font-weight: 650; }
.mlops-map .card { fill: var(--card); stroke: var(--line); } .mlops-map .risk .card { stroke-dasharray: 4 3; } .mlops-map .none .card { fill: none; stroke-dasharray: 2 4; }
.mlops-map .kind { fill: var(--dim); font-size: 10.5px; } .mlops-map .name { font-size: 13px; font-weight: 600; } .mlops-map .place { fill: var(--dim); font: 10.5px ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace; }
.mlops-map .none text { fill: var(--dim); font-style: italic; }
.mlops-map .link { fill: none; stroke: var(--link); stroke-width: 1.3; } .mlops-map .head { fill: var(--link); }
.mlops-map .label { fill: var(--dim); font-size: 10.5px; paint-order: stroke; stroke: var(--lane); stroke-width: 4px; stroke-linejoin: round; }
.mlops-map .chip rect { fill: var(--chip); stroke-width: 1.4; } .mlops-map .chip text { font-size: 10.5px; font-weight: 650; }
.mlops-map .critical rect { fill: var(--critical); stroke: var(--critical); } .mlops-map .critical text { fill: var(--chip); }
.mlops-map .high rect { stroke: var(--high); } .mlops-map .high text { fill: var(--high); }
.mlops-map .medium rect { stroke: var(--medium); } .mlops-map .medium text { fill: var(--medium); }
.mlops-map .low rect { stroke: var(--low); stroke-dasharray: 3 2; } .mlops-map .low text { fill: var(--low); }
.mlops-map .edge-mark { stroke: none; } .mlops-map .edge-mark.critical { fill: var(--critical); } .mlops-map .edge-mark.high { fill: var(--high); } .mlops-map .edge-mark.medium { fill: var(--medium); } .mlops-map .edge-mark.low { fill: var(--low); }
`;

/**
 * A lifecycle map as one picture: four columns, a lane a project, links with what they are, risks as chips on
 * the card of their place. A self-contained SVG without scripts, for light and dark and for paper.
 *
 * @param embedded in a page that has {@link MAP_STYLE} already
 */
export function mapSvg(picture: Picture, { embedded = false }: { embedded?: boolean } = {}): string {
  const layout = layOut(picture);
  const { width, columns } = layout;
  const unknowns = unknownsOf(picture, width, layout.height + 14);
  const height = Math.ceil(unknowns.bottom + 24);
  const counts = [...SEVERITIES].reverse().flatMap((severity) => {
    const count = picture.risks.filter((risk) => risk.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const subtitle = [
    `${picture.cards.filter(({ role }) => role === 'part').length} places`,
    ...(picture.details > 0 ? [`${picture.details} details not drawn`] : []),
    picture.risks.length === 0 ? 'no risks' : `${picture.risks.length} risks: ${counts.join(', ')}`,
    /^[0-9a-f]{40,}$/.test(picture.commit) ? `commit ${picture.commit.slice(0, 12)}` : picture.commit,
  ].join('  ·  ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mlops-map" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="map-title">`,
    `<title id="map-title">${escapeHtml(picture.title)}: lifecycle map</title>`,
    ...(embedded ? [] : [`<style>${MAP_STYLE}</style>`]),
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0,0.6 L8,4 L0,7.4 Z"/></marker></defs>',
    `<rect class="ground" width="${width}" height="${height}"/>`,
    text('title', 28, 42, cut(picture.title, 80)),
    text('dim', 28, 64, subtitle),
    ...columns.flatMap((x, index) => [
      text('stage', x, 100, STAGE_TITLES[LIFECYCLE_STAGES[index] as LifecycleStage]),
      `<line class="stage-line" x1="${x}" y1="108" x2="${x + CARD_WIDTH}" y2="108"/>`,
    ]),
    ...layout.lanes.flatMap((lane) => laneMarkup(lane, width)),
    ...layout.links.map(linkMarkup),
    ...layout.cards.flatMap(cardMarkup),
    ...layout.links.flatMap(labelMarkup),
    ...unknowns.markup,
    '</svg>',
    '',
  ].join('\n');
}

function laneMarkup({ lane, y, height }: PlacedLane, width: number): string[] {
  const models = lane.models.length === 0 ? '' : `model ${lane.models.slice(0, 3).join(', ')}`;
  const title = cut(lane.title, 44);
  return [
    `<rect class="lane" x="14" y="${y}" width="${width - 28}" height="${height}" rx="10"/>`,
    `<text class="lane-title" x="28" y="${y + 24}">${escapeHtml(title)}${models === '' ? '' : ` <tspan class="dim" font-weight="400" dx="8">${escapeHtml(cut(models, 36))}</tspan>`}</text>`,
  ];
}

function linkMarkup({ link, path }: PlacedLink): string {
  const reasons = link.reasons.slice(0, 6).map(escapeHtml).join('\n');
  return `<path class="link" d="${path}" marker-end="url(#head)"><title>${escapeHtml(link.kind.replaceAll('-', ' '))}: ${reasons}</title></path>`;
}

function labelMarkup({ link, label }: PlacedLink): string[] {
  if (!label) return [];
  return [
    `<text class="label" x="${label.x}" y="${label.y}" text-anchor="${label.anchor}">${escapeHtml(link.kind.replaceAll('-', ' '))}</text>`,
  ];
}

function cardMarkup({ card, x, y, height }: PlacedCard): string[] {
  if (card.role === 'none') {
    return [
      `<g class="none"><rect class="card" x="${x}" y="${y}" width="${CARD_WIDTH}" height="${height}" rx="8"/>`,
      `${text('', x + 14, y + 26, card.title)}</g>`,
    ];
  }
  const hints = [
    ...card.components
      .slice(0, 12)
      .map(({ name, path, lines, evidence }) => `${name} ${path}:${lines.start}\n  ${evidence}`),
    ...card.risks.map(({ rule, path, line, message }) => `${rule} ${path}:${line} ${message}`),
  ];
  const worst = card.risks[0]?.severity;
  return [
    `<g class="${card.role}"><title>${escapeHtml(hints.join('\n'))}</title>`,
    `<rect class="card" x="${x}" y="${y}" width="${CARD_WIDTH}" height="${height}" rx="8"/>`,
    ...(worst === undefined
      ? []
      : [`<rect class="edge-mark ${worst}" x="${x + 5}" y="${y + 9}" width="3" height="${height - 18}" rx="1.5"/>`]),
    text('kind', x + 15, y + 19, cut(card.kind, 32)),
    text('name', x + 15, y + 35, cut(card.title, 24)),
    text('place', x + 15, y + 50, cutStart(card.place, 32)),
    ...chipsOf(card.risks, x + 15, y + 57),
    '</g>',
  ];
}

/** A chip a rule, the worst first, as many as the card has room for. */
function chipsOf(risks: readonly Risk[], x: number, y: number): string[] {
  const rules = new Map<string, { severity: Severity; count: number }>();
  for (const { rule, severity } of risks) {
    const own = rules.get(rule);
    if (own) own.count += 1;
    else rules.set(rule, { severity, count: 1 });
  }
  const chips: string[] = [];
  let left = x;
  let shown = 0;
  for (const [rule, { severity, count }] of rules) {
    const label = count === 1 ? rule : `${rule} ×${count}`;
    const rest = rules.size - shown;
    const room = x + CARD_WIDTH - 30 - (rest > 1 ? REST_WIDTH : 0);
    if (left + chipWidth(label) > room) {
      chips.push(chip(left, y, severity, `+${rest}`));
      break;
    }
    chips.push(chip(left, y, severity, label));
    left += chipWidth(label) + 6;
    shown += 1;
  }
  return chips;
}

function chipWidth(label: string): number {
  return Math.round(15 + label.length * 6.9);
}

function chip(x: number, y: number, severity: string, label: string): string {
  const width = chipWidth(label);
  return `<g class="chip ${severity}"><rect x="${x}" y="${y}" width="${width}" height="17" rx="8.5"/><text x="${x + width / 2}" y="${y + 12.3}" text-anchor="middle">${escapeHtml(label)}</text></g>`;
}

/** What isn't known, as sentences below the lanes, by stage. */
function unknownsOf(picture: Picture, width: number, top: number): { markup: string[]; bottom: number } {
  const stages = LIFECYCLE_STAGES.filter((stage) => picture.unknowns.some((unknown) => unknown.stage === stage));
  if (stages.length === 0) return { markup: [], bottom: top };
  const markup = [text('stage', 28, top + 8, 'Not known')];
  const room = (width - 56) / stages.length;
  let bottom = top + 8;
  for (const [index, stage] of stages.entries()) {
    const x = 28 + index * room;
    const own = picture.unknowns.filter((unknown) => unknown.stage === stage).map((unknown) => unknown.text);
    const shown = own.slice(0, MOST_UNKNOWNS);
    if (own.length > shown.length) shown.push(`and ${own.length - shown.length} more`);
    markup.push(text('lane-title', x, top + 32, STAGE_TITLES[stage]));
    let y = top + 52;
    for (const sentence of shown) {
      for (const line of wrap(sentence, Math.min(90, Math.floor((room - 30) / 7.2)))) {
        markup.push(text('dim', x, y, line));
        y += 16;
      }
      y += 7;
    }
    bottom = Math.max(bottom, y);
  }
  return { markup, bottom };
}

function text(name: string, x: number, y: number, content: string): string {
  return `<text${name === '' ? '' : ` class="${name}"`} x="${x}" y="${y}">${escapeHtml(content)}</text>`;
}

function cut(content: string, most: number): string {
  const characters = [...content];
  return characters.length <= most
    ? content
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

/** Of a path the end says more than the beginning. */
function cutStart(content: string, most: number): string {
  const characters = [...content];
  return characters.length <= most ? content : `…${characters.slice(1 - most).join('')}`;
}

function wrap(content: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of content.split(' ').flatMap((one) => one.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
