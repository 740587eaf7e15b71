import { z } from 'zod';
import { MlopsError } from '../contract/errors.js';
import type { ExposedKind, Exposition } from './exposition.js';

export interface PrometheusQuery {
  /** Address of a Prometheus, such as `http://localhost:9090`. User and password in it are sent as basic authentication. */
  url: string;
  /** Names of the metrics to ask for. */
  metrics: readonly string[];
  /** How far back a series may have been seen last, in seconds; default one day. */
  lookback?: number;
  /** Seconds since 1970. */
  now: number;
  signal?: AbortSignal | undefined;
}

const DAY = 86_400;
/** Series of one metric that are read; enough to know its labels. */
const MAX_SERIES = 2_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const AT_ONCE = 8;

const seriesAnswer = z.object({ status: z.literal('success'), data: z.array(z.record(z.string(), z.string())) });
const metadataAnswer = z.object({
  status: z.literal('success'),
  data: z.record(z.string(), z.array(z.object({ type: z.string() }))),
});
const KINDS = new Set<string>(['counter', 'gauge', 'histogram', 'summary', 'info', 'unknown']);

/**
 * Asks a Prometheus which series of some metrics it has seen, and of what kind they are
 * (HTTP API: `/api/v1/series` and `/api/v1/metadata`). Never writes.
 *
 * @throws MlopsError MLOPS-INPUT-001 when it can't be reached or doesn't answer as a Prometheus does.
 */
export async function askPrometheus(query: PrometheusQuery): Promise<Exposition> {
  const { lookback = DAY, now } = query;
  const metadata = await get(query, 'metadata', {}, metadataAnswer);
  const series = new Map<string, Readonly<Record<string, string>>[]>();
  const queue = [...new Set(query.metrics)];
  const worker = async () => {
    for (let metric = queue.pop(); metric !== undefined; metric = queue.pop()) {
      const parameters = {
        'match[]': `{__name__=${JSON.stringify(metric)}}`,
        start: String(now - lookback),
        end: String(now),
        limit: String(MAX_SERIES),
      };
      const { data } = await get(query, 'series', parameters, seriesAnswer);
      if (data.length > 0)
        series.set(
          metric,
          data.slice(0, MAX_SERIES).map(({ __name__: _name, ...labels }) => labels),
        );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const kinds = new Map<string, ExposedKind>();
  for (const metric of series.keys()) {
    const family =
      metadata.data[metric] ?? metadata.data[metric.replace(/_(bucket|sum|count|total|created|info)$/, '')];
    const type = family?.[0]?.type;
    if (type !== undefined && KINDS.has(type)) kinds.set(metric, type as ExposedKind);
  }
  return { series, kinds };
}

async function get<T>(
  { url, signal }: PrometheusQuery,
  what: 'series' | 'metadata',
  parameters: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T> {
  const { address, where, headers } = addressOf(url, what, parameters);
  const refuse = (problem: string, cause?: unknown): never => {
    const mend = 'Name a Prometheus (or what speaks its HTTP API) that can be reached from here, or give a file.';
    throw new MlopsError('MLOPS-INPUT-001', problem, { where, mend, cause });
  };
  let response: Response;
  try {
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(address, { headers, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (cause) {
    signal?.throwIfAborted();
    return refuse('no Prometheus answers there', cause);
  }
  const text = await boundedText(response);
  if (text === undefined) return refuse('the answer is larger than 64 MiB');
  if (!response.ok) return refuse(`it answers with status ${response.status}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse('the answer is not JSON', cause);
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : refuse('the answer is not that of the Prometheus HTTP API');
}

async function boundedText(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Credentials leave the address: they go as a header and never into a message. */
function addressOf(url: string, what: string, parameters: Record<string, string>) {
  let address: URL;
  try {
    address = new URL(url);
  } catch (cause) {
    const mend = 'Write it as http://HOST:PORT.';
    throw new MlopsError('MLOPS-INPUT-001', 'the address of the Prometheus is no URL', {
      where: '--metrics',
      mend,
      cause,
    });
  }
  const headers: Record<string, string> = {};
  if (address.username !== '' || address.password !== '') {
    const pair = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    address.username = '';
    address.password = '';
  }
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/api/v1/${what}`;
  address.search = new URLSearchParams(parameters).toString();
  return { address, where: `${address.origin}${address.pathname}`, headers };
}
