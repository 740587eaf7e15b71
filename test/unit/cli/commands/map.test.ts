import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../../src/cli/run.js';
import { testStreams } from '../testStreams.js';

const TRAIN = `import joblib
from sklearn.ensemble import RandomForestClassifier

def train(x, y):
    model = RandomForestClassifier().fit(x, y)
    joblib.dump(model, "model.joblib")
`;
const SERVE = `import joblib
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/predict")
def predict(x: list):
    return model.predict(x)
`;

describe('map', () => {
  let folder: string;
  let repository: string;
  const file = (path: string, content: string) => {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), content);
  };
  const map = async (args: string[], env: NodeJS.ProcessEnv = { LANG: 'C.UTF-8' }) => {
    const streams = testStreams({ env });
    const code = await runCommandLine(['map', ...args], streams);
    return { code, stdout: streams.stdout(), stderr: streams.stderr() };
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-map-'));
    repository = join(folder, 'churn');
    file('src/train.py', TRAIN);
    file('src/serve.py', SERVE);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('shows a tree with places, evidence and risks, and says in a sentence what is not there', async () => {
    const { code, stdout } = await map([repository]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^training$\n[├└]─ training script train\.py {2}src\/train\.py:5$/m);
    expect(stdout).toMatch(/! medium DET-002 line 5: RandomForestClassifier/);
    expect(stdout).toMatch(/^deployment$\n.─ model service serve\.py {2}src\/serve\.py:/m);
    expect(stdout).toMatch(/^monitoring$\n└─ \? No exported metric, alert rule, drift check/m);
  });

  it('keeps to ASCII where the locale does not show more, and to the width of the terminal', async () => {
    const { stdout } = await map([repository], { LANG: 'C' });
    expect(stdout).toMatch(/^[\x20-\x7e\n]*$/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('answers as JSON with the whole map and the risks', async () => {
    const { stdout } = await map([repository, '--json']);
    const answer = JSON.parse(stdout);
    expect(answer.repository).toBe('churn');
    expect(answer.map.components.map(({ stage }: { stage: string }) => stage)).toContain('deployment');
    expect(answer.risks).toContainEqual(expect.objectContaining({ rule: 'DET-002', path: 'src/train.py' }));
    expect((await map([repository, '--format', 'json'])).stdout).toBe(stdout);
  });

  it.each([
    ['map.svg', /^<svg /],
    ['map.html', /^<!doctype html>/],
    ['map.mmd', /^flowchart LR/],
    ['map.json', /^\{/],
    ['map.txt', /Lifecycle map/],
  ])('writes %s in the format of its name, without colours', async (name, beginning) => {
    const output = join(folder, name);
    const { code, stdout, stderr } = await map([repository, '-o', output], { LANG: 'C.UTF-8', FORCE_COLOR: '1' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(`written to ${output}`);
    const text = readFileSync(output, 'utf8');
    expect(text).toMatch(beginning);
    expect(text).not.toContain('\u001b');
  });

  it('is 0 for a repository without a model, and says so for each stage', async () => {
    rmSync(join(repository, 'src'), { recursive: true });
    file('README.md', '# nothing\n');
    const { code, stdout } = await map([repository]);
    expect(code).toBe(0);
    expect(stdout.match(/Nothing in this repository says that it is about a model/g)).toHaveLength(4);
  });

  describe('refuses with 2 and a code of the table', () => {
    it.each<[what: string, args: () => string[], code: string, says: RegExp]>([
      ['a path that is missing', () => [join(folder, 'no')], 'MLOPS-INPUT-002', /no such folder/],
      ['a file', () => [join(repository, 'src/train.py')], 'MLOPS-INPUT-001', /is a file/],
      ['an empty folder', () => [mkdtempSync(join(folder, 'e-'))], 'MLOPS-GIT-002', /empty/],
      ['a URL that leads nowhere', () => [`file://${folder}/no.git`], 'MLOPS-GIT-001', /does not exist/],
      ['a host that does not answer', () => ['ssh://git@127.0.0.1:9/x.git'], 'MLOPS-GIT-001', /cannot be reached/],
      ['a URL of a folder that is no repository', () => [`file://${repository}`], 'MLOPS-GIT-007', /no git repository/],
      ['a URL with a query', () => ['https://git.example.com/x.git?a=b'], 'MLOPS-GIT-007', /query/],
      ['an unknown format', () => [repository, '--format', 'png'], 'MLOPS-INPUT-001', /"png" is no format/],
      ['two formats', () => [repository, '--format', 'svg', '--json'], 'MLOPS-INPUT-001', /two formats/],
      [
        'an output that cannot be written',
        () => [repository, '-o', join(folder, 'x/y.svg')],
        'MLOPS-INPUT-002',
        /written/,
      ],
      ['a branch of a plain folder', () => [repository, '--branch', 'x'], 'MLOPS-GIT-007', /no git repository/],
      ['an unknown option', () => [repository, '--colour'], 'MLOPS-INPUT-001', /unknown option/],
    ])('%s', async (_what, args, code, says) => {
      const result = await map(args());
      const text = result.stdout + result.stderr;
      expect(result.code).toBe(2);
      expect(text).toContain(code);
      expect(text).toMatch(says);
    });

    it.skipIf(process.getuid?.() === 0)('a folder that may not be read', async () => {
      chmodSync(repository, 0o000);
      const { code, stderr } = await map([repository]);
      chmodSync(repository, 0o755);
      expect(code).toBe(2);
      expect(stderr).toMatch(/error MLOPS-INPUT-002: The folder may not be read/);
    });
  });

  it('leaves no clone behind', async () => {
    const git = ['-C', repository, '-c', 'user.name=A', '-c', 'user.email=a@example.com'];
    execFileSync('git', [...git, 'init', '--quiet', '--initial-branch=main']);
    execFileSync('git', [...git, 'add', '-A']);
    execFileSync('git', [...git, 'commit', '--quiet', '-m', 'first']);
    const before = process.env.TMPDIR;
    const scratch = mkdtempSync(join(folder, 't-'));
    process.env.TMPDIR = scratch;
    try {
      expect((await map([`file://${repository}`])).code).toBe(0);
      expect(execFileSync('ls', ['-A', scratch]).toString()).toBe('');
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});
