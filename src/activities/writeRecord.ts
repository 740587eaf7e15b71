import { referencesOf, sealRecord } from '../report/recordFile.js';
import type { ChangeActivities, RecordInputs } from '../contract/activities.js';
import { sha256Hex } from '../contract/digest.js';
import type { Validation } from '../contract/probe.js';
import type { Proposal } from '../contract/plan.js';
import type { ActivityDependencies } from './dependencies.js';

/** A local activity: keeps the record in the artifact store at every stage, with a line of the index. */
export function writeRecord(deps: ActivityDependencies): ChangeActivities['writeRecord'] {
  return async (input) => {
    const name = sha256Hex(input.identity.task);
    const text = await sealRecord(deps.recordKey, {
      ...input.identity,
      entries: input.entries,
      artifacts: await artifactsOf(deps, input),
    });
    await deps.store.putRecord(name, text);
    const { task, run, target, stage, outcome, sentence, commit } = input.status;
    await deps.store.putIndex(name, { task, run, target, stage, outcome: outcome ?? null, sentence, commit: commit ?? null, at: input.entries.at(-1)?.at ?? null });
  };
}

/** Everything that the entries refer to, and the evidence that proposals and validations refer to. */
async function artifactsOf(deps: ActivityDependencies, input: RecordInputs): Promise<Record<string, string>> {
  const artifacts: Record<string, string> = {};
  const add = async (sha256: string): Promise<string> => {
    artifacts[sha256] ??= new TextDecoder().decode(await deps.store.get(sha256));
    return artifacts[sha256];
  };
  for (const sha256 of referencesOf(input.entries)) await add(sha256);
  for (const entry of input.entries) {
    const data = entry.data as { proposal?: { $artifact: string }; validations?: { $artifact: string } };
    const validations: Validation[] = [];
    if (entry.kind === 'planned' && data.proposal) {
      const proposal = JSON.parse(await add(data.proposal.$artifact)) as Proposal;
      validations.push(...proposal.validations);
      for (const content of Object.values(proposal.contents)) await add(content);
    }
    if (entry.kind === 'validated' && data.validations) validations.push(...(JSON.parse(await add(data.validations.$artifact)) as Validation[]));
    for (const { probes } of validations) for (const probe of probes) for (const evidence of probe.evidence) await add(evidence.sha256);
  }
  return artifacts;
}
