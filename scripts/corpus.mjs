#!/usr/bin/env node
/**
 * Maps and assesses a folder of labelled repositories and holds the results against the labels: precision and
 * recall by stage of the map and by kind of risk, with every miss and every false report.
 *
 *     npm run corpus -- FOLDER [--json]
 *
 * The folder has a file of labels `OWNER__NAME.yaml` beside each archive `files/OWNER__NAME.tar.gz`.
 */
import { parseArgs } from 'node:util';
import { measureCorpus } from '../test/support/corpus/measureCorpus.ts';
import { renderFigures } from '../test/support/corpus/renderFigures.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1) {
  process.stderr.write('usage: npm run corpus -- FOLDER [--json]\n');
  process.exit(2);
}
try {
  const figures = measureCorpus(folder);
  process.stdout.write(values.json ? `${JSON.stringify(figures, null, 2)}\n` : renderFigures(figures));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
