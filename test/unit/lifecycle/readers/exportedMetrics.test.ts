import { describe, expect, it } from 'vitest';
import { exportedMetrics } from '../../../../src/lifecycle/readers/exportedMetrics.js';
import { readPython } from '../../../../src/lifecycle/readers/python.js';

const metrics = (text: string) => exportedMetrics(readPython('m.py', text));
const series = (text: string): string[] => metrics(text).flatMap((metric) => metric.series);

// What `generate_latest()` of prometheus_client shows for each of these definitions.
describe('exportedMetrics', () => {
  it('gives the series that each type of prometheus_client really shows', () => {
    const client =
      'from prometheus_client import *\nfrom prometheus_client import Counter, Gauge, Histogram, Summary, Info, Enum\n';
    expect(series(`${client}Counter("x_total", "d")\n`)).toEqual(['x_total', 'x_created']);
    expect(series(`${client}Histogram("lat", "d", unit="seconds")\n`)).toEqual([
      'lat_seconds_bucket',
      'lat_seconds_count',
      'lat_seconds_sum',
      'lat_seconds_created',
    ]);
    expect(series(`${client}Summary("s", "d")\n`)).toEqual(['s_count', 's_sum', 's_created']);
    expect(series(`${client}Info("build_info", "d")\n`)).toEqual(['build_info_info']);
    expect(series(`${client}Enum("state", "d", states=["a"])\nGauge("g", "d")\n`)).toEqual(['state', 'g']);
  });

  it('joins namespace and subsystem, from constants and defaults of the environment too', () => {
    const text = [
      'import os',
      'import prometheus_client as pc',
      'NS = os.environ.get("NS", "ml")',
      'pc.Counter("requests", "d", ["route"], namespace=NS, subsystem="api")',
    ].join('\n');
    expect(metrics(text)[0]).toMatchObject({
      name: 'ml_api_requests',
      labels: ['route'],
      series: ['ml_api_requests_total', 'ml_api_requests_created'],
      line: 4,
    });
  });

  it('leaves out a metric whose name cannot be told', () => {
    expect(metrics('from prometheus_client import Gauge\nGauge(name_of(x), "d")\n')).toEqual([]);
    expect(metrics('from prometheus_client import Gauge\nGauge("g", "d", namespace=conf.ns)\n')).toEqual([]);
  });

  it('does not take collections.Counter for a metric', () => {
    expect(metrics('from collections import Counter\nCounter("abc")\n')).toEqual([]);
  });

  it('follows a function of the module that makes metrics', () => {
    const text =
      'from prometheus_client import Gauge\ndef gauge(name):\n    return Gauge(f"app_{name}", "d")\na = gauge("a")\nb = gauge(name="b")\n';
    expect(metrics(text).map(({ name, line }) => [name, line])).toEqual([
      ['app_a', 4],
      ['app_b', 5],
    ]);
  });

  it('places the literal name for a rename', () => {
    const text = 'from prometheus_client import Gauge\ng = Gauge(name="drift", documentation="d")\n';
    const range = metrics(text)[0]?.nameRange;
    expect(text.slice(range?.start, range?.end)).toBe('"drift"');
  });

  it('knows what instrumentation libraries add, marked as documented', () => {
    const text =
      'from prometheus_fastapi_instrumentator import Instrumentator\nInstrumentator().instrument(app).expose(app)\n';
    expect(metrics(text).every(({ basis }) => basis === 'documented')).toBe(true);
    expect(series(text)).toEqual(
      expect.arrayContaining([
        'http_requests_total',
        'http_request_duration_seconds_bucket',
        'http_response_size_bytes_sum',
      ]),
    );
    expect(
      series(
        'from starlette_exporter import PrometheusMiddleware\napp.add_middleware(PrometheusMiddleware, prefix="api")\n',
      ),
    ).toContain('api_requests_total');
  });

  it('does not list the default metrics of an instrumentator that has its own', () => {
    const text =
      'from prometheus_fastapi_instrumentator import Instrumentator, metrics\ni = Instrumentator()\ni.add(metrics.latency(metric_namespace="m"))\n';
    expect(series(text)).toEqual([
      'm_http_request_duration_seconds_bucket',
      'm_http_request_duration_seconds_count',
      'm_http_request_duration_seconds_sum',
      'm_http_request_duration_seconds_created',
    ]);
  });
});
