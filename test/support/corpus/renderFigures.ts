import { visible } from '../../../src/cli/render/visible.js';
import { LIFECYCLE_STAGES } from '../../../src/contract/stage.js';
import type { CorpusFigures, Place, Share } from './measureCorpus.js';

/** The figures as a text for people, with every miss and every false report. */
export function renderFigures(figures: CorpusFigures): string {
  const { summary } = figures;
  const width = Math.max(...Object.keys(figures.risks).map((kind) => kind.length));
  return [
    `${figures.repositories} repositories`,
    '',
    'Map, by stage',
    `${''.padEnd(width)}  precision        recall`,
    ...LIFECYCLE_STAGES.map((stage) => row(stage, width, figures.map[stage].precision, figures.map[stage].recall)),
    '',
    'Risks, by kind of label',
    `${''.padEnd(width)}  precision        recall           with weak        rules`,
    ...Object.entries(figures.risks).map(([kind, { precision, recall, recallWithWeak, rules }]) =>
      row(kind, width, precision, recall, recallWithWeak, rules.join(' ') || 'none'),
    ),
    ...list('Stages that were not found', figures.mapMisses),
    ...list('Components of stages that do not exist', figures.mapFalse),
    ...list('Stages with too many main components', figures.mapTooMany),
    ...list('Risks that were not found', figures.riskMisses.map(missed)),
    ...list('False reports', figures.riskFalse),
    ...list('Findings that match no label', figures.unmatched),
    '',
    `map    precision ${percent(summary.map.precision)}, recall ${percent(summary.map.recall)}`,
    `risks  precision ${percent(summary.risks.precision)}, recall ${percent(summary.risks.recall)} (with weak labels ${percent(summary.risksWithWeak.recall)}; of the kinds that a rule answers ${percent(summary.risksAnswered.recall)})`,
    '',
  ].join('\n');
}

function missed(place: CorpusFigures['riskMisses'][number]): Place {
  const notes = [...(place.weak ? ['weak'] : []), ...(place.answered ? [] : ['no rule'])];
  return notes.length === 0 ? place : { ...place, what: `${place.what} (${notes.join(', ')})` };
}

function list(title: string, places: readonly Place[]): string[] {
  if (places.length === 0) return ['', `${title}: none`];
  return [
    '',
    `${title}: ${places.length}`,
    ...places.map(({ repo, path, line, what }) =>
      visible(`  ${repo} ${path}${line === undefined ? '' : `:${line}`}  ${what}`),
    ),
  ];
}

function row(name: string, width: number, ...cells: (Share | string)[]): string {
  const texts = cells.map((cell) =>
    typeof cell === 'string' ? cell : `${percent(cell.share)} ${`${cell.right}/${cell.of}`.padEnd(8)}`.padEnd(15),
  );
  return `${name.padEnd(width)}  ${texts.join('  ')}`.trimEnd();
}

function percent(share: number | null): string {
  return share === null ? '     –' : `${(share * 100).toFixed(1).padStart(5)}%`;
}
