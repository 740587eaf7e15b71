import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../../../src/lifecycle/yamlDocument.js';
import {
  mutingOf,
  readTimeInterval,
  type TimeInterval,
  TimeIntervalError,
} from '../../../../../src/proofs/alerts/route/timeIntervals.js';

const NOW = Date.UTC(2026, 10, 25, 12, 34) / 1000;

/** The intervals of a YAML list. */
function intervals(yaml: string): TimeInterval[] {
  const reading = readYaml(yaml);
  if ('reason' in reading) throw new Error(reading.reason);
  return reading.documents[0]?.items().map(readTimeInterval) ?? [];
}

function muted(yaml: string) {
  return mutingOf(intervals(yaml), undefined, NOW);
}

function activeOnly(yaml: string) {
  return mutingOf([], intervals(yaml), NOW);
}

describe('mute intervals', () => {
  it('cover every minute when nothing limits them, or when their parts add up to the whole week', () => {
    expect(muted('[{}]')).toBe('always');
    expect(muted("[{weekdays: ['sunday:saturday']}]")).toBe('always');
    expect(muted("[{weekdays: ['monday:friday']}, {weekdays: [Saturday, sunday]}]")).toBe('always');
    expect(muted("[{times: [{start_time: 00:00, end_time: '09:00'}, {start_time: '09:00', end_time: '24:00'}]}]")).toBe(
      'always',
    );
    expect(muted("[{months: ['1:6']}, {months: ['july:december']}]")).toBe('always');
    expect(muted("[{days_of_month: ['1:15']}, {days_of_month: ['16:-1']}]")).toBe('always');
    expect(muted("[{days_of_month: ['1:15']}, {days_of_month: ['-16:-1']}]")).toBe('always');
  });

  it('leave some time when a single minute or day is missing', () => {
    expect(muted("[{times: [{start_time: '00:00', end_time: '23:59'}]}]")).toBe('at-times');
    expect(muted("[{weekdays: ['monday:friday']}]")).toBe('at-times');
    // The 31st of the long months.
    expect(muted("[{days_of_month: ['1:30']}]")).toBe('at-times');
    // The 16th of months with 31 days.
    expect(muted("[{days_of_month: ['1:15']}, {days_of_month: ['-15:-1']}]")).toBe('at-times');
    // Only 29 February of 2028 is left.
    expect(muted("[{months: [1, '3:12']}, {days_of_month: ['1:28']}]")).toBe('at-times');
  });

  it('never mute when they lie in the past or can not hold', () => {
    expect(muted("[{years: ['2020:2025']}]")).toBe('never');
    expect(muted('[{months: [february], days_of_month: [30]}]')).toBe('never');
    expect(muted('[{weekdays: []}]')).toBe('never');
    expect(muted('[]')).toBe('never');
  });

  it('last as long as their years', () => {
    expect(muted("[{years: ['2026:2040']}]")).toBe('always');
    expect(muted("[{years: ['2026:2029']}]")).toBe('at-times');
  });
});

describe('active intervals', () => {
  it('mute always when they never hold', () => {
    expect(activeOnly('[]')).toBe('always');
    expect(activeOnly('[{years: [2025]}]')).toBe('always');
    expect(activeOnly('[{days_of_month: [31], months: [april]}]')).toBe('always');
  });

  it('never mute when they always hold', () => {
    expect(activeOnly("[{weekdays: ['sunday:saturday']}]")).toBe('never');
    expect(activeOnly("[{weekdays: ['monday:friday']}]")).toBe('at-times');
  });

  it('mute always together with a mute interval over the same time', () => {
    const office = intervals("[{weekdays: ['monday:friday']}]");
    expect(mutingOf(office, office, NOW)).toBe('always');
    expect(mutingOf(intervals('[{weekdays: [monday]}]'), office, NOW)).toBe('at-times');
  });
});

describe('time zones', () => {
  it('shift an interval, so that two that fit in one zone leave a gap in two', () => {
    const early = "times: [{start_time: '00:00', end_time: '12:00'}]";
    const late = "times: [{start_time: '12:00', end_time: '24:00'}]";
    expect(muted(`[{${early}, location: Asia/Kolkata}, {${late}, location: Asia/Kolkata}]`)).toBe('always');
    expect(muted(`[{${early}, location: Asia/Kolkata}, {${late}, location: UTC}]`)).toBe('at-times');
    // Kolkata is 5:30 ahead of UTC all year: its second half of the day is 06:30 to 18:30 UTC.
    const around = (end: string) =>
      `times: [{start_time: '00:00', end_time: '${end}'}, {start_time: '18:30', end_time: '24:00'}]`;
    expect(muted(`[{${around('06:30')}}, {${late}, location: Asia/Kolkata}]`)).toBe('always');
    expect(muted(`[{${around('06:29')}}, {${late}, location: Asia/Kolkata}]`)).toBe('at-times');
  });

  it('lack the hour that daylight saving skips: nothing is missing when only it is left out', () => {
    // In Berlin 02:00 to 03:00 doesn't exist on the last Sunday of March, but on every other day.
    const night = "times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin";
    expect(activeOnly(`[{${night}, years: [2027], months: [march], days_of_month: [28]}]`)).toBe('always');
    expect(activeOnly(`[{${night}, years: [2027], months: [march], days_of_month: [27]}]`)).toBe('at-times');
  });

  it('make a month with an hour less a day shorter to Alertmanager, so that neither count is relied on', () => {
    expect(muted("[{days_of_month: ['1:31'], location: Europe/Berlin}]")).toBe('at-times');
    expect(muted("[{days_of_month: ['1:31'], location: Asia/Kolkata}]")).toBe('always');
    expect(activeOnly('[{months: [march], days_of_month: [31], location: Europe/Berlin}]')).toBe('at-times');
  });

  it("of the machine are unknown: neither always nor never is claimed unless it doesn't matter", () => {
    const early = "times: [{start_time: '00:00', end_time: '12:00'}]";
    expect(muted(`[{${early}, location: Local}]`)).toBe('at-times');
    expect(activeOnly(`[{${early}, location: Local}]`)).toBe('at-times');
    expect(muted('[{location: Local}]')).toBe('always');
    expect(activeOnly('[{location: Local, years: [2020]}]')).toBe('always');
  });
});

describe('what Alertmanager refuses', () => {
  it.each([
    "[{weekdays: ['saturday:sunday']}]",
    '[{weekdays: [caturday]}]',
    "[{times: [{start_time: '10:00', end_time: '09:00'}]}]",
    "[{times: [{start_time: '9:00', end_time: '10:00'}]}]",
    '[{days_of_month: [0]}]',
    '[{days_of_month: [32]}]',
    "[{days_of_month: ['-1:5']}]",
    "[{days_of_month: ['20:-20']}]",
    "[{months: ['may:january']}]",
    "[{years: ['2027:2026']}]",
    '[{location: Atlantis/Capital}]',
    "[{location: '+02:00'}]",
  ])('%s', (yaml) => {
    expect(() => intervals(yaml)).toThrow(TimeIntervalError);
  });
});
