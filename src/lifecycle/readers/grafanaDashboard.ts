import type { EncodedPath } from '../../contract/encodedPath.js';
import type { Dashboard } from '../facts.js';
import { type JsonValue, jsonAt, jsonString } from '../jsonDocument.js';
import { parsePromql } from '../promql.js';
import type { LineTable } from '../sourceText.js';

/** Panels inside rows inside rows, and queries of a dashboard. */
const MAX_NESTING = 4;
const MAX_QUERIES = 500;

/** The dashboard of a Grafana export or provisioning file, also wrapped as the API wraps it. */
export function grafanaDashboard(root: JsonValue): JsonValue | undefined {
  for (const candidate of [root, jsonAt(root, 'dashboard')]) {
    if (!candidate || jsonString(jsonAt(candidate, 'title')) === undefined) continue;
    const body = jsonAt(candidate, 'panels') ?? jsonAt(candidate, 'rows');
    if (body?.kind === 'array' && jsonAt(candidate, 'swagger') === undefined) return candidate;
  }
  return undefined;
}

/** Reads the Prometheus queries of a dashboard's panels. */
export function readGrafanaDashboard(path: EncodedPath, dashboard: JsonValue, lines: LineTable): Dashboard {
  const queries: Dashboard['queries'] = [];
  const walk = (panels: JsonValue[], nesting: number): void => {
    for (const panel of panels) {
      for (const target of jsonAt(panel, 'targets')?.items ?? []) {
        const expression = jsonAt(target, 'expr');
        const text = jsonString(expression);
        if (!expression || text === undefined || text.trim() === '' || queries.length >= MAX_QUERIES) continue;
        queries.push({ text, line: lines.lineAt(expression.start), metrics: metricsOf(text) });
      }
      if (nesting < MAX_NESTING) walk(jsonAt(panel, 'panels')?.items ?? [], nesting + 1);
    }
  };
  walk([...(jsonAt(dashboard, 'panels')?.items ?? []), ...(jsonAt(dashboard, 'rows')?.items ?? [])], 0);
  const title = jsonAt(dashboard, 'title');
  const place = title ?? dashboard;
  return { path, title: jsonString(title) ?? '', queries, ...lines.place(place.start, place.end) };
}

/** Metrics of a query; Grafana's variables (`$interval`, `${job}`, `[[job]]`) are no PromQL and are filled in. */
function metricsOf(text: string): string[] {
  const plain = text.replace(/\[\$\{?\w+(?::\w+)?\}?\]/g, '[5m]').replace(/\$\{[^{}\n]*\}|\[\[\w+\]\]|\$\w+/g, 'x');
  return [...new Set(parsePromql(plain).selectors.flatMap(({ metric }) => metric ?? []))];
}
