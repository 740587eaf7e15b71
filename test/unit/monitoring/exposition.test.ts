import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../../src/monitoring/exposition.js';

/** Lines of what Prometheus 2.42 serves at its own /metrics. */
const CAPTURED = `# HELP go_gc_duration_seconds A summary of the pause duration of garbage collection cycles.
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0"} 2.9161e-05
go_gc_duration_seconds{quantile="0.5"} 0.00010253
go_gc_duration_seconds_sum 0.000430286
go_gc_duration_seconds_count 5
# HELP go_goroutines Number of goroutines that currently exist.
# TYPE go_goroutines gauge
go_goroutines 36
# HELP prometheus_http_request_duration_seconds Histogram of latencies for HTTP requests.
# TYPE prometheus_http_request_duration_seconds histogram
prometheus_http_request_duration_seconds_bucket{handler="/api/v1/query",le="0.1"} 9
prometheus_http_request_duration_seconds_bucket{handler="/api/v1/query",le="+Inf"} 9
prometheus_http_request_duration_seconds_sum{handler="/api/v1/query"} 0.0045
prometheus_http_request_duration_seconds_count{handler="/api/v1/query"} 9
# TYPE prometheus_http_requests_total counter
prometheus_http_requests_total{code="200",handler="/api/v1/query"} 9
`;

describe('parseExposition', () => {
  it('gives the series and kinds of what a real Prometheus serves', () => {
    const { series, kinds } = parseExposition(CAPTURED, 'metrics.txt');
    expect(series.get('prometheus_http_request_duration_seconds_bucket')).toEqual([
      { handler: '/api/v1/query', le: '0.1' },
      { handler: '/api/v1/query', le: '+Inf' },
    ]);
    expect(series.get('go_goroutines')).toEqual([{}]);
    expect(Object.fromEntries(kinds)).toEqual({
      go_gc_duration_seconds: 'summary',
      go_gc_duration_seconds_sum: 'summary',
      go_gc_duration_seconds_count: 'summary',
      go_goroutines: 'gauge',
      prometheus_http_request_duration_seconds_bucket: 'histogram',
      prometheus_http_request_duration_seconds_sum: 'histogram',
      prometheus_http_request_duration_seconds_count: 'histogram',
      prometheus_http_requests_total: 'counter',
    });
  });

  it('reads OpenMetrics: suffixes of counters and infos, exemplars, timestamps, the end line', () => {
    const text = [
      '# TYPE jobs counter',
      'jobs_total{queue="a b"} 17.0 1520879607.789 # {trace_id="x"} 1.0',
      'jobs_created{queue="a b"} 1520872607.123',
      '# TYPE build info',
      'build_info{version="1"} 1',
      '# EOF',
    ].join('\n');
    const { series, kinds } = parseExposition(text, 'm');
    expect([...series]).toEqual([
      ['jobs_total', [{ queue: 'a b' }]],
      ['jobs_created', [{ queue: 'a b' }]],
      ['build_info', [{ version: '1' }]],
    ]);
    expect([...kinds.values()]).toEqual(['counter', 'counter', 'info']);
  });

  it('reads escapes in label values, UTF-8 names, special values and a trailing comma', () => {
    const text = 'a{p="C:\\\\x\\n\\"q\\"",} NaN\n{"my.metric","my.label"="v"} +Inf 1\nb -1.5e-3\nc{__proto__="x"} 1\n';
    const { series, kinds } = parseExposition(text, 'm');
    expect(series.get('a')).toEqual([{ p: 'C:\\x\n"q"' }]);
    expect(series.get('my.metric')).toEqual([{ 'my.label': 'v' }]);
    expect(series.get('b')).toEqual([{}]);
    expect(Object.keys(series.get('c')?.[0] ?? {})).toEqual(['__proto__']);
    expect(kinds.size).toBe(0);
  });

  it.each(['<html>', 'metric', 'metric{a=b} 1', 'metric{a="b" 1', 'metric{a="b"} one', '{a="b"} 1'])(
    'refuses %j with its line',
    (line) => {
      expect(() => parseExposition(`ok 1\n${line}\n`, 'metrics.txt')).toThrow(
        expect.objectContaining({ code: 'MLOPS-INPUT-001', where: 'metrics.txt:2' }),
      );
    },
  );
});
