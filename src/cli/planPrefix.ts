import { MlopsError } from '../contract/errors.js';
import { WrongUsage } from './wrongUsage.js';

/** Shortest prefix of a plan's digest that selects it: 48 bits. */
export const MIN_PLAN_PREFIX = 12;

/**
 * Makes sure that what a person typed with `--plan` means the plan that is asked about now. The
 * prefix only selects; what is signed is always the full digest.
 *
 * @throws MlopsError MLOPS-INPUT-001 when it is no prefix of a digest or too short, MLOPS-APR-005
 * when the open question is about another plan.
 */
export function assertPlanPrefix(prefix: string, digest: string): void {
  if (!/^[0-9a-f]+$/.test(prefix) || prefix.length > digest.length) {
    throw new WrongUsage('A plan is named by the lower-case hex digits of its digest.', {
      where: '--plan',
      mend: 'Copy it from `temporal-mlops status TASK`.',
    });
  }
  if (prefix.length < MIN_PLAN_PREFIX) {
    throw new WrongUsage(`${prefix.length} digits are too few; at least ${MIN_PLAN_PREFIX} are needed.`, {
      where: '--plan',
      mend: 'Copy more of it from `temporal-mlops status TASK`.',
    });
  }
  if (!digest.startsWith(prefix)) {
    throw new MlopsError('MLOPS-APR-005', `The question is about plan ${digest}, not about ${prefix}.`, {
      where: '--plan',
    });
  }
}
