import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Command } from 'commander';
import { MlopsError } from '../../contract/errors.js';
import { parseExposition } from '../../monitoring/exposition.js';
import { askPrometheus } from '../../monitoring/prometheusApi.js';
import { toolVersion } from '../../monitoring/toolVersion.js';
import { parseDuration } from '../../promql/duration.js';
import { chartsOf } from '../../proofs/alerts/chartsOf.js';
import { junit } from '../../proofs/alerts/formats/junit.js';
import { sarif } from '../../proofs/alerts/formats/sarif.js';
import { metricFacts } from '../../proofs/alerts/metricFacts.js';
import { metricsReadBy } from '../../proofs/alerts/metricsRead.js';
import { proveAlerts } from '../../proofs/alerts/proveAlerts.js';
import { readPrometheusAlerting } from '../../proofs/alerts/route/prometheusAlerting.js';
import { readAlertmanager } from '../../proofs/alerts/route/readAlertmanager.js';
import { readPrometheusIntervals } from '../../proofs/alerts/scrapeIntervals.js';
import type { RuleVerdict } from '../../proofs/alerts/verdict.js';
import { alertsHtml, chartKey } from '../../report/alertsHtml.js';
import { findPromTools } from '../../worker/tools/promTools.js';
import type { CommandContext } from '../context.js';
import { assertWritable, writeOutput } from '../outputFile.js';
import { packageVersion } from '../packageVersion.js';
import { readAlertFiles, type UnreadFile } from '../prove/alertFiles.js';
import { judge, parseBaseline } from '../prove/faults.js';
import { readInput } from '../readInput.js';
import { renderExplanation, renderProgress, renderSummary, renderVerdicts } from '../render/alertVerdicts.js';
import { renderChart } from '../render/chart.js';
import { renderError } from '../render/error.js';
import { runs, type Shell } from '../shell.js';
import { orUnusable } from '../unusableInput.js';
import { WrongUsage } from '../wrongUsage.js';

interface Options {
  alertmanager?: string;
  prometheus?: string;
  metrics?: string;
  scrapeInterval?: string;
  evaluationInterval?: string;
  writeTests?: string;
  sarif?: boolean;
  junit?: boolean;
  html?: string;
  strict?: boolean;
  baseline?: string;
  jobs?: string;
  explain?: string;
}

const NOTES = `
Verdicts: proved, never fires, always fires, not provable (with the construct or the reason), invalid.
A rule says what it accepts with a comment above it: # temporal-mlops: accept CODE -- REASON

Exit codes: 0 no fault (also with rules that are not provable, unless --strict); 1 a fault: a rule that
never fires, always fires or is invalid, or an alert that reaches nobody (with --explain: of that alert);
2 input that can't be used.

Examples:
  temporal-mlops prove alerts monitoring/rules/*.yml --alertmanager monitoring/alertmanager.yml
  temporal-mlops prove alerts rules/ --metrics http://localhost:9090 --write-tests tests/alerts
  temporal-mlops prove alerts rules.yml --explain HighErrorRate
`;

/** `prove alerts`: a proof by the real promtool for each alerting rule of some files; needs no Temporal. */
export function addProve(program: Command, shell: Shell): void {
  const prove = program.command('prove').description('Prove that parts of a monitoring setup do what they are for');
  const command = prove
    .command('alerts')
    .description('Prove with the real promtool that each alert fires when it should and stays silent when it should')
    .argument(
      '<files...>',
      'rule files, folders of them, or - for standard input; also Kubernetes PrometheusRule and ConfigMap',
    )
    .option('--alertmanager <file>', 'Alertmanager configuration: also prove that each alert reaches somebody')
    .option('--prometheus <file>', 'Prometheus configuration: intervals, external labels, alert relabelling')
    .option('--metrics <file|url>', 'what is scraped: an exposition text, or the address of a Prometheus')
    .option('--scrape-interval <duration>', 'time between two scrapes (default: --prometheus, else 30s is assumed)')
    .option('--evaluation-interval <duration>', 'of groups that name none (default: --prometheus, else 1m)')
    .option('--write-tests <dir>', 'write the promtool tests there; proved then needs them to pass as they are written')
    .option('--sarif', 'print SARIF 2.1.0, which code hosts show beside the lines')
    .option('--junit', 'print JUnit XML')
    .option('--html <file>', 'write a page with plots of what each alert was tried on')
    .option('--explain <alert>', 'show one alert at length, with plots of its firing and healthy series')
    .option('--strict', 'exit with 1 also for what is not provable, findings, and doubtful assumptions')
    .option('--baseline <file>', 'an earlier answer of --json: what it has already is no fault')
    .option('--jobs <number>', 'processes of promtool at a time (default: processors)')
    .addHelpText('after', NOTES);
  runs<[string[]], Options>(command, shell, (context, options, paths) => run(context, options, paths));
}

