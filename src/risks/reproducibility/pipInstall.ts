/** Options of `pip install` that take a value of their own. */
const WITH_VALUE = new Set([
  '-r',
  '--requirement',
  '-c',
  '--constraint',
  '-i',
  '--index-url',
  '--extra-index-url',
  '-f',
  '--find-links',
  '-t',
  '--target',
  '--prefix',
  '--root',
  '--platform',
  '--python-version',
  '--implementation',
  '--abi',
  '--trusted-host',
  '--timeout',
  '--retries',
  '--cache-dir',
  '--no-binary',
  '--only-binary',
  '--src',
  '--proxy',
  '-e',
  '--editable',
]);

/** What one `pip install` names. */
export interface PipInstall {
  /** Packages named on the command line, as written. */
  packages: string[];
  /** Files after `-r`. */
  files: string[];
  /** Has `-c`. */
  constrained: boolean;
}

/** Each `pip install` (and `uv pip install`) of a piece of shell. Words with variables are left out. */
export function pipInstalls(script: string): PipInstall[] {
  return script.split(/&&|\|\||;|\||\n/).flatMap((command) => {
    const match = /\bpip3?(?:\.\d+)?\s+install\s+(.*)$/s.exec(command.replace(/\\\r?\n/g, ' '));
    if (!match?.[1]) return [];
    const words = match[1]
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^["']|["']$/g, ''));
    const install: PipInstall = { packages: [], files: [], constrained: false };
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at] as string;
      const [option, value] = word.split('=', 2) as [string, string | undefined];
      if (option === '-r' || option === '--requirement') install.files.push(value ?? words[at + 1] ?? '');
      if (option === '-c' || option === '--constraint') install.constrained = true;
      if (word.startsWith('-')) {
        if (WITH_VALUE.has(word)) at += 1;
        continue;
      }
      if (/^[A-Za-z0-9][\w.-]*(\[[^\]]*\])?([<>=!~].*)?$/.test(word) && !/\.(whl|txt|tar\.gz|zip)$/.test(word))
        install.packages.push(word);
    }
    return [install];
  });
}
