import { MlopsError } from '../../../contract/errors.js';
import { runTool, type ToolRun } from '../../../monitoring/tool.js';

/** Test files in one process at most: a process takes 80 ms to start, a test about 9 ms. */
const BATCH = 40;

/**
 * Go collects garbage on all processors and whenever the heap has doubled; several short-lived processes on
 * the same processors are quicker with one each and a heap that may grow to five times its size.
 */
const TEST_VARIABLES = { GOMAXPROCS: '1', GOGC: '400' };

export interface PromtoolOptions {
  /** Absolute path. */
  tool: string;
  /** Processes at a time. */
  jobs: number;
  signal?: AbortSignal | undefined;
  /** Seconds that promtool may take for one test file. Default 20. */
  secondsPerTest?: number;
}

export interface TestJob {
  /** Relative path → content. Equal paths of several jobs of a run hold equal content. */
  files: Readonly<Record<string, string>>;
  /** Which of the files is the test. */
  test: string;
  /** Seconds that promtool may take for it in a run of several. Default 1: it holds few rules. */
  seconds?: number;
}

export interface TestRun {
  passed: boolean;
  /** What promtool said of the test, without its heading; empty when it passed. */
  output: string;
  /** promtool was stopped or broke down, so nothing is known of the test. */
  broken?: boolean;
}

/** Runs test files and checks with the real promtool, many in one process, few processes at a time. */
export class Promtool {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** Seconds that processes of promtool ran, added up. */
  seconds = 0;

  constructor(private readonly options: PromtoolOptions) {}

  /** `promtool test rules`: one result for each job, in order. */
  async test(jobs: readonly TestJob[]): Promise<TestRun[]> {
    const batches: TestJob[][] = [];
    for (const job of jobs) {
      const last = batches.at(-1);
      if (last === undefined || last.length >= BATCH) batches.push([job]);
      else last.push(job);
    }
    return (await Promise.all(batches.map((batch) => this.testBatch(batch)))).flat();
  }

  private async testBatch(jobs: readonly TestJob[]): Promise<TestRun[]> {
    const run = await this.run(
      ['test', 'rules', ...jobs.map(({ test }) => test)],
      jobs,
      jobs.reduce((sum, { seconds = 1 }) => sum + seconds, 0),
    );
    const results =
      run === undefined
        ? undefined
        : testResults(
            run,
            jobs.map(({ test }) => test),
          );
    if (results !== undefined) return results;
    if (jobs.length === 1)
      return [
        {
          passed: false,
          broken: true,
          output: run === undefined ? 'promtool took too long or said too much' : firstLines(run.stderr),
        },
      ];
    // One that hangs or breaks promtool must not hide the others.
    const middle = jobs.length >> 1;
    return (await Promise.all([this.testBatch(jobs.slice(0, middle)), this.testBatch(jobs.slice(middle))])).flat();
  }

  /** `promtool check rules`: for each file what promtool objects to, undefined when nothing. */
  async check(files: readonly { path: string; text: string }[]): Promise<(string | undefined)[]> {
    // Without a file newer ones wait for their standard input.
    if (files.length === 0) return [];
    const job: TestJob = { files: Object.fromEntries(files.map(({ path, text }) => [path, text])), test: '' };
    const run = await this.run(
      ['check', 'rules', '--lint=none', ...files.map(({ path }) => path)],
      [job],
      files.length,
    );
    if (run === undefined)
      throw new MlopsError('MLOPS-PRF-003', 'promtool took too long to check rules', { where: this.options.tool });
    if (run.exitCode === 0) return files.map(() => undefined);
    const said = new Map<string, string[]>();
    let current: string | undefined;
    for (const line of run.stderr.split('\n')) {
      const at = line.indexOf(': ');
      const path = at > 0 ? line.slice(0, at) : '';
      if (path in job.files) {
        current = path;
        said.set(path, [...(said.get(path) ?? []), line.slice(at + 2)]);
      } else if (/^\s*FAILED:\s*$/.test(line)) current = undefined;
      else if (current !== undefined && line.trim() !== '') said.get(current)?.push(line);
    }
    return files.map(({ path }) => said.get(path)?.join('\n'));
  }

  /** The version as promtool states it, `2.42.0`. */
  async version(): Promise<string> {
    const run = await this.run(['--version'], [], 1);
    return /version (\d+\.\d+\.\d+)/.exec(`${run?.stdout}\n${run?.stderr}`)?.[1] ?? 'unknown';
  }

  private async run(args: readonly string[], jobs: readonly TestJob[], seconds: number): Promise<ToolRun | undefined> {
    await this.enter();
    const start = performance.now();
    try {
      return await runTool({
        tool: this.options.tool,
        args,
        files: Object.assign({}, ...jobs.map(({ files }) => files)),
        signal: this.options.signal,
        ...(args[0] === 'test' ? { variables: TEST_VARIABLES } : {}),
        timeoutMs: 1000 * ((this.options.secondsPerTest ?? 20) + seconds),
      });
    } catch (error) {
      this.options.signal?.throwIfAborted();
      if (error instanceof MlopsError && error.code === 'MLOPS-PRF-003') return undefined;
      throw error;
    } finally {
      this.seconds += (performance.now() - start) / 1000;
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < this.options.jobs) this.running += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }
}

/**
 * Passed files are named on the standard output, the words on failed ones stand on the error
 * stream in the same order. Undefined when the two don't fit together: promtool broke down.
 */
export function testResults(run: ToolRun, tests: readonly string[]): TestRun[] | undefined {
  const blocks = run.stderr.split(/^ {2}FAILED:\n/m);
  if (blocks.shift()?.trim() !== '') return undefined;
  const passed: boolean[] = [];
  for (const line of run.stdout.split('\n')) {
    if (line.startsWith('Unit Testing:  ')) passed.push(false);
    else if (line === '  SUCCESS' && passed.length > 0) passed[passed.length - 1] = true;
  }
  if (passed.length !== tests.length || passed.filter((ok) => !ok).length !== blocks.length) return undefined;
  return passed.map((ok) =>
    ok ? { passed: true, output: '' } : { passed: false, output: (blocks.shift() as string).trimEnd() },
  );
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, 5).join('\n').slice(0, 600);
}
