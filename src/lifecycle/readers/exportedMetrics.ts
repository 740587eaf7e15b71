import type { ExportedMetric, PythonCall, PythonFunction, PythonModule, PythonValue, SourceRange } from '../facts.js';

type Binding = ReadonlyMap<string, PythonValue>;

const CLIENT_TYPES: Record<string, ExportedMetric['type']> = {
  Counter: 'counter',
  Gauge: 'gauge',
  Histogram: 'histogram',
  Summary: 'summary',
  Info: 'info',
  Enum: 'enum',
};

/** Functions of a module through which metrics are made are followed for so many calls. */
const MAX_WRAPPER_CALLS = 50;

/**
 * Metrics that a module exports: definitions with prometheus_client, also through a function of the
 * same module that makes them, and those that well-known instrumentation libraries add.
 */
export function exportedMetrics(module: PythonModule): ExportedMetric[] {
  const found: ExportedMetric[] = [];
  for (const call of module.calls) {
    const client = /^prometheus_client(?:\.metrics)?\.(\w+)$/.exec(call.resolved);
    const type = client ? CLIENT_TYPES[client[1] as string] : undefined;
    if (type) found.push(...clientMetrics(module, call, type));
    else found.push(...libraryMetrics(module, call));
  }
  return found;
}

function clientMetrics(module: PythonModule, call: PythonCall, type: ExportedMetric['type']): ExportedMetric[] {
  const direct = clientMetric(module, call, type, new Map());
  const wrapper = module.functions.find((f) => f.kind === 'function' && f.name === call.scope);
  if (direct && !(wrapper && usesParameters(call, wrapper))) return [direct];
  if (!wrapper) return direct ? [direct] : [];
  const wrapperName = wrapper.name.split('.').at(-1);
  const uses = module.calls.filter(({ callee }) => callee === wrapper.name || callee === `self.${wrapperName}`);
  const through = uses
    .slice(0, MAX_WRAPPER_CALLS)
    .flatMap((use) => clientMetric(module, call, type, bind(wrapper, use), use) ?? []);
  if (through.length > 0) return through;
  const byDefault = clientMetric(module, call, type, new Map(Object.entries(wrapper.defaults)));
  return byDefault ? [byDefault] : [];
}

function usesParameters(call: PythonCall, wrapper: PythonFunction): boolean {
  return call.arguments.some(({ value }) => value.kind === 'name' && wrapper.parameters.includes(value.name));
}

function bind(wrapper: PythonFunction, use: PythonCall): Binding {
  const bound = new Map<string, PythonValue>(Object.entries(wrapper.defaults));
  const parameters = wrapper.parameters[0] === 'self' ? wrapper.parameters.slice(1) : wrapper.parameters;
  let position = 0;
  for (const argument of use.arguments) {
    if (argument.name !== undefined) bound.set(argument.name, argument.value);
    else if (argument.splat === undefined) {
      const parameter = parameters[position];
      if (parameter !== undefined) bound.set(parameter, argument.value);
      position += 1;
    }
  }
  return bound;
}

function clientMetric(
  module: PythonModule,
  call: PythonCall,
  type: ExportedMetric['type'],
  binding: Binding,
  use: PythonCall = call,
): ExportedMetric | undefined {
  const text = (keyword: string, position: number): string | undefined =>
    stringOf(module, argumentOf(call, keyword, position), binding);
  const name = text('name', 0);
  if (name === undefined) return undefined;
  const given = (keyword: string, position: number): boolean => argumentOf(call, keyword, position) !== undefined;
  const namespace = text('namespace', 3);
  const subsystem = text('subsystem', 4);
  const unit = text('unit', 5);
  // A part that is given but can't be told makes the whole name unknown.
  if ((given('namespace', 3) && namespace === undefined) || (given('subsystem', 4) && subsystem === undefined))
    return undefined;
  const full = fullName(type, name, namespace ?? '', subsystem ?? '', unit ?? '');
  const labelsValue = argumentOf(call, 'labelnames', 2);
  const labels = labelsValue === undefined ? [] : stringsOf(module, labelsValue, binding);
  const nameArgument = call.arguments.find((a) => a.name === 'name') ?? call.arguments.find((a) => !a.name && !a.splat);
  const metric: ExportedMetric = {
    path: module.path,
    type,
    name: full,
    series: seriesOf(type, full),
    exporter: 'prometheus_client',
    basis: 'parsed',
    line: use.line,
    endLine: use.endLine,
    range: use.range,
  };
  if (labels) metric.labels = labels;
  if (nameArgument?.value.kind === 'string')
    metric.nameRange = nameArgument.name ? afterEquals(nameArgument) : nameArgument.range;
  return metric;
}

function afterEquals(argument: { range: SourceRange; name?: string }): SourceRange {
  return { start: argument.range.start + (argument.name as string).length + 1, end: argument.range.end };
}

