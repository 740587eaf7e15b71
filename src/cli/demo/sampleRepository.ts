import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../../repo/gitCommand.js';
import { withPersonKey } from './approverKey.js';
import { fastImportStream, parseHistory, type SampleFile } from './sampleHistory.js';

export interface SampleRepositoryOptions {
  /** Folder of the sample, `examples/fraud-scorer`. */
  source: string;
  /** Where the bare repository is made; must not exist. */
  bare: string;
  /** Whose key goes into the policy. */
  approver: { person: string; kid: string; publicKey: string };
}

/** Makes a bare repository with the sample's whole history, as any remote would have it. */
export async function buildSampleRepository(
  options: SampleRepositoryOptions,
): Promise<{ branch: string; head: string }> {
  const { source, bare, approver } = options;
  const history = parseHistory(await readFile(join(source, 'history', 'history.yaml'), 'utf8'));
  await runGit(['init', '--quiet', '--bare', `--initial-branch=${history.branch}`, bare]);
  const present = await trackedFiles(source, bare);
  const policy = present.get('mlops.yaml');
  if (policy === undefined) throw new RangeError('the sample has no mlops.yaml');
  const text = withPersonKey(Buffer.from(policy.content).toString('utf8'), approver.person, approver);
  present.set('mlops.yaml', { ...policy, content: Buffer.from(text) });
  const older = await filesBelow(join(source, 'history'));
  await runGit(['fast-import', '--quiet', '--done'], {
    gitDir: bare,
    stdin: fastImportStream(history, present, older),
  });
  const { stdout } = await runGit(['rev-parse', `refs/heads/${history.branch}`], { gitDir: bare });
  return { branch: history.branch, head: stdout.toString('utf8').trim() };
}

/** The sample's files but its history, and but what its own .gitignore leaves out. */
async function trackedFiles(source: string, bare: string): Promise<Map<string, SampleFile>> {
  const { stdout } = await runGit(['ls-files', '-z', '--others', '--exclude-standard', '--exclude=/history/'], {
    gitDir: bare,
    env: { GIT_WORK_TREE: source },
  });
  const paths = stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
  return readFiles(source, paths);
}

async function filesBelow(folder: string): Promise<Map<string, SampleFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return readFiles(folder, paths);
}

async function readFiles(folder: string, paths: string[]): Promise<Map<string, SampleFile>> {
  const files = await Promise.all(
    paths.sort().map(async (path): Promise<[string, SampleFile]> => {
      const full = join(folder, path);
      const [content, { mode }] = [await readFile(full), await stat(full)];
      return [path, { mode: (mode & 0o100) === 0 ? '100644' : '100755', content }];
    }),
  );
  return new Map(files);
}
