import { createHash } from 'node:crypto';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import type { SharedContext } from './proofContext.js';
import type { WrittenRule } from './readRuleFiles.js';
import { reducedRuleFile } from './reducedRules.js';

/** Names of test files, distinct within a run and equal from run to run. */
export class TestNames {
  private readonly given = new Set<string>();
  private readonly names = new Map<WrittenRule, string>();

  nameOf(rule: WrittenRule): string {
    const known = this.names.get(rule);
    if (known !== undefined) return known;
    const name = this.newName(rule);
    this.names.set(rule, name);
    return name;
  }

  private newName(rule: WrittenRule): string {
    const stem = `${plain(basename(rule.file).replace(/\.ya?ml$/i, ''))}.${plain(rule.name)}`.slice(0, 120);
    let name = `${stem}.test.yaml`;
    // On file systems that don't tell upper from lower case, too.
    if (this.given.has(name.toLowerCase())) name = `${stem}.line-${rule.line}.test.yaml`;
    if (this.given.has(name.toLowerCase())) {
      name = `${stem}.${createHash('sha256').update(`${rule.file}\n${rule.line}`).digest('hex').slice(0, 8)}.test.yaml`;
    }
    this.given.add(name.toLowerCase());
    return name;
  }
}

function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '') || 'rule';
}

/**
 * The folder of written tests and the rule files around it, laid out in promtool's folder as they lie
 * on the disk, so that a test runs there word for word as it is written.
 */
export class WrittenTests {
  private readonly root: string;

  constructor(
    private readonly dir: string,
    private readonly shared: Pick<SharedContext, 'input' | 'refused' | 'faults' | 'rules'>,
  ) {
    this.root = commonFolder([resolve(dir, 'x'), ...shared.input.files.map(({ path }) => resolve(path))]);
  }

  /** Path of a rule file as a test names it. */
  ruleFilePath(file: string): string {
    return posix(relative(resolve(this.dir), resolve(file)));
  }

  /** Path of a test, and of a rule file, below promtool's folder. */
  testPath(name: string): string {
    return posix(relative(this.root, resolve(this.dir, name)));
  }

  /** The user's files as promtool shall read them: as they are, or without the rules that it refuses. */
  ruleFiles(files: readonly string[]): Record<string, string> {
    return Object.fromEntries(files.map((file) => [posix(relative(this.root, resolve(file))), this.textOf(file)]));
  }

  private textOf(file: string): string {
    const { input, refused, faults, rules } = this.shared;
    if (!refused.has(file)) return input.files.find(({ path }) => path === file)?.text ?? '';
    return reducedRuleFile(
      rules.filter((rule) => rule.file === file && rule.loadable && !faults.has(rule)),
      true,
    );
  }
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0] as string);
  while (!paths.every((path) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep)))
    folder = dirname(folder);
  return folder;
}

function posix(path: string): string {
  return path.split(sep).join('/');
}