/** As `_build_full_name` of prometheus_client has it: a counter's `_total` is cut, the unit is appended. */
function fullName(
  type: ExportedMetric['type'],
  name: string,
  namespace: string,
  subsystem: string,
  unit: string,
): string {
  let full = [namespace, subsystem, name].filter((part) => part !== '').join('_');
  if (type === 'counter') full = full.replace(/_total$/, '');
  if (unit !== '' && !full.endsWith(`_${unit}`)) full += `_${unit}`;
  return full;
}

/** Names of the series that a scrape shows for a metric of prometheus_client. */
export function seriesOf(type: ExportedMetric['type'], name: string): string[] {
  switch (type) {
    case 'counter':
      return [`${name}_total`, `${name}_created`];
    case 'histogram':
      return [`${name}_bucket`, `${name}_count`, `${name}_sum`, `${name}_created`];
    case 'summary':
      return [`${name}_count`, `${name}_sum`, `${name}_created`];
    case 'info':
      return [`${name}_info`];
    default:
      return [name];
  }
}

// -------------------------------------------------------------------- instrumentation libraries

type Documented = { name: string; type: ExportedMetric['type']; labels: string[] };

/** Names by the sources of prometheus-fastapi-instrumentator 7, starlette-exporter, prometheus-flask-exporter and starlette-prometheus. */
function libraryMetrics(module: PythonModule, call: PythonCall): ExportedMetric[] {
  const { resolved } = call;
  const parameter = (keyword: string): string | undefined => stringOf(module, argumentOf(call, keyword, -1), new Map());
  const exporter = resolved.split('.')[0] as string;
  const documented: Documented[] = [];
  if (exporter === 'prometheus_fastapi_instrumentator') {
    const prefix = [parameter('metric_namespace'), parameter('metric_subsystem')]
      .filter(Boolean)
      .map((part) => `${part}_`)
      .join('');
    if (resolved === 'prometheus_fastapi_instrumentator.Instrumentator') {
      documented.push(...instrumentatorDefaults(module, call));
      if (booleanArgument(call, 'should_instrument_requests_inprogress')) {
        documented.push({
          name: parameter('inprogress_name') ?? 'http_requests_inprogress',
          type: 'gauge',
          labels: [],
        });
      }
    }
    const single = INSTRUMENTATOR_METRICS[resolved.slice('prometheus_fastapi_instrumentator.metrics.'.length)];
    if (single) {
      const given = parameter('metric_name');
      const name = prefix + (given ?? single.name);
      documented.push({ ...single, name: single.type === 'counter' ? name.replace(/_total$/, '') : name });
    }
  }
  const added = resolved.endsWith('.add_middleware') ? call.arguments[0]?.value : undefined;
  if (added?.kind === 'name') {
    const middleware = module.imports.find(({ alias }) => alias === added.name);
    if (middleware?.name === 'PrometheusMiddleware') {
      return middlewareMetrics(module, call, middleware.module, parameter('prefix'));
    }
  }
  if (resolved.startsWith('prometheus_flask_exporter.') && /PrometheusMetrics(\.for_app_factory)?$/.test(resolved)) {
    documented.push(
      { name: 'flask_http_request_duration_seconds', type: 'histogram', labels: ['method', 'path', 'status'] },
      { name: 'flask_http_request', type: 'counter', labels: ['method', 'status'] },
      { name: 'flask_http_request_exceptions', type: 'counter', labels: ['method', 'status'] },
      { name: 'flask_exporter_info', type: 'gauge', labels: ['version'] },
    );
  }
  return documented.map((metric) => fromDocumentation(module, call, exporter, metric));
}

const INSTRUMENTATOR_METRICS: Record<string, Documented> = {
  latency: { name: 'http_request_duration_seconds', type: 'histogram', labels: ['handler', 'method', 'status'] },
  request_size: { name: 'http_request_size_bytes', type: 'summary', labels: ['handler', 'method', 'status'] },
  response_size: { name: 'http_response_size_bytes', type: 'summary', labels: ['handler', 'method', 'status'] },
  combined_size: { name: 'http_combined_size_bytes', type: 'summary', labels: ['handler', 'method', 'status'] },
  requests: { name: 'http_requests', type: 'counter', labels: ['handler', 'method', 'status'] },
};

function instrumentatorDefaults(module: PythonModule, call: PythonCall): Documented[] {
  // `add()` replaces the default metrics; where it is called anywhere in the module, they aren't exported.
  const adds = module.calls.some(
    ({ callee }) =>
      callee.endsWith('.add') && (callee === '().add' || call.assignedTo.some((name) => callee === `${name}.add`)),
  );
  if (adds) return [];
  const instrument = module.calls.find(({ callee }) => callee.endsWith('.instrument'));
  const part = (keyword: string): string => {
    const value = instrument ? stringOf(module, argumentOf(instrument, keyword, -1), new Map()) : undefined;
    return value ? `${value}_` : '';
  };
  const prefix = part('metric_namespace') + part('metric_subsystem');
  return [
    { name: `${prefix}http_requests`, type: 'counter', labels: ['handler', 'method', 'status'] },
    { name: `${prefix}http_request_size_bytes`, type: 'summary', labels: ['handler'] },
    { name: `${prefix}http_response_size_bytes`, type: 'summary', labels: ['handler'] },
    { name: `${prefix}http_request_duration_highr_seconds`, type: 'histogram', labels: [] },
    { name: `${prefix}http_request_duration_seconds`, type: 'histogram', labels: ['handler', 'method'] },
  ];
}

