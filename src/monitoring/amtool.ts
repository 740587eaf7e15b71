import { runTool, type ToolRun } from './tool.js';

const CONFIG_FILE = 'alertmanager.yml';

/** One alert to be routed by a configuration. */
export interface RouteTest {
  tool: string;
  config: string;
  labels: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

/**
 * `amtool config routes test`: prints the receivers of an alert with these labels, separated by
 * commas, in the order in which the routing tree names them.
 */
export function testRoutes(input: RouteTest): Promise<ToolRun> {
  const labels = Object.entries(input.labels)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${quoted(value)}`);
  return runTool({
    tool: input.tool,
    args: ['config', 'routes', 'test', `--config.file=${CONFIG_FILE}`, '--', ...labels],
    files: { [CONFIG_FILE]: input.config },
    signal: input.signal,
  });
}

/** A label value as amtool's matcher syntax reads it: double quotes with `\\`, `\"` and `\n` escaped. */
function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
