import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommandLine } from '../../../../src/cli/run.js';
import { testStreams } from '../testStreams.js';

const TRAIN = `from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

def main(x, y):
    a, b, c, d = train_test_split(x, y)
    return LogisticRegression().fit(a, c)
`;
const SEEDED = TRAIN.replace('(x, y)\n    return', '(x, y, random_state=42)\n    return');
const GIT = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' },
  ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' },
};

interface Answer {
  repository: string;
  summary: { findings: number; known: number; suppressed: number; goneFromBaseline: number; fixable: number };
  findings: { fingerprint: string; rule: string; path: string; line: number; fix: { diff: string } | null }[];
  suppressed: { rule: string; suppressed: { by: string; because: string } }[];
  notes: { path: string; line: number; text: string }[];
}

describe('scan', () => {
  let folder: string;
  let repository: string;
  const file = (path: string, content: string | Uint8Array) => {
    const full = join(repository, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    return full;
  };
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { env: GIT, stdio: 'pipe' });
  const commit = () => {
    git('init', '--quiet', '--initial-branch=main');
    git('add', '-A');
    git('commit', '--quiet', '-m', 'first');
  };
  const scan = async (...args: string[]) => {
    const streams = testStreams({ env: { LANG: 'C.UTF-8' } });
    const code = await runCommandLine(['scan', ...args], streams);
    return { code, stdout: streams.stdout(), stderr: streams.stderr() };
  };
  const answer = async (...args: string[]): Promise<Answer> => JSON.parse((await scan(...args, '--json')).stdout);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-scan-'));
    repository = join(folder, 'churn');
    file('src/train.py', TRAIN);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('reads a repository wherever it is', () => {
    it('a plain folder, with the place, the consequence and the fix of each finding', async () => {
      const { code, stdout, stderr } = await scan(repository);
      expect(code).toBe(1);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^training {2}1 finding$/m);
      expect(stdout).toMatch(/high +DET-001 +src\/train\.py:5/);
      expect(stdout).toMatch(/^ {4}why {2}Every run measures on other rows/m);
      expect(stdout).toMatch(/^ {4}fix {2}/m);
      expect(stdout).toMatch(/^1 finding: 1 high$/m);
    });

    it('the working tree of a git repository, without what git ignores, and a branch when it is named', async () => {
      commit();
      file('src/train.py', SEEDED);
      file('.gitignore', 'scratch/\n');
      file('scratch/train.py', TRAIN);
      expect((await answer(repository)).findings).toEqual([]);
      expect((await answer(repository, '--branch', 'main')).findings).toMatchObject([{ rule: 'DET-001' }]);
    });

    it('a folder within a git repository', async () => {
      file('other/train.py', TRAIN);
      commit();
      const { findings } = await answer(join(repository, 'src'));
      expect(findings.map(({ path }) => path)).toEqual(['train.py']);
    });

    it('a bare clone and a git URL, both with the same result as the folder', async () => {
      commit();
      const bare = join(folder, 'bare.git');
      execFileSync('git', ['clone', '--quiet', '--bare', repository, bare], { env: GIT, stdio: 'pipe' });
      const own = await answer(repository);
      expect((await answer(bare)).findings).toEqual(own.findings);
      const remote = await answer(`file://${bare}`);
      expect(remote.findings).toEqual(own.findings);
      expect(remote.repository).toBe('bare');
    });

    it('without following links, neither of files nor of folders', async () => {
      writeFileSync(join(folder, 'outside.py'), TRAIN);
      mkdirSync(join(folder, 'out'));
      writeFileSync(join(folder, 'out/train.py'), TRAIN);
      symlinkSync(join(folder, 'outside.py'), join(repository, 'src/link.py'));
      symlinkSync(join(folder, 'out'), join(repository, 'linked'));
      symlinkSync('.', join(repository, 'loop'));
      expect((await answer(repository)).findings.map(({ path }) => path)).toEqual(['src/train.py']);
    });

    it('and shows deceiving characters of paths', async () => {
      file('src/\u202etrain.py', TRAIN);
      const { stdout } = await scan(repository);
      expect(stdout).toContain('src/<U+202E>train.py');
      expect(stdout).not.toContain('\u202e');
    });
  });

  it('ends with 0 when nothing of the wanted severity and confidence is found', async () => {
    expect(await scan(repository, '--severity', 'critical')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/no finding\n {2}1 less severe not shown/),
    });
    file('src/train.py', SEEDED);
    expect(await scan(repository)).toMatchObject({ code: 0, stdout: expect.stringContaining('no finding') });
  });

  describe('keeps findings apart', () => {
    it('by a fingerprint that stays when lines move', async () => {
      const [before] = (await answer(repository)).findings;
      file('src/train.py', `# moved\n\n${TRAIN}`);
      const [after] = (await answer(repository)).findings;
      expect(after?.line).toBe((before?.line ?? 0) + 2);
      expect(after?.fingerprint).toBe(before?.fingerprint);
    });

    it('with a baseline: what it knows is only counted, what is new is reported, what is gone is said', async () => {
      const baseline = join(folder, 'baseline.json');
      expect(await scan(repository, '--baseline', baseline, '--write-baseline')).toMatchObject({ code: 0, stdout: '' });
      expect((await scan(repository, '--baseline', baseline)).code).toBe(0);
      file('src/again.py', TRAIN);
      const grown = await answer(repository, '--baseline', baseline);
      expect(grown.findings.map(({ path }) => path)).toEqual(['src/again.py']);
      expect(grown.summary).toMatchObject({ findings: 1, known: 1, goneFromBaseline: 0 });
      file('src/train.py', SEEDED);
      expect((await answer(repository, '--baseline', baseline)).summary).toMatchObject({ goneFromBaseline: 1 });
    });

    it('with the same bytes of a baseline for the same findings', async () => {
      const [one, other] = [join(folder, 'one.json'), join(folder, 'other.json')];
      await scan(repository, '--baseline', one, '--write-baseline');
      await scan(repository, '--baseline', other, '--write-baseline');
      expect(readFileSync(one)).toEqual(readFileSync(other));
    });
  });

  describe('suppresses with a reason', () => {
    const at = (comment: string) => TRAIN.replace('    a, b, c, d =', `    ${comment}\n    a, b, c, d =`);

    it('given in a comment above or on the line', async () => {
      file('src/train.py', at('# mlops: ignore DET-001 because the split is stored'));
      expect(await answer(repository)).toMatchObject({
        summary: { findings: 0, suppressed: 1 },
        suppressed: [{ rule: 'DET-001', suppressed: { by: 'comment', because: 'the split is stored' } }],
      });
      file(
        'src/train.py',
        TRAIN.replace('(x, y)\n    return', '(x, y)  # mlops: ignore DET-001 because …\n    return'),
      );
      expect((await answer(repository)).notes).toEqual([
        { path: 'src/train.py', line: 5, text: expect.stringContaining('gives no reason') },
      ]);
      file(
        'src/train.py',
        TRAIN.replace('(x, y)\n    return', '(x, y)  # mlops: ignore DET-001 because stored\n    return'),
      );
      expect((await answer(repository)).summary).toMatchObject({ findings: 0, suppressed: 1 });
    });

    it('and not without one, which is said', async () => {
      file('src/train.py', at('# mlops: ignore DET-001'));
      const { code, stdout } = await scan(repository);
      expect(code).toBe(1);
      expect(stdout).toContain('src/train.py:5 it gives no reason, so it suppresses nothing');
    });

    it('nor another rule, an unknown one, or one that finds nothing', async () => {
      file('src/train.py', at('# mlops: ignore DET-002, DET-999 because nothing'));
      expect((await answer(repository)).notes).toEqual([
        { path: 'src/train.py', line: 5, text: 'there is no rule DET-999' },
      ]);
      file('src/train.py', at('# mlops: ignore DET-002 because nothing'));
      const unused = await answer(repository);
      expect(unused.summary).toMatchObject({ findings: 1, suppressed: 0 });
      expect(unused.notes[0]?.text).toContain('the comment can go');
    });

    it('and takes a comment in prose, in tests or in another language for what it is', async () => {
      for (const path of ['README.md', 'web/app.ts', 'tests/test_x.py']) file(path, '# mlops: ignore DET-001\n');
      expect((await answer(repository)).notes).toEqual([]);
    });

    it('given in mlops.yaml, for the paths that it names', async () => {
      file('legacy/train.py', TRAIN);
      file('mlops.yaml', 'scan:\n  ignore:\n    - { rule: DET-001, paths: ["legacy/**"], because: frozen in 2024 }\n');
      const { findings, suppressed } = await answer(repository);
      expect(findings.map(({ path }) => path)).toEqual(['src/train.py']);
      expect(suppressed).toMatchObject([{ suppressed: { by: 'configuration', because: 'frozen in 2024' } }]);
      expect((await answer(repository, '--no-suppress')).findings).toHaveLength(2);
    });

    it('and takes severity from mlops.yaml unless the command line says otherwise', async () => {
      file('mlops.yaml', 'scan: { severity: critical }\n');
      expect((await scan(repository)).code).toBe(0);
      expect((await scan(repository, '--severity', 'high')).code).toBe(1);
    });
  });

  describe('fixes', () => {
    it('as a patch that git applies, after which the finding is gone; nothing is written by itself', async () => {
      const { code, stdout, stderr } = await scan(repository, '--fix');
      expect(code).toBe(1);
      expect(stderr).toContain('1 finding would be fixed');
      expect(readFileSync(join(repository, 'src/train.py'), 'utf8')).toBe(TRAIN);
      execFileSync('git', ['apply', '-'], { cwd: repository, input: stdout, env: GIT });
      expect(readFileSync(join(repository, 'src/train.py'), 'utf8')).toBe(SEEDED);
      expect((await scan(repository)).code).toBe(0);
    });

    it('in the folder with --write, once', async () => {
      chmodSync(join(repository, 'src/train.py'), 0o755);
      expect(await scan(repository, '--fix', '--write')).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('1 finding fixed'),
      });
      expect(readFileSync(join(repository, 'src/train.py'), 'utf8')).toBe(SEEDED);
      expect(await scan(repository, '--fix', '--write')).toMatchObject({ code: 0, stdout: '' });
    });

    it('and leaves suppressed and known findings alone', async () => {
      file('src/train.py', `# mlops: ignore DET-001 because …\n${TRAIN}`);
      file('src/train.py', TRAIN.replace('    a, b', '    # mlops: ignore DET-001 because stored\n    a, b'));
      expect((await scan(repository, '--fix')).stdout).toBe('');
    });
  });

  describe('speaks to code hosts', () => {
    const schemaText = readFileSync(
      new URL('../../../fixtures/sarif/sarif-schema-2.1.0.json', import.meta.url),
      'utf8',
    );
    // A relative reference is one too (RFC 3986, 4.2), and zod takes the format for a whole URL.
    const schema = z.fromJSONSchema(JSON.parse(schemaText.replaceAll('"uri-reference"', '"text"')));

    it('in SARIF that is valid by the official schema, with the fix at its lines', async () => {
      file('src/other one.py', TRAIN.replace('    a, b', '    # mlops: ignore DET-001 because stored\n    a, b'));
      file('broken.yaml', 'a: [\n');
      const baseline = join(folder, 'baseline.json');
      writeFileSync(baseline, '{"version":1,"findings":[]}');
      const { code, stdout } = await scan(repository, '--sarif', '--baseline', baseline);
      expect(code).toBe(1);
      const log = JSON.parse(stdout);
      const parsed = schema.safeParse(log);
      expect(parsed.error?.issues ?? []).toEqual([]);
      const [open, suppressed] = log.runs[0].results;
      expect(open).toMatchObject({
        ruleId: 'DET-001',
        level: 'error',
        baselineState: 'new',
        locations: [{ physicalLocation: { artifactLocation: { uri: 'src/train.py' }, region: { startLine: 5 } } }],
      });
      expect(log.runs[0].tool.driver.rules[open.ruleIndex].id).toBe('DET-001');
      expect(open.fixes[0].artifactChanges).toEqual([
        {
          artifactLocation: { uri: 'src/train.py' },
          replacements: [
            {
              deletedRegion: { startLine: 5, startColumn: 1, endLine: 6, endColumn: 1 },
              insertedContent: { text: '    a, b, c, d = train_test_split(x, y, random_state=42)\n' },
            },
          ],
        },
      ]);
      expect(suppressed).toMatchObject({
        suppressions: [{ kind: 'inSource', justification: 'stored' }],
        locations: [{ physicalLocation: { artifactLocation: { uri: 'src/other%20one.py' } } }],
      });
    });

    it('tells a log that is wrong by that schema', () => {
      expect(schema.safeParse({ version: '2.1.0', runs: [{ tool: {} }] }).success).toBe(false);
    });

    it('in annotations whose special characters are escaped', async () => {
      file('src/a,b:c.py', TRAIN);
      const { stdout } = await scan(repository, '--github');
      expect(stdout).toMatch(/^::error file=src\/a%2Cb%3Ac\.py,line=5,title=DET-001 unseeded-data-split::/m);
      expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    });
  });

  describe('refuses with 2 and a code of the table', () => {
    const EMPTY_REPOSITORY = () => {
      const bare = join(folder, 'empty.git');
      execFileSync('git', ['init', '--quiet', '--bare', bare], { env: GIT });
      return bare;
    };
    it.each<[what: string, args: () => string[], code: string, says: RegExp]>([
      ['a path that is missing', () => [join(folder, 'nothing')], 'MLOPS-INPUT-002', /no such folder/],
      ['a file', () => [join(repository, 'src/train.py')], 'MLOPS-INPUT-001', /is a file/],
      ['an empty folder', () => [mkdtempSync(join(folder, 'e-'))], 'MLOPS-GIT-002', /is empty/],
      ['an empty bare repository', () => [EMPTY_REPOSITORY()], 'MLOPS-GIT-002', /is empty/],
      ['an empty remote', () => [`file://${EMPTY_REPOSITORY()}`], 'MLOPS-GIT-002', /is empty/],
      ['a URL that leads nowhere', () => [`file://${folder}/none.git`], 'MLOPS-GIT-001', /does not exist/],
      ['a host that does not answer', () => ['https://127.0.0.1:9/x.git'], 'MLOPS-GIT-001', /cannot be reached/],
      ['a URL of a kind that is not allowed', () => ['ext::sh'], 'MLOPS-INPUT-002', /no such folder/],
      ['an unencrypted URL', () => ['http://git.example.com/x.git'], 'MLOPS-GIT-007', /unencrypted/],
      ['a branch of a plain folder', () => [repository, '--branch', 'x'], 'MLOPS-GIT-007', /no git repository/],
      ['an unknown severity', () => [repository, '--severity', 'bad'], 'MLOPS-INPUT-001', /"bad" is none/],
      ['an unknown confidence', () => [repository, '--confidence', 'x'], 'MLOPS-INPUT-001', /"x" is none/],
      ['two formats', () => [repository, '--sarif', '--github'], 'MLOPS-INPUT-001', /answers of their own/],
      ['--write alone', () => [repository, '--write'], 'MLOPS-INPUT-001', /what --fix shows/],
      ['--write-baseline alone', () => [repository, '--write-baseline'], 'MLOPS-INPUT-001', /not said where/],
      ['a baseline that is missing', () => [repository, '--baseline', join(folder, 'no')], 'MLOPS-INPUT-002', /read/],
      [
        'a baseline that is none',
        () => [repository, '--baseline', file('b.json', '{"rules":[]}')],
        'MLOPS-INPUT-001',
        /not a baseline/,
      ],
      ['--fix with --sarif', () => [repository, '--fix', '--sarif'], 'MLOPS-INPUT-001', /prints a patch/],
      ['no repository', () => [], 'MLOPS-INPUT-001', /missing required argument/],
    ])('%s', async (_what, args, code, says) => {
      const result = await scan(...args());
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toContain(`error ${code}: `);
      expect(result.stderr).toMatch(says);
      expect(result.stderr).toMatch(/^ {2}mend: {2}\S/m);
    });

    it.each<[what: string, text: string, says: RegExp]>([
      ['that is no YAML', 'scan: [\n', /line \d+: /],
      ['with an unknown key', 'scan: { severty: low }\n', /line 1: scan\.severty: there is no such key/],
      ['with an unknown word', 'scan:\n  severity: bad\n', /line 2: scan\.severity/],
      ['that ignores without a reason', 'scan:\n  ignore:\n    - rule: DET-001\n', /because/],
      ['that ignores an unknown rule', 'scan:\n  ignore:\n    - {rule: X-1, because: abc}\n', /no rule X-1/],
    ])('an mlops.yaml %s', async (_what, text, says) => {
      file('mlops.yaml', text);
      const { code, stderr } = await scan(repository);
      expect(code).toBe(2);
      expect(stderr).toContain('error MLOPS-POL-002');
      expect(stderr).toMatch(says);
    });

    it('a branch that is missing, with those that there are', async () => {
      commit();
      const { code, stderr } = await scan(repository, '--branch', 'nope');
      expect(code).toBe(2);
      expect(stderr).toMatch(/error MLOPS-GIT-003: There is no branch nope[\s\S]*main/);
    });

    it('to write into what is no folder', async () => {
      commit();
      const { code, stderr } = await scan(`file://${repository}`, '--fix', '--write');
      expect(code).toBe(2);
      expect(stderr).toContain('Only the files of a folder can be written.');
    });

    it('as JSON when JSON was asked for', async () => {
      const { code, stdout } = await scan(join(folder, 'nothing'), '--json');
      expect(code).toBe(2);
      expect(JSON.parse(stdout).error).toMatchObject({ code: 'MLOPS-INPUT-002', where: join(folder, 'nothing') });
    });
  });

  it('goes on without files that cannot be read, and says how many', async () => {
    file('deploy/broken.yaml', 'a: [\n');
    file('src/latin.py', Uint8Array.of(0x23, 0xe9, 0x0a));
    file('big.yaml', `a: ${'x'.repeat(1_100_000)}\n`);
    file('src/nul.py', 'x = 1\0\n');
    const { code, stdout } = await scan(repository);
    expect(code).toBe(1);
    expect(stdout).toMatch(/DET-001/);
    expect(stdout).toMatch(/\d notes? on files that were not read in full/);
  });
});
