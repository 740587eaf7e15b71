import type { Command } from 'commander';
import { buildLifecycle, wantedByReaders } from '../../lifecycle/buildLifecycle.js';
import { openSource } from '../../repo/openSource.js';
import { mapHtml } from '../../report/map/mapHtml.js';
import { mapMermaid } from '../../report/map/mapMermaid.js';
import { mapSvg } from '../../report/map/mapSvg.js';
import { pictureOf } from '../../report/map/picture.js';
import type { CommandContext } from '../context.js';
import { assertWritable, writeOutput } from '../outputFile.js';
import { renderMapTree } from '../render/mapTree.js';
import { terminalOf } from '../render/terminal.js';
import { scanConfigOf } from '../scan/scanConfig.js';
import { RULE_IDS, scanReport } from '../scan/scanReport.js';
import { runs, type Shell } from '../shell.js';
import { untilInterrupted } from '../untilInterrupted.js';
import { orUnusable } from '../unusableInput.js';
import { WrongUsage } from '../wrongUsage.js';

const FORMATS = ['tree', 'mermaid', 'svg', 'html', 'json'] as const;
type Format = (typeof FORMATS)[number];

interface Options {
  branch?: string;
  format?: string;
  output?: string;
  all?: boolean;
}

const NOTES = `
A folder is read as it lies there (what git ignores left out); nothing of a repository is executed.
Parts that were looked for and aren't there are named in a sentence; docs/map.md says what is read.

Exit codes: 0 mapped, whatever was found; 2 input that can't be used.

Examples:
  temporal-mlops map .
  temporal-mlops map . --format html -o map.html
  temporal-mlops map https://github.com/org/model.git --format mermaid
`;

/** `map`: how a repository trains, registers, deploys and watches its models; needs no Temporal. */
export function addMap(program: Command, shell: Shell): void {
  const command = program
    .command('map')
    .description('Show how a repository trains, registers, deploys and watches its models, and where it may hurt')
    .argument('<repository>', 'a folder, a bare clone, or the URL of a git repository')
    .option('--branch <name>', 'this branch, in place of the files as they lie there or the default branch')
    .option('--format <format>', `${FORMATS.join(', ')} (default: by the name of -o, else tree)`)
    .option('-o, --output <file>', 'write it there')
    .option('--all', 'in the tree: every component, details too')
    .addHelpText('after', NOTES);
  runs<[string], Options>(command, shell, (context, options, repository) => run(context, options, repository));
}

async function run(context: CommandContext, options: Options, repository: string): Promise<void> {
  const format = formatOf(context, options);
  const text = await orUnusable('map', async () => {
    if (options.output !== undefined) await assertWritable(options.output);
    return draw(context, options, format, repository);
  }, ['MLOPS-INPUT-', 'MLOPS-GIT-', 'MLOPS-POL-']);
  if (options.output === undefined) context.streams.out.write(text);
  else {
    await writeOutput(options.output, text);
    context.progress(`written to ${options.output}`);
  }
}

async function draw(context: CommandContext, options: Options, format: Format, repository: string): Promise<string> {
  const { snapshot, name } = await untilInterrupted((signal) =>
    openSource(repository, {
      wanted: wantedByReaders,
      signal,
      ...(options.branch === undefined ? {} : { branch: options.branch }),
    }),
  );
  const lifecycle = { snapshot, ...buildLifecycle(snapshot) };
  const { map } = lifecycle;
  const report = scanReport(lifecycle, { repository: name, config: scanConfigOf(snapshot, RULE_IDS) });
  const risks = report.findings.map(({ risk }) => risk);
  const picture = () => pictureOf(map, risks, name);
  switch (format) {
    case 'json':
      return `${JSON.stringify({ repository: name, map, risks }, null, 2)}\n`;
    case 'mermaid':
      return mapMermaid(picture());
    case 'svg':
      return mapSvg(picture());
    case 'html':
      return mapHtml(picture(), map);
    case 'tree': {
      // Escape sequences of a terminal have no place in a file.
      const { env } = context.streams;
      const terminal = options.output === undefined ? context.terminal : terminalOf({}, { ...env, NO_COLOR: '1' });
      return `${renderMapTree(map, risks, terminal, { all: options.all === true }).join('\n')}\n`;
    }
  }
}

const BY_NAME: readonly [RegExp, Format][] = [
  [/\.svg$/i, 'svg'],
  [/\.html?$/i, 'html'],
  [/\.json$/i, 'json'],
  [/\.(mmd|mermaid)$/i, 'mermaid'],
];

function formatOf(context: CommandContext, options: Options): Format {
  const { format, output } = options;
  if (format === undefined) {
    if (context.json) return 'json';
    return BY_NAME.find(([pattern]) => output !== undefined && pattern.test(output))?.[1] ?? 'tree';
  }
  const found = FORMATS.find((known) => known === format);
  if (!found) {
    throw new WrongUsage(`"${format}" is no format.`, { where: '--format', mend: `One of ${FORMATS.join(', ')}.` });
  }
  if (context.json && found !== 'json') {
    throw new WrongUsage('--json and --format name two formats.', { where: '--format', mend: 'Give one of them.' });
  }
  return found;
}
