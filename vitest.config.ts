import { defineConfig } from 'vitest/config';

interface Suite {
  folder: string;
  /** Default: the folder. */
  name?: string;
  forks: number;
  seconds: number;
  /** Times that a failed test is run again. Default 0. */
  retry?: number;
  env?: Record<string, string>;
}

/** A suite is chosen with `--mode`; without one the unit tests run. */
const SUITES: Record<string, Suite> = {
  /** Pure rules and single parts; some run the real git, promtool and amtool. */
  test: { folder: 'unit', forks: 2, seconds: 20 },
  /** Whole change tasks on a real Temporal server, by a worker as users run it. */
  scenarios: { folder: 'scenarios', forks: 2, seconds: 240 },
  /**
   * The same by a worker that keeps no workflow in memory, so that each workflow task is a replay. The SDK's core
   * then now and then loses a local activity that is under way when a signal comes ("Attempted to check for LA
   * marker handling in invalid state"), and with it the task: such a test is run again.
   */
  uncached: {
    folder: 'scenarios',
    name: 'uncached',
    forks: 2,
    seconds: 100,
    retry: 2,
    env: { MLOPS_TEST_MAX_CACHED_WORKFLOWS: '0' },
  },
  /** Workers that are killed, servers that are restarted. */
  chaos: { folder: 'chaos', forks: 1, seconds: 600 },
  /** Repositories that nobody here wrote. */
  corpus: { folder: 'corpus', forks: 1, seconds: 120 },
};

export default defineConfig(({ mode }) => {
  // Editors and knip load this file in modes of their own, only to know where tests are.
  const suite = SUITES[mode] ?? (process.env.VITEST ? undefined : SUITES.test);
  if (!suite) throw new Error(`--mode ${mode}: there is no such suite; one of ${Object.keys(SUITES).join(', ')}`);
  const name = suite.name ?? suite.folder;
  return {
    test: {
      name,
      env: suite.env ?? {},
      include: [`test/${suite.folder}/**/*.test.ts`],
      globalSetup: ['test/support/tools.ts'],
      // Processes, not threads: the Temporal core is a native module and some tests send signals.
      pool: 'forks',
      poolOptions: { forks: { minForks: 1, maxForks: suite.forks } },
      // Chaos tests wait side by side for the server to miss a killed worker.
      maxConcurrency: 8,
      testTimeout: suite.seconds * 1000,
      hookTimeout: suite.seconds * 1000,
      retry: suite.retry ?? 0,
      reporters: process.env.CI ? ['dot', 'json'] : ['default', 'json'],
      outputFile: { json: `.test-results/${name}.json` },
    },
  };
});
