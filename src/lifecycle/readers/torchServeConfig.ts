import type { EncodedPath } from '../../contract/encodedPath.js';
import type { ToolPart } from '../facts.js';
import { LineTable } from '../sourceText.js';
import { toolPart } from './toolPart.js';

/** Keys that only TorchServe's `config.properties` has. */
const OWN = /^[ \t]*(load_models|model_store|model_snapshot|default_workers_per_model)[ \t]*=[ \t]*(.*)$/m;

/** Reads TorchServe's `config.properties`: which models it loads, and whether it shows metrics to Prometheus. */
export function readTorchServeConfig(path: EncodedPath, text: string): ToolPart[] {
  const own = OWN.exec(text);
  if (!own) return [];
  const lines = new LineTable(text);
  const archive = /^[ \t]*load_models[ \t]*=[ \t]*(?:\w+=)?([\w.-]+?)(?:\.mar)?[ \t]*(?:,|$)/m.exec(text)?.[1];
  const start = own.index + own[0].search(/\S/);
  const parts = [
    toolPart(lines.place(start, own.index + own[0].length), {
      path,
      kind: 'TorchServe configuration',
      name: archive ?? 'TorchServe',
      evidence: own[0].trim(),
      stage: 'deployment',
      ...(archive === undefined || archive === 'all' ? {} : { model: archive }),
    }),
  ];
  const metrics = /^[ \t]*metrics_mode[ \t]*=[ \t]*prometheus\b.*$/m.exec(text);
  if (metrics) {
    parts.push(
      toolPart(lines.place(metrics.index, metrics.index + metrics[0].length), {
        path,
        kind: 'TorchServe metrics',
        name: archive ?? 'TorchServe',
        evidence: metrics[0].trim(),
        stage: 'monitoring',
      }),
    );
  }
  return parts;
}