async function run(context: CommandContext, options: Options, paths: string[]): Promise<void> {
  const formats = [context.json, options.sarif === true, options.junit === true].filter(Boolean).length;
  if (formats > 1) {
    throw new WrongUsage('--json, --sarif and --junit are answers of their own.', {
      where: 'prove alerts',
      mend: 'Give one of them.',
    });
  }
  const plain = formats === 0;
  if (!plain && options.explain !== undefined) {
    throw new WrongUsage('--explain is for reading; --json, --sarif and --junit are of all alerts.', {
      where: '--explain',
      mend: 'Give one of them. --html FILE goes with each.',
    });
  }
  const start = performance.now();
  const { out, err } = context.streams;
  const given = await orUnusable('prove alerts', () => readGiven(context, options, paths));
  const { files, baseline, ...known } = given;
  const tools = await toolsFor(context);
  const { terminal } = context;

  const unusable: UnreadFile[] = [...given.unread];
  const bar = err.isTTY === true && plain && terminal.interactive;
  const rules = await proveAlerts({
    ...known,
    files,
    promtool: tools.promtool,
    jobs: jobsOf(options.jobs),
    now: Math.floor(Date.now() / 1000),
    onUnusable: (file) => unusable.push(file),
    ...(bar ? { progress: (done, total) => err.write(`\r${renderProgress(done, total, terminal)}\u001b[K`) } : {}),
    ...(tools.amtool === undefined ? {} : { amtool: tools.amtool }),
    ...(options.writeTests === undefined ? {} : { testsDir: options.writeTests }),
  });
  if (bar) err.write('\r\u001b[K');

  const explained = rules.filter(({ alert }) => alert === options.explain);
  const judged = options.explain === undefined ? rules : explained;
  const judgement = judge(judged, { strict: options.strict === true, baseline });
  const versions = tools.versions;
  if (context.json) context.answer(answer(rules, unusable, versions));
  else if (options.sarif) out.write(`${JSON.stringify(sarif(rules, unusable, packageVersion()), null, 2)}\n`);
  else if (options.junit) out.write(junit(rules, unusable));
  for (const rule of explained) {
    context.print(renderExplanation(rule, terminal));
    for (const chart of chartsOf(rule)) context.print(['', ...renderChart(chart, terminal)]);
  }
  if (plain && options.explain === undefined) {
    context.print(renderVerdicts(rules, terminal));
    if (rules.length > 0 || unusable.length === 0)
      context.print(renderSummary(rules, judgement, (performance.now() - start) / 1000, terminal));
  }
  for (const { file, reason, mend = MEND_FILE } of unusable) {
    for (const line of renderError({ code: 'MLOPS-INPUT-001', message: reason, where: file, mend }))
      context.progress(line);
  }
  if (options.html !== undefined) {
    const charts = new Map(rules.map((rule) => [chartKey(rule), chartsOf(rule)]));
    await writeOutput(options.html, alertsHtml({ rules, charts, tools: versions, unusable }));
  }
  if (options.explain !== undefined && explained.length === 0) {
    throw new WrongUsage(`There is no alert ${options.explain} in the files.`, {
      where: '--explain',
      mend:
        rules.length === 0 ? 'They have no alerting rule.' : `They have ${listed(rules.map(({ alert }) => alert))}.`,
    });
  }
  context.exitCode = unusable.length > 0 ? EXIT_UNUSABLE : judgement.failing > 0 ? EXIT_FAULT : 0;
}

const EXIT_FAULT = 1;
const EXIT_UNUSABLE = 2;
const MEND_FILE = 'Name rule files; `promtool check rules FILE` says what Prometheus thinks of one.';

