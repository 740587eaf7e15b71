import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/** A small package that keeps every rule: each import here is one that the architecture allows. */
const LAWFUL: Record<string, string> = {
  'src/index.ts': "export { plugin } from './worker/plugin.js';",
  'src/cli/main.ts': "import '../worker/plugin.js';",
  'src/gateway/server.ts': "import '../worker/plugin.js';",
  'src/testing/index.ts': "export { plugin } from '../worker/plugin.js';",
  'src/worker/plugin.ts': "import { act } from '../activities/act.js';\nexport const plugin = act;",
  'src/worker/config.ts': 'export interface Config { a: string }\nexport const loaded = 1;',
  'src/activities/act.ts':
    "import type { Config } from '../worker/config.js';\nimport { rule } from '../risks/rule.js';\nexport const act = (config: Config) => rule + config.a;",
  'src/risks/rule.ts':
    "import { facts } from '../lifecycle/facts.js';\nimport { splice } from '../planning/yamlSplice.js';\nexport const rule = facts + splice;",
  'src/lifecycle/facts.ts': "import { word } from '../contract/word.js';\nexport const facts = word;",
  'src/planning/yamlSplice.ts': "export const splice = '';",
  'src/registry/tags.ts': "import type { Clone } from '../repo/clone.js';\nexport type Tags = Clone;",
  'src/repo/clone.ts': 'export interface Clone { a: string }\nexport const clone = 1;',
  'src/approval/quorum.ts': "import { word } from '../contract/word.js';\nexport const quorum = word;",
  'src/approval/keys.ts': "import 'node:crypto';\nexport const keys = 1;",
  'src/workflows/index.ts':
    "import { sleep } from '@temporalio/workflow';\nimport { quorum } from '../approval/quorum.js';\nexport const change = () => sleep(quorum.length);",
  'src/contract/word.ts': "import { z } from 'zod';\nexport const word = String(z);",
};

/** One offence for each rule: the rule's name, the offending file and its import. */
const OFFENCES: [rule: string, file: string, text: string][] = [
  ['contract-imports-nothing-of-ours', 'src/contract/a.ts', "import '../approval/quorum.js';"],
  ['contract-runs-in-the-sandbox', 'src/contract/b.ts', "import 'node:fs';"],
  ['contract-runs-in-the-sandbox', 'src/contract/c.ts', "import 'jose';"],
  ['workflows-import-only-what-is-deterministic', 'src/workflows/a.ts', "import '../approval/keys.js';"],
  ['workflows-import-only-what-is-deterministic', 'src/workflows/b.ts', "import '../risks/rule.js';"],
  ['workflows-import-only-what-is-deterministic', 'src/workflows/c.ts', "import '@temporalio/client';"],
  ['workflows-import-only-what-is-deterministic', 'src/workflows/d.ts', "import 'node:crypto';"],
  [
    'workflows-import-only-what-is-deterministic',
    'src/workflows/e.ts',
    "import type { act } from '../activities/act.js';\nexport type A = typeof act;",
  ],
  ['approval-pure-half-stays-pure', 'src/approval/readToken.ts', "import './keys.js';"],
  ['nothing-imports-the-doors', 'src/worker/a.ts', "import '../cli/main.js';"],
  ['nothing-imports-the-doors', 'src/activities/a.ts', "import '../gateway/server.js';"],
  ['doors-do-not-import-each-other', 'src/cli/a.ts', "import '../gateway/server.js';"],
  ['domain-knows-no-temporal', 'src/risks/a.ts', "import '@temporalio/common';"],
  ['domain-knows-no-temporal', 'src/report/a.ts', "import '@temporalio/activity';"],
  ['domain-imports-no-wiring', 'src/proofs/a.ts', "import '../activities/act.js';"],
  ['domain-imports-no-wiring', 'src/planning/a.ts', "import '../workflows/index.js';"],
  ['activities-import-no-worker', 'src/activities/b.ts', "import '../worker/plugin.js';"],
  [
    'configuration-imports-only-the-contract',
    'src/worker/config.ts',
    "export type { plugin } from './plugin.js';\nexport interface Config { a: string }",
  ],
  ['leaf-folders-import-only-the-contract', 'src/repo/a.ts', "import '../lifecycle/facts.js';"],
  ['leaf-folders-import-only-the-contract', 'src/lifecycle/a.ts', "import '../risks/rule.js';"],
  ['registry-imports-only-contract-and-repo', 'src/registry/a.ts', "import '../lifecycle/facts.js';"],
  [
    'registry-knows-only-the-types-of-repo',
    'src/registry/b.ts',
    "import { clone } from '../repo/clone.js';\nexport const b = clone;",
  ],
  ['risks-import-only-lifecycle', 'src/risks/b.ts', "import '../repo/clone.js';"],
  ['planning-imports-only-risks-and-lifecycle', 'src/planning/b.ts', "import '../repo/clone.js';"],
  [
    'no-circular',
    'src/serving/a.ts',
    "import type { a } from './a.js';\nexport const a = 1;\nexport type A = typeof a;",
  ],
  ['no-orphans', 'src/notify/lonely.ts', 'export const lonely = 1;'],
  ['no-undeclared-packages', 'src/worker/b.ts', "import 'vitest';"],
  ['no-unresolvable', 'src/worker/c.ts', "import './nowhere.js';"],
];

interface Violation {
  rule: { name: string };
  from: string;
}

const run = promisify(execFile);
const temporary: string[] = [];
afterAll(() => Promise.all(temporary.map((folder) => rm(folder, { recursive: true }))));

/** What dependency-cruiser, with our configuration, finds in a package of these files. */
async function violationsOf(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'boundaries-'));
  temporary.push(folder);
  for (const name of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json']) {
    await copyFile(join(ROOT, name), join(folder, name));
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  // Without --preserve-symlinks a package's path would lead out of this folder.
  const args = [cruiser, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json', '--preserve-symlinks'];
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 25 }).catch(
    (error: { stdout: string }) => error,
  );
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  return summary.violations.map((violation) => `${violation.rule.name}: ${violation.from}`);
}

describe('the boundaries', () => {
  let found: string[];
  beforeAll(async () => {
    found = await violationsOf({ ...LAWFUL, ...Object.fromEntries(OFFENCES.map(([, file, text]) => [file, text])) });
  });

  it('let every arrow of the architecture pass', async () => {
    const wired = {
      ...LAWFUL,
      'src/worker/plugin.ts': `${Object.keys(LAWFUL)
        .filter((path) => /^src\/(registry|repo|approval)\//.test(path))
        .map((path) => `import '..${path.slice(3, -3)}.js';`)
        .join('\n')}\n${LAWFUL['src/worker/plugin.ts']}`,
      'src/cli/main.ts': "import '../worker/plugin.js';",
      'src/gateway/server.ts': "import '../worker/plugin.js';",
    };
    expect(await violationsOf(wired)).toEqual([]);
  });

  it.each(OFFENCES)('%s: refuse %s', (rule, file) => {
    expect(found).toContain(`${rule}: ${file}`);
  });

  it('have an offence here for each rule', () => {
    const configuration = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as {
      forbidden: { name: string }[];
    };
    expect([...new Set(OFFENCES.map(([rule]) => rule))].sort()).toEqual(
      configuration.forbidden.map((rule) => rule.name).sort(),
    );
  });
});
