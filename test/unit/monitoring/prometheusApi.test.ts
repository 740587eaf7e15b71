import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askPrometheus } from '../../../src/monitoring/prometheusApi.js';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** A server that answers as Prometheus 2.42 did when it was asked, or as the test says. */
async function serve(answer: (url: URL, authorization: string | undefined) => [number, string]): Promise<string> {
  const made = createServer((request, response) => {
    const [status, body] = answer(new URL(request.url ?? '', 'http://x'), request.headers.authorization);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const METADATA =
  '{"status":"success","data":{"prometheus_http_request_duration_seconds":[{"type":"histogram","help":"Histogram of latencies for HTTP requests.","unit":""}],"go_goroutines":[{"type":"gauge","help":"","unit":""}]}}';
const SERIES =
  '{"status":"success","data":[{"__name__":"prometheus_http_request_duration_seconds_bucket","handler":"/","instance":"127.0.0.1:9090","job":"self","le":"0.1"}]}';
const NONE = '{"status":"success","data":[]}';

describe('askPrometheus', () => {
  it('asks for each metric once, over the look-back, and knows the kind of a histogram by its family', async () => {
    const asked: string[] = [];
    const at = await serve((url) => {
      asked.push(`${url.pathname}${url.search}`);
      if (url.pathname.endsWith('/metadata')) return [200, METADATA];
      return [200, url.search.includes('duration') ? SERIES : NONE];
    });
    const metrics = ['prometheus_http_request_duration_seconds_bucket', 'nobody_exports_this', 'nobody_exports_this'];
    const found = await askPrometheus({ url: `http://${at}/prefix/`, metrics, now: 100_000, lookback: 600 });
    expect([...found.series]).toEqual([
      [
        'prometheus_http_request_duration_seconds_bucket',
        [{ handler: '/', instance: '127.0.0.1:9090', job: 'self', le: '0.1' }],
      ],
    ]);
    expect([...found.kinds]).toEqual([['prometheus_http_request_duration_seconds_bucket', 'histogram']]);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toBe('/prefix/api/v1/metadata');
    expect(asked.every((one) => one.includes('metadata') || one.includes('start=99400&end=100000'))).toBe(true);
  });

  it('sends user and password as a header, and says neither in an error', async () => {
    const at = await serve((_url, authorization) => [
      authorization === `Basic ${Buffer.from('ann:s3cret').toString('base64')}` ? 500 : 401,
      'no',
    ]);
    const asking = askPrometheus({ url: `http://ann:s3cret@${at}`, metrics: ['up'], now: 1 });
    await expect(asking).rejects.toMatchObject({
      code: 'MLOPS-INPUT-001',
      message: 'it answers with status 500',
      where: `http://${at}/api/v1/metadata`,
    });
  });

  it.each([
    ['what is no JSON', '<html>', 'the answer is not JSON'],
    ['another API', '{"status":"success","data":[1]}', 'the answer is not that of the Prometheus HTTP API'],
  ])('refuses %s', async (_what, body, message) => {
    const at = await serve(() => [200, body]);
    await expect(askPrometheus({ url: `http://${at}`, metrics: [], now: 1 })).rejects.toMatchObject({ message });
  });

  it('says where nobody answers, and what is no URL', async () => {
    await expect(askPrometheus({ url: 'http://127.0.0.1:1', metrics: [], now: 1 })).rejects.toMatchObject({
      code: 'MLOPS-INPUT-001',
      where: 'http://127.0.0.1:1/api/v1/metadata',
    });
    await expect(askPrometheus({ url: 'prom', metrics: [], now: 1 })).rejects.toMatchObject({ where: '--metrics' });
  });
});
