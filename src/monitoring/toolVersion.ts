import { runTool } from './tool.js';

/** Version of promtool or amtool, as it says itself (`--version`); `unknown` when it doesn't. */
export async function toolVersion(tool: string, signal?: AbortSignal): Promise<string> {
  const run = await runTool({ tool, args: ['--version'], files: {}, signal });
  return /version (\S+)/.exec(`${run.stdout} ${run.stderr}`)?.[1] ?? 'unknown';
}
