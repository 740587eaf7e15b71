import { type Command, Option } from 'commander';
import { artifactText } from '../../artifacts/artifactStore.js';
import { writeOutput } from '../outputFile.js';
import { visible } from '../render/visible.js';
import { runs, type Shell } from '../shell.js';
import { storedReport } from '../storedRecord.js';

interface ReportOptions {
  format: 'markdown' | 'json';
  output?: string;
  record?: string;
}

/** `report`: what a task did and found, and the record that proves it. */
export function addReport(program: Command, shell: Shell): void {
  const command = program
    .command('report')
    .description('Print the report of a task that has ended, and export its record')
    .argument('<task>', 'id of the task')
    .addOption(
      new Option('--format <format>', 'for people or for machines').choices(['markdown', 'json']).default('markdown'),
    )
    .option('--output <file>', 'write the report there instead')
    .option('--record <file>', 'also write the record, which `temporal-mlops verify` checks offline')
    .addHelpText(
      'after',
      "\nReports are read from dataDir; they outlive Temporal's retention.\n\nExamples:\n  temporal-mlops report chg/alertmanager/4f…\n  temporal-mlops report chg/alertmanager/4f… --record record.json\n",
    );
  runs<[string], ReportOptions>(command, shell, async (context, options, task) => {
    const store = context.store(await context.config());
    const { text: record, report } = await storedReport(store, task);
    const json = artifactText(await store.get(report.json));
    const text = options.format === 'json' ? json : artifactText(await store.get(report.markdown));
    if (options.record !== undefined) await writeOutput(options.record, record);
    if (options.output !== undefined) await writeOutput(options.output, text);
    context.answer({
      report: JSON.parse(json),
      ...(options.output === undefined ? {} : { output: options.output }),
      ...(options.record === undefined ? {} : { record: options.record }),
    });
    if (context.json) return;
    if (options.output === undefined) context.streams.out.write(text.endsWith('\n') ? text : `${text}\n`);
    for (const file of [options.output, options.record])
      if (file !== undefined) context.progress(`Wrote ${visible(file)}`);
  });
}
