import type { EncodedPath } from '../contract/encodedPath.js';
import type { Snapshot } from '../contract/snapshot.js';
import type { PythonModule } from '../lifecycle/facts.js';
import type { RuleContext } from './rule.js';
import { isScanned } from './scannedPath.js';

/** A command that the repository runs: one line of a script, continued lines joined. */
export interface RunCommand {
  path: EncodedPath;
  /** Line of the file on which the command starts. */
  line: number;
  text: string;
  /** What runs it: a CI system by itself, a file that a person calls, or Python code. */
  by: 'ci' | 'script' | 'python';
}

const CI_PARTS = /^(GitLab CI|Azure pipeline|CircleCI|CodeBuild|Cloud Build|Jenkins)/;
const SHELL_CALL = /^(os\.(system|popen)|subprocess\.(run|call|check_call|check_output|Popen))$/;

/** Every command of the workflows, pipelines, scripts and Python modules that are part of the running system. */
export function runCommands({ facts, snapshot }: RuleContext): RunCommand[] {
  const ofWorkflows = facts.githubWorkflows.flatMap(({ path, jobs }) =>
    jobs.flatMap(({ steps }) =>
      steps.flatMap(({ run }) => (run ? logicalLines(snapshot, path, run.line, run.value, 'ci') : [])),
    ),
  );
  const ofParts = facts.toolParts.flatMap(({ path, kind, commands }) =>
    commands.flatMap(({ text, line }) =>
      logicalLines(snapshot, path, line, text, CI_PARTS.test(kind) ? 'ci' : 'script'),
    ),
  );
  const ofPython = facts.pythonModules.flatMap(shellCalls);
  return [...ofWorkflows, ...ofParts, ...ofPython].filter(({ path }) => isScanned(path));
}

/** A script's lines as commands. Their place is looked up in the file, because readers join continued lines. */
function logicalLines(
  snapshot: Snapshot,
  path: EncodedPath,
  from: number,
  script: string,
  by: RunCommand['by'],
): RunCommand[] {
  const lines = snapshot.text(path)?.split(/\r?\n/) ?? [];
  let at = from - 1;
  return script
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .flatMap((text) => {
      const command = text.trim();
      if (command === '' || command.startsWith('#')) return [];
      const start = command.slice(0, 40).replace(/\s{2,}.*$/, '');
      const found = lines.findIndex((each, index) => index >= at && each.includes(start));
      if (found !== -1) at = found;
      return [{ path, line: at + 1, text: command, by }];
    });
}

function shellCalls(module: PythonModule): RunCommand[] {
  return module.calls.flatMap(({ resolved, argumentList, line }) => {
    if (!SHELL_CALL.test(resolved)) return [];
    const words = module.strings.filter(
      ({ range }) => range.start >= argumentList.start && range.end <= argumentList.end,
    );
    const text = words.map(({ value }) => value).join(' ');
    return text === '' ? [] : [{ path: module.path, line, text, by: 'python' as const }];
  });
}
