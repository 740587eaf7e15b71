import type { PythonModule } from './facts.js';
import { fileName, folderOf } from './scope.js';

const MONITOR_WORD = /(^|[^a-z])monitor(s|ing)?([^a-z]|$)/i;
/** Calls that work out how data or predictions look: statistics, metrics, reports. */
const MEASURES =
  /(^|\.)(mean|std|stddev|var|quantile|percentile|describe|isnull|isna|value_counts|histogram|\w*(accuracy|precision|recall|f1|auc|rmse|mse|mae|mape|r2)\w*|\w*(metric|metrics|stats|statistics|drift|psi|quality)\w*)$/i;
/** What watches machines and processes, not a model. */
const MACHINES = /^(psutil|pynvml|GPUtil|nvidia_smi|watchdog)(\.|$)/;

/**
 * A module named for monitoring (its file or its folder) that works out statistics, metrics or a report:
 * where and what it measures. `undefined` for others, and for what watches machines.
 */
export function monitoringScript(
  module: PythonModule,
): { line: number; endLine: number; evidence: string } | undefined {
  const stem = fileName(module.path).replace(/\.py$/, '');
  const folder = folderOf(module.path).split('/').at(-1) ?? '';
  const named = MONITOR_WORD.test(stem) || (MONITOR_WORD.test(folder) && module.runnable);
  if (!named || module.roles.some((role) => role === 'train' || role === 'serve')) return undefined;
  if (module.imports.some(({ module: name }) => MACHINES.test(name))) return undefined;
  const call = module.calls.find(({ callee }) => MEASURES.test(callee));
  return call
    ? { line: call.line, endLine: call.endLine, evidence: `${fileName(module.path)} calls ${call.callee}` }
    : undefined;
}