function middlewareMetrics(
  module: PythonModule,
  call: PythonCall,
  library: string,
  prefix: string | undefined,
): ExportedMetric[] {
  const head = prefix ?? 'starlette';
  const names: Documented[] = library.startsWith('starlette_exporter')
    ? [
        { name: `${head}_requests`, type: 'counter', labels: ['method', 'path', 'status_code', 'app_name'] },
        {
          name: `${head}_request_duration_seconds`,
          type: 'histogram',
          labels: ['method', 'path', 'status_code', 'app_name'],
        },
        { name: `${head}_requests_in_progress`, type: 'gauge', labels: ['method', 'app_name'] },
      ]
    : library.startsWith('starlette_prometheus')
      ? [
          { name: 'starlette_requests', type: 'counter', labels: ['method', 'path_template'] },
          { name: 'starlette_responses', type: 'counter', labels: ['method', 'path_template', 'status_code'] },
          {
            name: 'starlette_requests_processing_time_seconds',
            type: 'histogram',
            labels: ['method', 'path_template'],
          },
          { name: 'starlette_exceptions', type: 'counter', labels: ['method', 'path_template', 'exception_type'] },
          { name: 'starlette_requests_in_progress', type: 'gauge', labels: ['method', 'path_template'] },
        ]
      : [];
  return names.map((metric) => fromDocumentation(module, call, library, metric));
}

function fromDocumentation(
  module: PythonModule,
  call: PythonCall,
  exporter: string,
  metric: Documented,
): ExportedMetric {
  return {
    path: module.path,
    type: metric.type,
    name: metric.name,
    series: seriesOf(metric.type, metric.name),
    labels: metric.labels,
    exporter,
    basis: 'documented',
    line: call.line,
    endLine: call.endLine,
    range: call.range,
  };
}

// ------------------------------------------------------------------------------- literal values

function argumentOf(call: PythonCall, keyword: string, position: number): PythonValue | undefined {
  const named = call.arguments.find((argument) => argument.name === keyword);
  if (named) return named.value;
  const positional = call.arguments.filter((argument) => argument.name === undefined && argument.splat === undefined);
  return position >= 0 ? positional[position]?.value : undefined;
}

function booleanArgument(call: PythonCall, keyword: string): boolean {
  const value = argumentOf(call, keyword, -1);
  return value?.kind === 'boolean' && value.value;
}

/** Text of a literal, of a constant of the module, or of the default of an environment variable. */
function stringOf(
  module: PythonModule,
  value: PythonValue | undefined,
  binding: Binding,
  hops = 3,
): string | undefined {
  if (!value || hops < 0) return undefined;
  if (value.kind === 'string') return value.value;
  if (value.kind === 'name') {
    const bound = binding.get(value.name);
    if (bound) return stringOf(module, bound, new Map(), hops - 1);
    return constantOf(module, value.name, hops);
  }
  if (value.kind === 'other') {
    const formatted = /^[fF](['"])([^'"\\]*)\1$/.exec(value.text);
    return formatted ? interpolate(module, formatted[2] as string, binding, hops) : undefined;
  }
  return undefined;
}

function interpolate(module: PythonModule, template: string, binding: Binding, hops: number): string | undefined {
  let known = true;
  const text = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const part = /^\w+$/.test(name) ? stringOf(module, { kind: 'name', name }, binding, hops - 1) : undefined;
    if (part === undefined) known = false;
    return part ?? '';
  });
  return known ? text : undefined;
}

function constantOf(module: PythonModule, name: string, hops: number): string | undefined {
  const assigned = module.assignments.filter(
    ({ targets, scope }) => scope === '' && targets.length === 1 && targets[0] === name,
  );
  const only = assigned.length === 1 ? assigned[0] : undefined;
  if (!only) return undefined;
  if (only.value.kind !== 'call') return stringOf(module, only.value, new Map(), hops - 1);
  const read = module.calls.find(
    ({ resolved, range }) =>
      /^os\.(environ\.get|getenv)$/.test(resolved) && range.start >= only.range.start && range.end <= only.range.end,
  );
  return read ? stringOf(module, argumentOf(read, 'default', 1), new Map(), hops - 1) : undefined;
}

function stringsOf(module: PythonModule, value: PythonValue, binding: Binding): string[] | undefined {
  if (value.kind === 'name') {
    const bound = binding.get(value.name);
    if (bound && bound.kind !== 'name') return stringsOf(module, bound, new Map());
    const constant = module.assignments.find(({ targets, scope }) => scope === '' && targets[0] === value.name);
    return constant?.value.kind === 'list' ? stringsOf(module, constant.value, new Map()) : undefined;
  }
  // A one-element tuple without its comma is a string, whose letters become labels; nobody means that.
  if (value.kind !== 'list') return undefined;
  const names = value.items.map((item) => stringOf(module, item, binding));
  return names.every((name) => name !== undefined) ? names : undefined;
}
