import { z } from 'zod';
import { MlopsError } from '../../contract/errors.js';
import { isFault } from '../../proofs/alerts/formats/junit.js';
import type { FindingCode, RuleVerdict } from '../../proofs/alerts/verdict.js';

/** Findings by which an alert that fires reaches nobody: as bad as one that never fires. */
const REACHES_NOBODY: ReadonlySet<FindingCode> = new Set([
  'no-route',
  'receiver-without-integration',
  'always-muted',
  'always-inhibited',
]);

/** Faults of a rule by which a run is judged: its verdict, and findings by which nobody is told. */
export function faultsOf(rule: RuleVerdict): string[] {
  return [...(isFault(rule) ? [rule.verdict] : []), ...findingsOf(rule, true)];
}

/** What only `--strict` refuses: what could not be proved, other findings, assumptions that are unlikely or contradicted. */
export function doubtsOf(rule: RuleVerdict): string[] {
  return [
    ...(rule.verdict === 'not_provable' ? [rule.verdict] : []),
    ...findingsOf(rule, false),
    ...rule.assumptions
      .filter(({ status }) => status === 'unlikely' || status === 'contradicted')
      .map(({ status }) => `assumption ${status}`),
  ];
}

/** One of several receivers that notifies nobody is no fault of an alert that another one gets. */
function findingsOf({ findings, route }: RuleVerdict, faults: boolean): string[] {
  const isFaulty = (code: FindingCode) => REACHES_NOBODY.has(code) && route?.notifies !== true;
  return findings.filter(({ code }) => isFaulty(code) === faults).map(({ code }) => code);
}

/** How many rules make a run fail, and how many faults were let pass by what is known already. */
export interface Judgement {
  failing: number;
  /** Rules that only fail by what the baseline has too. */
  known: number;
}

/** Judges a run: faults, with `strict` doubts too, less what a rule's author accepts and what the baseline knows. */
export function judge(
  rules: readonly RuleVerdict[],
  { strict, baseline }: { strict: boolean; baseline?: ReadonlySet<string> | undefined },
): Judgement {
  let failing = 0;
  let known = 0;
  for (const rule of rules) {
    const open = [...faultsOf(rule), ...(strict ? doubtsOf(rule) : [])].filter(
      (code) => !rule.accepted.some((accepted) => accepted.code === code),
    );
    if (open.some((code) => !baseline?.has(knownKey(rule.file, rule.alert, code)))) failing += 1;
    else if (open.length > 0) known += 1;
  }
  return { failing, known };
}

const MAKE_BASELINE = 'Make one with: temporal-mlops prove alerts … --json > baseline.json';

const baselineSchema = z.object({
  rules: z.array(
    z.object({
      file: z.string(),
      alert: z.string(),
      verdict: z.string(),
      findings: z.array(z.object({ code: z.string() })),
      assumptions: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/**
 * What an earlier run, saved with `--json`, knows already.
 *
 * @throws MlopsError MLOPS-INPUT-001 when the text isn't such an answer.
 */
export function parseBaseline(text: string, where: string): ReadonlySet<string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-001', 'the baseline is not JSON', { where, mend: MAKE_BASELINE, cause });
  }
  const parsed = baselineSchema.safeParse(json);
  if (!parsed.success) {
    throw new MlopsError('MLOPS-INPUT-001', 'the baseline is not the answer of `prove alerts --json`', {
      where,
      mend: MAKE_BASELINE,
    });
  }
  return new Set(
    parsed.data.rules.flatMap(({ file, alert, verdict, findings, assumptions }) =>
      [verdict, ...findings.map(({ code }) => code), ...assumptions.map(({ status }) => `assumption ${status}`)].map(
        (code) => knownKey(file, alert, code),
      ),
    ),
  );
}

/** By file, alert and code; not by line, which moves with every edit above. */
export function knownKey(file: string, alert: string, code: string): string {
  return JSON.stringify([file, alert, code]);
}
