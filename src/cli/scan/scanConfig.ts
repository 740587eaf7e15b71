import { readBoundedYaml } from '../../approval/boundedYaml.js';
import { MlopsError } from '../../contract/errors.js';
import { type ScanConfig, scanConfigSchema } from '../../contract/scanConfig.js';
import type { Snapshot } from '../../contract/snapshot.js';

export const SCAN_CONFIG_FILE = 'mlops.yaml';

/**
 * The key `scan` of the repository's `mlops.yaml`; `undefined` without the file or the key. The other keys
 * are the policy's and aren't judged here.
 *
 * @param knownRules ids that may be ignored
 * @throws MlopsError MLOPS-POL-002 with every error and its line
 */
export function scanConfigOf(snapshot: Snapshot, knownRules: readonly string[]): ScanConfig | undefined {
  const text = snapshot.text(SCAN_CONFIG_FILE);
  if (text === undefined) return undefined;
  const yaml = readBoundedYaml(text);
  if (!yaml.ok) throw invalid(yaml.problems.map(({ line, message }) => `line ${line}: ${message}`));
  const scan = (yaml.value as Record<string, unknown> | null)?.scan;
  if (scan === undefined) return undefined;
  const parsed = scanConfigSchema.safeParse(scan);
  if (!parsed.success) {
    throw invalid(
      parsed.error.issues.flatMap((issue) => {
        const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
        return keys.map((key) => {
          const path = ['scan', ...issue.path, ...(key === undefined ? [] : [key])];
          const message = key === undefined ? issue.message : 'there is no such key';
          return `line ${yaml.lineOf(path)}: ${path.map(String).join('.')}: ${message}`;
        });
      }),
    );
  }
  const unknown = parsed.data.ignore.flatMap(({ rule }, index) =>
    knownRules.includes(rule) ? [] : [{ rule, line: yaml.lineOf(['scan', 'ignore', index, 'rule']) }],
  );
  if (unknown.length > 0) throw invalid(unknown.map(({ rule, line }) => `line ${line}: there is no rule ${rule}`));
  return parsed.data;
}

function invalid(problems: readonly string[]): MlopsError {
  const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
  return new MlopsError('MLOPS-POL-002', `the file has ${count}:\n  ${problems.join('\n  ')}`, {
    where: SCAN_CONFIG_FILE,
    mend: 'Correct every line that is listed; docs/scan.md describes the key scan.',
  });
}
