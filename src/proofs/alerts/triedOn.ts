import { formatDuration } from '../../promql/duration.js';
import { axisNumber } from './chart.js';
import { seriesName } from './prove/seriesNotation.js';
import type { Form } from './scenario.js';
import type { TriedInputs } from './verdict.js';

/** Series that are told of at most. */
const MAX_SERIES = 8;

/** What an alert was tried on, a sentence a series: those that make the difference first, then what stays as it is. */
export function triedOn({ world, scrapeInterval, evaluationInterval, onset, turn }: TriedInputs): string[] {
  const carriers = world.series.filter(({ role }) => role === 'carrier');
  const context = world.series.filter(({ role }) => role === 'context');
  const told = [
    ...carriers.map(
      ({ labels, healthy, firing }) =>
        `${seriesName(labels)} ${formText(firing)} (bad), ${formText(healthy)} (healthy)`,
    ),
    ...context.map(({ labels, healthy }) => `${seriesName(labels)} ${formText(healthy)} (always)`),
  ];
  const more = told.length - MAX_SERIES;
  return [
    ...told.slice(0, MAX_SERIES),
    ...(more > 0 ? [`and ${more} more series`] : []),
    `bad for ${formatDuration(turn - onset)}; scraped each ${formatDuration(scrapeInterval)}, evaluated each ${formatDuration(evaluationInterval)}`,
  ];
}

/** A form in words, in the present tense, to follow the name of a series. */
export function formText(form: Form): string {
  const exact = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(10))) : axisNumber(value));
  switch (form.kind) {
    case 'level':
      return `is ${exact(form.value)}`;
    case 'slope':
      if (form.perSecond === 0) return 'does not rise';
      return `${form.perSecond > 0 ? 'rises' : 'falls'} by ${exact(Math.abs(form.perSecond))} a second`;
    case 'steps':
      return `${form.by >= 0 ? 'rises' : 'falls'} by ${exact(Math.abs(form.by))} each ${formatDuration(form.every)}`;
    case 'cycle':
      return `is ${form.values.map(exact).join(', then ')}, each for ${formatDuration(form.every)}`;
    case 'clock':
      return form.age === 0
        ? 'is the time of the scrape'
        : `is the time ${formatDuration(Math.abs(form.age))} ${form.age > 0 ? 'before' : 'after'} the scrape`;
    case 'absent':
      return 'is absent';
  }
}
