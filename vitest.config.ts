import { defineConfig } from 'vitest/config';

/** A suite is chosen with `--mode`; without one the unit tests run. */
const SUITES = {
  /** Pure rules and single parts; some run the real git, promtool and amtool. */
  test: { folder: 'unit', forks: 2, seconds: 20 },
  /** Whole change tasks on a real Temporal server. */
  scenarios: { folder: 'scenarios', forks: 1, seconds: 120 },
  /** Workers that are killed, servers that are restarted. */
  chaos: { folder: 'chaos', forks: 1, seconds: 240 },
  /** Repositories that nobody here wrote. */
  corpus: { folder: 'corpus', forks: 1, seconds: 120 },
} as const;

export default defineConfig(({ mode }) => {
  // Editors and knip load this file in modes of their own, only to know where tests are.
  const suite = SUITES[mode as keyof typeof SUITES] ?? (process.env.VITEST ? undefined : SUITES.test);
  if (!suite) throw new Error(`--mode ${mode}: there is no such suite; one of ${Object.keys(SUITES).join(', ')}`);
  return {
    test: {
      name: suite.folder,
      include: [`test/${suite.folder}/**/*.test.ts`],
      globalSetup: ['test/support/tools.ts'],
      // Processes, not threads: the Temporal core is a native module and some tests send signals.
      pool: 'forks',
      poolOptions: { forks: { minForks: 1, maxForks: suite.forks } },
      testTimeout: suite.seconds * 1000,
      hookTimeout: suite.seconds * 1000,
      reporters: process.env.CI ? ['dot', 'json'] : ['default', 'json'],
      outputFile: { json: `.test-results/${suite.folder}.json` },
    },
  };
});
