import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { OUTCOME_EXIT_CODES } from '../../../src/contract/outcome.js';
import { policySchema } from '../../../src/contract/policy.js';
import { parseConfig } from '../../../src/worker/config.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].concat(
  readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
);
const blocks = (page: string, language: string) =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] as string);
const examples = ['README.md', 'docs/configuration.md'].flatMap((page) =>
  blocks(page, 'yaml').map((text) => ({ page, text })),
);

describe('the documentation', () => {
  it.each(pages)('%s links only to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map((match) => match[1] as string);
    for (const link of links.filter((target) => !/^https?:/.test(target))) {
      expect(existsSync(join(ROOT, dirname(page), link)), `${page}: ${link}`).toBe(true);
    }
  });

  it.each(examples.filter(({ text }) => text.includes('targets:')))(
    'has a valid configuration in $page',
    ({ page, text }) => {
      expect(() => parseConfig(text, page)).not.toThrow();
    },
  );

  it.each(examples.filter(({ text }) => text.includes('people:')))('has a valid policy in $page', ({ text }) => {
    expect(() => policySchema.parse(parse(text))).not.toThrow();
  });

  it('describes every key of the configuration', () => {
    const source = read('src/worker/config.ts');
    const keys = [...source.matchAll(/^ {2,}(\w+):\s*(z\b|secretReference|credentialsSchema|targetIdSchema)/gm)];
    expect(keys.length).toBeGreaterThan(20);
    const page = read('docs/configuration.md');
    for (const [, key] of keys) expect(page, key).toMatch(new RegExp(`\`[^\`]*\\b${key}\\b[^\`]*\``));
  });

  it('gives each outcome its exit code', () => {
    const rows = [...read('README.md').matchAll(/^\| `(\w+)` \| .* \| (\d+) \|$/gm)];
    expect(Object.fromEntries(rows.map(([, outcome, code]) => [outcome, Number(code)]))).toEqual(OUTCOME_EXIT_CODES);
  });

  it('imports from the package only what it exports', () => {
    const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> };
    for (const page of pages) {
      for (const [, path] of read(page).matchAll(/'temporal-mlops(\/[\w-]+)?'/g)) {
        expect(Object.keys(exports), page).toContain(`.${path ?? ''}`);
      }
    }
  });
});
