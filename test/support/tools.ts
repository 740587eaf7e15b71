import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findPromTools } from '../../src/worker/tools/promTools.js';
import { findTemporalServer } from '../../src/worker/tools/temporalServer.js';

/**
 * Finds, or fetches as the product itself does, the programs that tests run, and hands their paths
 * on as TEMPORAL_CLI_PATH, PROMTOOL and AMTOOL. What could not be found stays unset, with a line
 * that says so.
 */
export async function setup(project: TestProject): Promise<void> {
  const progress = (line: string) => console.log(line);

  const prometheus = await findPromTools({
    configured: { promtool: process.env.PROMTOOL, amtool: process.env.AMTOOL },
    install: true,
    progress,
  });
  hand('PROMTOOL', prometheus.promtool);
  hand('AMTOOL', prometheus.amtool);
  if (prometheus.missing !== undefined) {
    // Whole tasks end as verified only where alerting can be proved, so without the tools there is nothing to run.
    const line = `${project.name} tests need promtool and amtool. ${prometheus.missing}`;
    if (project.name !== 'unit') throw new Error(line);
    progress(`Not run, and reported as skipped, is each test that needs them: ${prometheus.missing}`);
  }

  // Unit tests start no server, and need not wait for 60 MB.
  if (project.name === 'unit' || process.env.TEMPORAL_CLI_PATH) return;
  // Tests never touch a server that the developer's environment or profile names.
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
  process.env.TEMPORAL_CONFIG_FILE = resolve('.test-results/no-profile.toml');
  const server = await findTemporalServer({ progress });
  hand('TEMPORAL_CLI_PATH', server.kind === 'executable' ? server.path : undefined);
  if (server.kind !== 'executable') progress('No Temporal CLI; the SDK downloads a server.');
}

function hand(name: string, path: string | undefined): void {
  if (path === undefined) return;
  process.env[name] = path;
  console.log(`${name}=${path}`);
}
