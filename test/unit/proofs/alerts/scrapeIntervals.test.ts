import { describe, expect, it } from 'vitest';
import { readPrometheusIntervals } from '../../../../src/proofs/alerts/scrapeIntervals.js';

describe('readPrometheusIntervals', () => {
  it.each([
    ['the defaults of Prometheus', 'global: {}', { scrape: 60, evaluation: 60 }],
    ['the global ones', 'global: {scrape_interval: 15s, evaluation_interval: 30s}', { scrape: 15, evaluation: 30 }],
    [
      'that of all jobs, when they agree',
      'global: {scrape_interval: 15s}\nscrape_configs: [{job_name: a, scrape_interval: 10s}, {job_name: b, scrape_interval: 10s}]',
      { scrape: 10, evaluation: 60 },
    ],
    [
      'no scrape interval when a job differs, since no metric says which job it is of',
      'global: {scrape_interval: 15s}\nscrape_configs: [{job_name: a, scrape_interval: 10s}, {job_name: b}]',
      { evaluation: 60 },
    ],
  ])('gives %s', (_what, text, expected) => {
    expect(readPrometheusIntervals(text, 'p.yml')).toEqual(expected);
  });

  it.each(['', '- a', 'global: ['])('refuses %j with the file and how to mend it', (text) => {
    expect(() => readPrometheusIntervals(text, 'p.yml')).toThrow(
      expect.objectContaining({
        code: 'MLOPS-INPUT-001',
        where: 'p.yml',
        mend: expect.stringContaining('promtool check config'),
      }),
    );
  });
});
