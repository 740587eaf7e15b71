import { LIFECYCLE_STAGES } from '../../contract/stage.js';
import { visible } from '../escape.js';
import type { Card, Picture } from './picture.js';

/**
 * A lifecycle map as a Mermaid flowchart, which code hosts draw in Markdown: a box a stage, within it a box a
 * project where there are several, risks as coloured borders with the ids of their rules.
 */
export function mapMermaid(picture: Picture): string {
  const ids = new Map(picture.cards.map((card, index) => [card.id, `n${index + 1}`]));
  const idOf = (card: Card) => ids.get(card.id) as string;
  const lines = ['flowchart LR'];
  for (const stage of LIFECYCLE_STAGES) {
    lines.push(`  subgraph ${stage}`);
    for (const [lane, { title }] of picture.lanes.entries()) {
      const cards = picture.cards.filter((card) => card.stage === stage && card.lane === lane);
      const several = picture.lanes.length > 1;
      if (several) lines.push(`    subgraph ${stage}${lane + 1}["${label(title)}"]`);
      for (const card of cards) lines.push(`    ${several ? '  ' : ''}${idOf(card)}["${cardLabel(card)}"]`);
      if (several) lines.push('    end');
    }
    lines.push('  end');
  }
  for (const { from, to, kind } of picture.links) {
    lines.push(`  ${idOf(from)} -->|${kind.replaceAll('-', ' ')}| ${idOf(to)}`);
  }
  for (const severity of ['critical', 'high', 'medium', 'low'] as const) {
    const own = picture.cards.filter((card) => card.risks[0]?.severity === severity).map(idOf);
    if (own.length > 0) lines.push(`  class ${own.join(',')} ${severity}`);
  }
  const none = picture.cards.filter(({ role }) => role === 'none').map(idOf);
  if (none.length > 0) lines.push(`  class ${none.join(',')} none`);
  return `${[...lines, ...CLASSES].join('\n')}\n`;
}

const CLASSES = [
  '  classDef critical stroke:#a40e26,stroke-width:4px',
  '  classDef high stroke:#cf222e,stroke-width:3px',
  '  classDef medium stroke:#9a6700,stroke-width:2px',
  '  classDef low stroke:#59636e,stroke-width:2px,stroke-dasharray:4 3',
  '  classDef none stroke-dasharray:2 4,color:#59636e',
];

function cardLabel(card: Card): string {
  if (card.role === 'none') return label(card.title);
  const rules = [...new Set(card.risks.map(({ rule }) => rule))];
  return [card.kind, card.title, card.place, ...(rules.length > 0 ? [`⚠ ${rules.join(' ')}`] : [])]
    .map(label)
    .join('<br/>');
}

/** Text of a quoted label: what Mermaid or the HTML it makes would read as its own stands as a character code. */
function label(text: string): string {
  return visible(text.length > 120 ? `${text.slice(0, 119)}…` : text).replace(
    /[#&<>"'`\\|{}[\]()*_~:;%]/g,
    (character) => `#${character.charCodeAt(0)};`,
  );
}
