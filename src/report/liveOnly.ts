import type { LiveOnlyCheck, Validation } from '../contract/probe.js';

/** A check that only the real environment can do, with its name within the report: `alerting/live-only/1`. */
export interface NamedLiveOnlyCheck {
  id: string;
  check: LiveOnlyCheck;
}

/** The live-only checks of all paths, each once: two alerts may need the very same check. */
export function liveOnlyChecks(validations: readonly Validation[]): NamedLiveOnlyCheck[] {
  const seen = new Set<string>();
  return validations.flatMap(({ path, liveOnly }) => {
    const own = liveOnly.filter(({ statement, command }) => {
      const key = JSON.stringify([path, statement, command]);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    return own.map((check, index) => ({ id: `${path}/live-only/${index + 1}`, check }));
  });
}
