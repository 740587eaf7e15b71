import type { Command } from 'commander';
import { CONFIDENCES, type Confidence } from '../../contract/risk.js';
import { SEVERITIES, type Severity } from '../../contract/severity.js';
import { buildLifecycle, wantedByReaders } from '../../lifecycle/buildLifecycle.js';
import { mechanicalFixes } from '../../planning/mechanicalFixes.js';
import { openSource, type Source } from '../../repo/openSource.js';
import type { RuleContext } from '../../risks/rule.js';
import type { CommandContext } from '../context.js';
import { assertWritable, writeOutput } from '../outputFile.js';
import { packageVersion } from '../packageVersion.js';
import { readInput } from '../readInput.js';
import { renderDiffLines } from '../render/diff.js';
import { renderFixes, renderScan } from '../render/scan.js';
import { type Baseline, baselineText, parseBaseline } from '../scan/baseline.js';
import { githubAnnotations } from '../scan/githubAnnotations.js';
import { sarif } from '../scan/sarif.js';
import { scanAnswer } from '../scan/scanAnswer.js';
import { scanConfigOf } from '../scan/scanConfig.js';
import { RULE_IDS, type ScanReport, scanReport } from '../scan/scanReport.js';
import { writeFixes } from '../scan/writeFixes.js';
import { runs, type Shell } from '../shell.js';
import { untilInterrupted } from '../untilInterrupted.js';
import { orUnusable } from '../unusableInput.js';
import { WrongUsage } from '../wrongUsage.js';

interface Options {
  branch?: string;
  sarif?: boolean;
  github?: boolean;
  severity?: string;
  confidence?: string;
  baseline?: string;
  writeBaseline?: boolean;
  fix?: boolean;
  write?: boolean;
  /** False with `--no-suppress`. */
  suppress: boolean;
}

const NOTES = `
A folder is read as it lies there (what git ignores left out); nothing of a repository is executed.
A comment at the place suppresses a finding, with its reason:  # mlops: ignore REP-001 because it is a mirror
The key scan of mlops.yaml sets --severity, --confidence and rules that are ignored; docs/scan.md has it all.

Exit codes: 0 nothing found of the wanted severity and confidence; 1 findings; 2 input that can't be used.

Examples:
  temporal-mlops scan .
  temporal-mlops scan https://github.com/org/model.git --severity high
  temporal-mlops scan . --baseline .mlops-baseline.json --write-baseline
  temporal-mlops scan . --fix | git apply
`;

/** `scan`: the risks of a repository; needs neither Temporal nor a configuration. */
export function addScan(program: Command, shell: Shell): void {
  const command = program
    .command('scan')
    .description(
      'Find what will hurt: the reliability risks of how a repository trains, registers, deploys and watches',
    )
    .argument('<repository>', 'a folder, a bare clone, or the URL of a git repository')
    .option('--branch <name>', 'this branch, in place of the files as they lie there or the default branch')
    .option('--severity <least>', `least severity that is reported: ${SEVERITIES.join(', ')} (default: low)`)
    .option('--confidence <least>', `least confidence that is reported: ${CONFIDENCES.join(', ')} (default: likely)`)
    .option('--baseline <file>', 'findings that are known already and only counted')
    .option('--write-baseline', 'write what is found now into the file of --baseline')
    .option('--no-suppress', 'report also what comments and mlops.yaml suppress')
    .option('--fix', 'print the mechanical fixes as a patch, and nothing else, to standard output')
    .option('--write', 'with --fix: write them into the folder')
    .option('--sarif', 'print SARIF 2.1.0, which code hosts show beside the lines')
    .option('--github', 'print annotations of GitHub Actions')
    .addHelpText('after', NOTES);
  runs<[string], Options>(command, shell, (context, options, repository) => run(context, options, repository));
}

const EXIT_FINDINGS = 1;
/** Beginnings of codes that mean that the repository or its configuration can't be used. */
const UNUSABLE = ['MLOPS-INPUT-', 'MLOPS-GIT-', 'MLOPS-POL-'];

async function run(context: CommandContext, options: Options, repository: string): Promise<void> {
  const wishes = wishesOf(context, options);
  const { source, lifecycle, report } = await orUnusable(
    'scan',
    () => scan(context, options, wishes, repository),
    UNUSABLE,
  );
  const { out } = context.streams;
  const { snapshot } = source;
  context.exitCode = report.findings.length > 0 ? EXIT_FINDINGS : 0;
  if (options.fix) return fix(context, options, source, lifecycle, report);
  if (options.writeBaseline && options.baseline !== undefined) {
    const risks = [...report.findings, ...report.known].map(({ risk }) => risk);
    await writeOutput(options.baseline, baselineText(risks));
    context.progress(`${risks.length} findings written to ${options.baseline}`);
    context.exitCode = 0;
  }
  if (context.json) context.answer(scanAnswer(report, snapshot));
  else if (options.sarif) out.write(`${JSON.stringify(sarif(report, snapshot, packageVersion()), null, 2)}\n`);
  else if (options.github)
    out.write(
      githubAnnotations(report)
        .map((line) => `${line}\n`)
        .join(''),
    );
  else if (!options.writeBaseline) context.print(renderScan(report, context.terminal));
}

