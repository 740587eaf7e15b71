import type { Form, InputSeries, Phase } from '../scenario.js';
import type { WorldSeries } from '../world.js';

/**
 * What a series of a world does: healthy from the start, in its firing form from `onset` to `recovery`,
 * and healthy again. A counter goes on from where it is, whatever comes; only a form that asks for
 * another value than the one so far makes it jump.
 *
 * @param onset seconds since the start; unset: healthy throughout
 * @param recovery seconds since the start; unset: the firing form holds to the end
 */
export function phasesOf(series: WorldSeries, onset?: number, recovery?: number): InputSeries {
  const phases: Phase[] = [{ from: 0, form: series.healthy }];
  if (onset !== undefined && series.role === 'carrier') {
    phases.push({ from: onset, form: series.firing });
    if (recovery !== undefined) phases.push({ from: recovery, form: continued(series.healthy, series.kind) });
  }
  return { labels: series.labels, phases };
}

/** A form as the continuation of another one: what only grows doesn't begin again. */
export function continued(form: Form, kind: WorldSeries['kind']): Form {
  if (kind !== 'counter' && kind !== 'histogram') return form;
  if (form.kind === 'slope') return { kind: 'slope', perSecond: form.perSecond };
  if (form.kind === 'steps') return { kind: 'steps', by: form.by, every: form.every };
  return form;
}