/** Everything that the command line names, read before any work begins. */
async function readGiven(context: CommandContext, options: Options, paths: string[]) {
  const { input } = context.streams;
  jobsOf(options.jobs);
  const scrape = duration(options.scrapeInterval, '--scrape-interval');
  const evaluation = duration(options.evaluationInterval, '--evaluation-interval');
  const read = <T>(path: string | undefined, parse: (text: string, path: string) => T): Promise<T | undefined> =>
    path === undefined ? Promise.resolve(undefined) : readInput(path, input).then((text) => parse(text, path));
  const { files, unread } = await readAlertFiles(paths, input);
  const intervals = await read(options.prometheus, readPrometheusIntervals);
  const prometheus = await read(options.prometheus, readPrometheusAlerting);
  const alertmanager = await read(options.alertmanager, readAlertmanager);
  const baseline = await read(options.baseline, parseBaseline);
  if (options.html !== undefined) await assertWritable(options.html);
  if (options.writeTests !== undefined) await assertFolder(options.writeTests);
  const metrics = options.metrics === undefined ? undefined : await factsFrom(options.metrics, files, input);
  const scrapeInterval = scrape ?? intervals?.scrape;
  const evaluationInterval = evaluation ?? intervals?.evaluation;
  return {
    files,
    unread,
    baseline,
    ...(scrapeInterval === undefined ? {} : { scrapeInterval }),
    ...(evaluationInterval === undefined ? {} : { evaluationInterval }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(alertmanager === undefined ? {} : { alertmanager }),
    ...(prometheus === undefined ? {} : { prometheus }),
  };
}

async function assertFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (cause) {
    throw new WrongUsage(`The tests cannot be written there: ${(cause as Error).message}`, {
      code: 'MLOPS-INPUT-002',
      where: path,
      mend: 'Name a folder that you may write to; it is made where there is none.',
      cause,
    });
  }
}

/** The answer of `--json`. */
function answer(rules: readonly RuleVerdict[], unusable: readonly UnreadFile[], tools: Record<string, string>) {
  const count = (verdict: RuleVerdict['verdict']) => rules.filter((rule) => rule.verdict === verdict).length;
  return {
    summary: {
      rules: rules.length,
      proved: count('proved'),
      never_fires: count('never_fires'),
      always_fires: count('always_fires'),
      not_provable: count('not_provable'),
      invalid: count('invalid'),
      unusable: unusable.length,
    },
    tools,
    rules: rules.map(({ inputs: _inputs, evidence: _evidence, ...rule }) => rule),
    unusable,
  };
}

async function toolsFor(context: CommandContext) {
  const config = await context.configIfAny();
  const found = await findPromTools({
    configured: { promtool: config?.tools.promtool, amtool: config?.tools.amtool },
    install: true,
    progress: (line) => context.progress(line),
  });
  if (found.promtool === undefined) {
    throw new MlopsError('MLOPS-PRF-001', found.missing ?? 'promtool was not found', { where: 'PATH' });
  }
  const { promtool, amtool } = found;
  const versions: Record<string, string> = { promtool: await toolVersion(promtool) };
  if (amtool !== undefined) versions.amtool = await toolVersion(amtool);
  return { promtool, amtool, versions };
}

async function factsFrom(source: string, files: Parameters<typeof metricsReadBy>[0], input: NodeJS.ReadableStream) {
  if (!/^https?:\/\//.test(source)) {
    return metricFacts(parseExposition(await readInput(source, input), source), 'exposition');
  }
  const now = Math.floor(Date.now() / 1000);
  return metricFacts(await askPrometheus({ url: source, metrics: metricsReadBy(files), now }), 'prometheus');
}

function duration(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new WrongUsage(`"${text}" is no duration.`, {
    where: option,
    mend: 'Write it as Prometheus does: 15s, 1m, 1m30s.',
  });
}

function jobsOf(text: string | undefined): number {
  if (text === undefined) return Math.max(1, Math.min(8, cpus().length));
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 64) return jobs;
  throw new WrongUsage(`"${text}" is no number of processes.`, {
    where: '--jobs',
    mend: 'Give a number from 1 to 64.',
  });
}

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > 10 ? ` and ${distinct.length - 10} more` : '';
  return `${distinct.slice(0, 10).join(', ')}${more}`;
}
