#!/usr/bin/env node
/**
 * Builds `dist/`: the compiled modules, their type declarations, and the workflow bundle that the
 * plugin hands to a worker whose owner has no workflows of their own.
 *
 *   node scripts/build.mjs              always
 *   node scripts/build.mjs --if-stale   only when a source is newer than the last whole build
 */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const bundlePath = join(dist, 'workflow-bundle.js');

/** Folders count too: deleting a file changes only the time of its folder. */
async function newestChange(path) {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const children = await readdir(path);
  const times = await Promise.all(children.map((child) => newestChange(join(path, child))));
  return Math.max(entry.mtimeMs, ...times);
}

/** The bundle is written last, so its time is that of the last build that came to its end. */
async function isStale() {
  const built = await stat(bundlePath).catch(() => undefined);
  if (!built || !(await stat(join(dist, 'cli', 'main.js')).catch(() => undefined))) return true;
  const inputs = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs'];
  const times = await Promise.all(inputs.map((input) => newestChange(join(root, input))));
  return Math.max(...times) > built.mtimeMs;
}

function compile() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status, error } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) {
    console.error('build: the sources do not compile (see above)');
    process.exit(1);
  }
}

/** A module whose source is gone would still be importable, and would go into the package. */
async function removeOrphans(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const source = join(root, 'src', relative(dist, path));
    if (entry.isDirectory()) {
      if (await stat(source).catch(() => undefined)) await removeOrphans(path);
      else await rm(path, { recursive: true });
      continue;
    }
    const compiled = /(\.d\.([cm]?)ts|\.([cm]?)js(\.map)?)$/.exec(entry.name);
    if (!compiled || path === bundlePath) continue;
    const sourceFile = `${source.slice(0, -compiled[0].length)}.${compiled[2] ?? compiled[3]}ts`;
    if (!(await stat(sourceFile).catch(() => undefined))) await rm(path);
  }
}

/** The inline source map, and in it the generated entry module, would name the folder of the checkout. */
function withoutCheckoutFolder(code) {
  const mark = ';base64,';
  const start = code.lastIndexOf(mark) + mark.length;
  const map = Buffer.from(code.slice(start), 'base64').toString('utf8');
  return code.slice(0, start) + Buffer.from(map.replaceAll(root, '.')).toString('base64');
}

async function bundle() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const problems = [];
  const silent = () => undefined;
  const report = (message) => problems.push(message);
  const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: report, error: report };
  let code;
  try {
    ({ code } = await bundleWorkflowCode({
      workflowsPath: join(dist, 'workflows', 'index.js'),
      payloadConverterPath: join(dist, 'contract', 'payloadConverter.js'),
      logger,
      webpackConfigHook: (config) => ({ ...config, context: root }),
    }));
  } catch (error) {
    console.error(problems.join('\n'));
    console.error(`build: the workflows cannot be bundled: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
  // A worker that starts meanwhile must read the old bundle or the new one, never half of one.
  const temporary = `${bundlePath}.${process.pid}.tmp`;
  await writeFile(temporary, withoutCheckoutFolder(code));
  await rename(temporary, bundlePath);
  return code.length;
}

if (!process.argv.includes('--if-stale') || (await isStale())) {
  const started = performance.now();
  await mkdir(dist, { recursive: true });
  compile();
  await removeOrphans(dist);
  await chmod(join(dist, 'cli', 'main.js'), 0o755);
  const size = await bundle();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`built dist/ and its workflow bundle (${Math.round(size / 1024)} KiB) in ${seconds} s`);
}
