import { runTool, type ToolRun } from '../../../monitoring/tool.js';
import { type Labels, quoted } from './matchers.js';
import type { AlertmanagerConfig } from './readAlertmanager.js';

const FILE = 'alertmanager.yml';
const CLASSIC_LABEL = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const MAX_MESSAGE = 300;

/** What the real amtool says of a configuration. */
export type AmtoolAnswer<T> =
  | { kind: 'said'; value: T }
  /** It doesn't know a field or a syntax, which a newer one may. */
  | { kind: 'too-old'; what: string }
  | { kind: 'refused'; message: string };

/** `amtool check-config` of the whole configuration, without its secrets and templates. */
export async function checkConfig(
  tool: string,
  config: AlertmanagerConfig,
  signal?: AbortSignal,
): Promise<AmtoolAnswer<undefined>> {
  const files = { [FILE]: config.amtool.whole };
  const run = await runTool({ tool, args: ['check-config', FILE], files, signal });
  if (run.exitCode === 0) return { kind: 'said', value: undefined };
  return complaint(messageOf(/FAILED: ([\s\S]*?)\n\n/.exec(run.stdout)?.[1] ?? run.stderr), config);
}

/**
 * `amtool config routes test`: the receivers of an alert, in the order of the routing tree. One
 * argument a label, its value in double quotes.
 */
export async function testRoutes(
  tool: string,
  config: AlertmanagerConfig,
  labels: Labels,
  signal?: AbortSignal,
): Promise<AmtoolAnswer<readonly string[]>> {
  const given = Object.entries(labels).filter(([, value]) => value !== '');
  const run: ToolRun = await runTool({
    tool,
    args: [
      ...['config', 'routes', 'test', `--config.file=${FILE}`, '--'],
      ...given.map(([name, value]) => `${CLASSIC_LABEL.test(name) ? name : quoted(name)}=${quoted(value)}`),
    ],
    files: { [FILE]: config.amtool.routing },
    signal,
  });
  if (run.exitCode !== 0) {
    const newer = given.find(([name]) => !CLASSIC_LABEL.test(name));
    const message = messageOf(run.stderr.replace(/^Warning: .*\n/m, '').replace(/^amtool: error: /m, ''));
    // A label of that kind is refused with the words for a broken one.
    if (newer !== undefined && /parse labels/.test(message)) return { kind: 'too-old', what: `the label ${newer[0]}` };
    return complaint(message, config);
  }
  const answer = run.stdout.replace(/\n$/, '');
  const receivers = receiversIn(answer, [...config.receivers.keys()]);
  return receivers === undefined
    ? { kind: 'refused', message: `its answer ${JSON.stringify(answer)} names no receivers` }
    : { kind: 'said', value: receivers };
}

/**
 * The receivers in amtool's answer, which separates names by commas although a name may hold one.
 *
 * @returns undefined when the answer can't be made of the configuration's receivers.
 */
export function receiversIn(answer: string, names: readonly string[]): string[] | undefined {
  const longestFirst = [...names].sort((a, b) => b.length - a.length);
  // For each place from which on the answer can't be made of names.
  const hopeless = new Set<number>();
  const from = (at: number): string[] | undefined => {
    if (hopeless.has(at)) return undefined;
    for (const name of longestFirst) {
      if (!answer.startsWith(name, at)) continue;
      const end = at + name.length;
      if (end === answer.length) return [name];
      const rest = answer[end] === ',' ? from(end + 1) : undefined;
      if (rest !== undefined) return [name, ...rest];
    }
    hopeless.add(at);
    return undefined;
  };
  return answer === '' ? [] : from(0);
}

/** Whether a message tells of something that only a newer amtool would know, rather than of a fault. */
function complaint(message: string, config: AlertmanagerConfig): AmtoolAnswer<never> {
  const field = /field (\S+) not found in type/.exec(message)?.[1];
  if (field !== undefined) return { kind: 'too-old', what: `the field \`${field}\`, which is newer or misspelt` };
  const [newer] = config.utf8;
  if (newer !== undefined && /bad matcher format|invalid label name|is not a valid label name/.test(message)) {
    return { kind: 'too-old', what: `${newer.text} at line ${newer.line}` };
  }
  return { kind: 'refused', message };
}

function messageOf(output: string): string {
  // What Go prints of a crash goes on for pages.
  const [first = ''] = output.split(/\n(?:\s*panic: .*\[recovered\]|goroutine \d|\[signal )|\s\[recovered\]/);
  return first.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE);
}