async function scan(
  context: CommandContext,
  options: Options,
  wishes: { severity?: Severity | undefined; confidence?: Confidence | undefined },
  repository: string,
): Promise<{ source: Source; lifecycle: RuleContext; report: ScanReport }> {
  const baseline = await baselineOf(context, options);
  const source = await untilInterrupted((signal) =>
    openSource(repository, {
      wanted: wantedByReaders,
      signal,
      ...(options.branch === undefined ? {} : { branch: options.branch }),
    }),
  );
  if (options.write && source.folder === undefined) {
    throw new WrongUsage('Only the files of a folder can be written.', {
      where: '--write',
      mend: 'Leave --write out: --fix prints the patch.',
    });
  }
  const { snapshot } = source;
  const lifecycle = { snapshot, ...buildLifecycle(snapshot) };
  const report = scanReport(lifecycle, {
    ...wishes,
    repository: source.name,
    config: scanConfigOf(snapshot, RULE_IDS),
    baseline,
    unsuppressed: !options.suppress,
  });
  return { source, lifecycle, report };
}

async function baselineOf(context: CommandContext, options: Options): Promise<Baseline | undefined> {
  const { baseline } = options;
  if (baseline === undefined) return undefined;
  if (options.writeBaseline) {
    await assertWritable(baseline);
    return undefined;
  }
  return parseBaseline(await readInput(baseline, context.streams.input), baseline);
}

function fix(
  context: CommandContext,
  options: Options,
  source: Source,
  lifecycle: RuleContext,
  report: ScanReport,
): void {
  const { terminal } = context;
  const fixable = report.findings.filter(({ fix: found }) => !('unfixable' in found)).map(({ risk }) => risk);
  const fixes = mechanicalFixes(fixable, lifecycle);
  const written = options.write === true && source.folder !== undefined;
  if (written) writeFixes(source.folder as string, fixes.edits, source.snapshot);
  if (context.json) {
    const of = fixes.fixed.map(({ risk, reason, tradeOff }) => ({ fingerprint: risk.id, reason, tradeOff }));
    const left = fixes.left.map(({ risk, reason }) => ({ fingerprint: risk.id, reason }));
    context.answer({ patch: fixes.patch, fixed: of, left, written });
  } else if (terminal.interactive) context.print(renderDiffLines(fixes.patch.split('\n').slice(0, -1), terminal));
  else context.streams.out.write(fixes.patch);
  for (const line of renderFixes(fixes, written, terminal)) context.progress(line);
  if (written && fixes.fixed.length === report.findings.length) context.exitCode = 0;
}

function wishesOf(context: CommandContext, options: Options) {
  const formats = [context.json, options.sarif, options.github].filter((format) => format === true).length;
  if (formats > 1) {
    throw new WrongUsage('--json, --sarif and --github are answers of their own.', {
      where: 'scan',
      mend: 'Give one of them.',
    });
  }
  if (options.fix && (options.sarif || options.github || options.writeBaseline)) {
    throw new WrongUsage('--fix prints a patch; it goes with none of --sarif, --github and --write-baseline.', {
      where: '--fix',
      mend: 'Give one of them. SARIF holds the fixes too.',
    });
  }
  if (options.write && !options.fix) {
    throw new WrongUsage('--write writes what --fix shows.', { where: '--write', mend: 'Give --fix too.' });
  }
  if (options.writeBaseline && options.baseline === undefined) {
    throw new WrongUsage('It is not said where the baseline is to be written.', {
      where: '--write-baseline',
      mend: 'Name the file with --baseline FILE.',
    });
  }
  return {
    severity: oneOf(SEVERITIES, options.severity, '--severity'),
    confidence: oneOf(CONFIDENCES, options.confidence, '--confidence'),
  };
}

function oneOf<T extends string>(words: readonly T[], given: string | undefined, option: string): T | undefined {
  if (given === undefined) return undefined;
  const found = words.find((word) => word === given);
  if (found) return found;
  throw new WrongUsage(`"${given}" is none of those that there are.`, {
    where: option,
    mend: `One of ${words.join(', ')}.`,
  });
}
