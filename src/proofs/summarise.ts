import type { ProofResult, Validation } from '../contract/probe.js';

/** A path's verdict and, when it isn't proved, the reason. */
export type Summary = Pick<Validation, 'verdict' | 'reason'>;

const REASON_LENGTH = 1000;

/**
 * The verdict of a path, as `validationSchema` defines it: `proved` only when every probe passed
 * and there is at least one positive and one negative among them.
 */
export function summarise(result: ProofResult): Summary {
  if (result.notApplicable !== undefined) {
    return { verdict: 'not-applicable', reason: result.notApplicable.slice(0, REASON_LENGTH) };
  }
  const open = result.probes.filter((probe) => probe.verdict !== 'passed');
  const [first] = open;
  if (first !== undefined) {
    const failed = open.filter((probe) => probe.verdict === 'failed').length;
    const counts = [
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(open.length > failed ? [`${open.length - failed} could not run`] : []),
    ].join(' and ');
    const shown = open.find((probe) => probe.verdict === 'failed') ?? first;
    const reason = `of ${result.probes.length} probes ${counts}. ${shown.statement} Observed: ${shown.observed}`;
    return { verdict: 'not-proved', reason: reason.slice(0, REASON_LENGTH) };
  }
  for (const sign of ['positive', 'negative'] as const) {
    if (!result.probes.some((probe) => probe.sign === sign)) {
      return { verdict: 'not-proved', reason: `no ${sign} probe was run` };
    }
  }
  return { verdict: 'proved', reason: '' };
}
