import { z } from 'zod';
import { MlopsError } from '../../contract/errors.js';
import type { Risk } from '../../contract/risk.js';

const MAKE_BASELINE = 'Make one with: temporal-mlops scan … --baseline FILE --write-baseline';

const baselineSchema = z.object({
  version: z.literal(1),
  findings: z.array(z.object({ fingerprint: z.string(), rule: z.string(), path: z.string(), subject: z.string() })),
});

/** Fingerprints that a baseline holds. They name rule, file and subject, so they stay when lines move. */
export type Baseline = ReadonlySet<string>;

/**
 * Reads a baseline.
 * @throws MlopsError MLOPS-INPUT-001 when the text is none.
 */
export function parseBaseline(text: string, where: string): Baseline {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-001', 'The baseline is not JSON.', { where, mend: MAKE_BASELINE, cause });
  }
  const parsed = baselineSchema.safeParse(json);
  if (!parsed.success) {
    throw new MlopsError('MLOPS-INPUT-001', 'The file is not a baseline of scan.', { where, mend: MAKE_BASELINE });
  }
  return new Set(parsed.data.findings.map(({ fingerprint }) => fingerprint));
}

/** The text of a baseline; the same findings give the same bytes, in an order that makes small diffs. */
export function baselineText(risks: readonly Risk[]): string {
  const findings = risks
    .map(({ id, rule, path, subject }) => ({ fingerprint: id, rule, path, subject }))
    .sort((a, b) => compare(a.path, b.path) || compare(a.rule, b.rule) || compare(a.fingerprint, b.fingerprint));
  return `${JSON.stringify({ version: 1, findings }, null, 2)}\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
