#!/usr/bin/env node
/**
 * Sums what ran: `summarise.mjs FOLDER` reads `steps.tsv` (name, exit code) and, for a step that is a
 * test suite, vitest's `<name>.json` beside it. The last line is "N passed, N failed"; the exit code
 * is 1 when anything failed or nothing passed.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.test-results';

async function countsOf(name, code) {
  const text = await readFile(join(folder, `${name}.json`), 'utf8').catch(() => undefined);
  const suite = text && JSON.parse(text);
  if (!suite?.testResults) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of suite.testResults) {
    const states = file.assertionResults.map((result) => result.status);
    const failed = states.filter((state) => state === 'failed').length;
    counts.passed += states.filter((state) => state === 'passed').length;
    counts.skipped += states.filter((state) => state !== 'passed' && state !== 'failed').length;
    // A file that can't be loaded, or whose hook fails, has no failed test to show.
    counts.failed += failed === 0 && file.status === 'failed' ? 1 : failed;
  }
  // An unhandled error or a crash of the runner fails a suite whose tests all passed.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

const lines = await readFile(join(folder, 'steps.tsv'), 'utf8').catch(() => '');
const total = { passed: 0, failed: 0 };
for (const line of lines.split('\n').filter(Boolean)) {
  const [name, code] = line.split('\t');
  const { passed, failed, skipped } = await countsOf(name, Number(code));
  total.passed += passed;
  total.failed += failed;
  console.log(`${name}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} not run` : ''}`);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
