import type { EncodedPath } from '../contract/encodedPath.js';
import type { PythonModule, PythonRole } from './facts.js';
import { fileName, folderOf, resolvePath } from './scope.js';

/** Hops of imports that are followed. */
const MAX_HOPS = 3;
/** Words of a command that are looked at. */
const MAX_WORDS = 500;
const MAX_COMMAND = 100_000;
/** Commands whose `name:word` is an image and its tag. */
const TAGS = /\b(docker|podman|buildah|crane|skopeo)\b/;
/** Commands that name Python files and don't run them. */
const NOT_RUNNING =
  /^\s*(?:(?:if|elif|while|then|else|do|!|sudo|-)\s+|\w+=\S*\s+)*(?:\[\[?|test|echo|printf|cat|ls|cp|mv|rm|ln|chmod|touch|mkdir|head|tail|grep|sed|git|black|flake8|pylint|ruff|mypy|isort|pyright|bandit|pytest|scp|rsync|COPY|ADD|zip|tar|dvc\s+(?:add|run))(?=\s)/;

/** Finds the repository's Python modules that a command runs, and those that a module imports. */
export class ModuleIndex {
  private readonly byName = new Map<string, PythonModule[]>();

  constructor(modules: readonly PythonModule[]) {
    for (const module of modules) {
      const name = fileName(module.path);
      this.byName.set(name, [...(this.byName.get(name) ?? []), module]);
    }
  }

  /**
   * Modules that a shell command runs: `python a/b.py`, `python -m a.b`, `uvicorn a.b:app`. `folder`
   * is where the command runs, as far as it is known.
   */
  runBy(command: string, folder = ''): PythonModule[] {
    const found = new Set<PythonModule>();
    let left = MAX_WORDS;
    for (const part of command.slice(0, MAX_COMMAND).split(/\n|;|&&|\|\|?/)) {
      if (NOT_RUNNING.test(part)) continue;
      for (const word of part.split(/[\s'"`&()=,[\]]+/)) {
        left -= 1;
        if (left < 0) return [...found];
        if (word.endsWith('.py')) for (const module of this.byPath(word, folder)) found.add(module);
        else if (/^[A-Za-z_][\w.]*:\w+$/.test(word) && !TAGS.test(part))
          for (const module of nearest(this.byDotted(word.split(':')[0] as string), folder)) found.add(module);
      }
      for (const [, dotted] of part.matchAll(/\s['"]?-m['",\s]+([A-Za-z_][\w.]*)/g)) {
        for (const module of nearest(this.byDotted(dotted as string), folder)) found.add(module);
      }
    }
    return [...found];
  }

  /** Modules that a module imports, directly or through others of the repository (three by default). */
  importedBy(module: PythonModule, hops = MAX_HOPS): PythonModule[] {
    const found = new Set<PythonModule>();
    let level = [module];
    for (let hop = 0; hop < hops && level.length > 0; hop += 1) {
      const next: PythonModule[] = [];
      for (const { imports, path } of level) {
        for (const { module: name, name: member } of imports) {
          const targets = name.startsWith('.')
            ? this.relative(path, name, member)
            : nearest([...this.byDotted(member ? `${name}.${member}` : name), ...this.byDotted(name)], folderOf(path));
          for (const target of targets) {
            if (target === module || found.has(target)) continue;
            found.add(target);
            next.push(target);
          }
        }
      }
      level = next;
    }
    return [...found];
  }

  /** Whether a module has a role, or imports one that has it. */
  reaches(module: PythonModule, role: PythonRole): boolean {
    return module.roles.includes(role) || this.importedBy(module).some(({ roles }) => roles.includes(role));
  }

  private byPath(word: string, folder: string): PythonModule[] {
    const candidates = this.byName.get(fileName(word)) ?? [];
    const exact = resolvePath(folder, word);
    const direct = candidates.filter(({ path }) => path === exact);
    if (direct.length > 0) return direct;
    // A container or another working directory cuts or adds leading folders.
    const tail = word.replace(/^(\.{1,2}\/)+|^\/(?:app|code|src|workspace|opt\/\w+)\//g, '');
    const suffixed = candidates.filter(({ path }) => path === tail || path.endsWith(`/${tail}`));
    return tail.includes('/') || suffixed.length === 1 ? suffixed : [];
  }

  private byDotted(dotted: string): PythonModule[] {
    const tail = dotted.replaceAll('.', '/');
    const names: EncodedPath[] = [`${tail}.py`, `${tail}/__main__.py`, `${tail}/__init__.py`];
    return names.flatMap((name) =>
      (this.byName.get(fileName(name)) ?? []).filter(({ path }) => path === name || path.endsWith(`/${name}`)),
    );
  }

  private relative(path: EncodedPath, name: string, member: string | undefined): PythonModule[] {
    const dots = /^\.+/.exec(name)?.[0].length ?? 0;
    const base = resolvePath(folderOf(path), '../'.repeat(dots - 1));
    if (base === undefined) return [];
    const rest = name.slice(dots).replaceAll('.', '/');
    const inside = [rest, member ?? ''].filter((part) => part !== '').join('/');
    const wanted = new Set([
      resolvePath(base, `${inside}.py`),
      resolvePath(base, `${rest}.py`),
      resolvePath(base, `${rest}/__init__.py`),
    ]);
    const names = new Set([...wanted].flatMap((file) => (file === undefined ? [] : [fileName(file)])));
    return [...names].flatMap((file) => (this.byName.get(file) ?? []).filter((module) => wanted.has(module.path)));
  }
}

/**
 * Of modules that have the same dotted name in several projects, those nearest to a folder: with the
 * most leading folders in common.
 */
function nearest(modules: readonly PythonModule[], folder: EncodedPath): PythonModule[] {
  const shared = modules.map(({ path }) => commonFolders(folderOf(path), folder));
  const most = Math.max(...shared);
  return modules.filter((_, index) => shared[index] === most);
}

function commonFolders(a: EncodedPath, b: EncodedPath): number {
  const left = a.split('/');
  const right = b.split('/');
  let count = 0;
  while (count < left.length && left[count] !== '' && left[count] === right[count]) count += 1;
  return count;
}
