import { MlopsError } from '../../contract/errors.js';
import { readYaml } from '../../lifecycle/yamlDocument.js';
import { parseDuration } from '../../promql/duration.js';

/**
 * Intervals of a Prometheus configuration, in seconds. The scrape interval is unset where its jobs
 * have different ones, since it isn't known which job a rule's metrics come from.
 *
 * @throws MlopsError MLOPS-INPUT-001 when the text is no YAML mapping.
 */
export function readPrometheusIntervals(text: string, path: string): { scrape?: number; evaluation?: number } {
  const reading = readYaml(text);
  const [config] = 'reason' in reading ? [] : reading.documents;
  if ('reason' in reading || config === undefined || !config.isMap) {
    const why = 'reason' in reading ? reading.reason : 'it is no mapping';
    throw new MlopsError('MLOPS-INPUT-001', `the Prometheus configuration is not valid: ${why}`, {
      where: path,
      mend: 'Correct the file; `promtool check config FILE` shows the place.',
    });
  }
  const global = seconds(config.get('global', 'scrape_interval')?.text) ?? DEFAULT_INTERVAL;
  const jobs = (config.get('scrape_configs')?.items() ?? []).map(
    (job) => seconds(job.get('scrape_interval')?.text) ?? global,
  );
  const different = new Set(jobs.length > 0 ? jobs : [global]);
  const [only] = different;
  const evaluation = seconds(config.get('global', 'evaluation_interval')?.text) ?? DEFAULT_INTERVAL;
  return { evaluation, ...(different.size === 1 && only !== undefined ? { scrape: only } : {}) };
}

/** Prometheus' own default of both intervals. */
const DEFAULT_INTERVAL = 60;

function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
