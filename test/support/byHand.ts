import type { WorkflowHandle } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../dist/activities/createActivities.js';
import type {
  AppliedChange,
  ApplyInputs,
  ChangeActivities,
  PreparedCommit,
  UndoneChange,
} from '../../dist/contract/activities.js';
import { type Plan, type Proposal, planDigest } from '../../dist/contract/plan.js';
import { createDependencies } from '../../dist/worker/runWorker.js';
import type { Installation } from './installation.js';

/** The writing activities as a foreign workflow can call them: with a plan and inputs of one's own making. */
export interface ByHand {
  task: WorkflowHandle;
  /** The plan that the task itself asks about. */
  planned: Plan;
  inputFor(plan: Plan, signers?: string[]): Promise<ApplyInputs>;
  prepare(input: ApplyInputs): Promise<PreparedCommit>;
  /** Prepares the commit first, where it isn't given. */
  apply(input: ApplyInputs, prepared?: PreparedCommit): Promise<AppliedChange>;
  undo(input: ApplyInputs, commit: string): Promise<UndoneChange>;
}

/** Starts a task for its identity and its proposal; the task itself keeps waiting. */
export async function callByHand(site: Installation, namespace: string, people: string[]): Promise<ByHand> {
  const task = await site.start();
  const { run, audience } = await site.question(task);
  const { plan: planned, ...rest } = await site.proposal(task);
  const activities: ChangeActivities = createActivities(await createDependencies(site.config, namespace));
  const identity = { task: task.workflowId, run, audience };
  const call = async <O>(work: () => Promise<O>): Promise<O> => (await new MockActivityEnvironment().run(work)) as O;
  const resolved = await call(() => activities.resolveTarget({ identity, request: site.request() }));
  const prepare = (input: ApplyInputs) => call(() => activities.prepareCommit(input));

  return {
    task,
    planned,
    prepare,
    inputFor: async (plan, signers = people) => {
      const digest = planDigest(plan);
      const proposal: Proposal = { ...rest, plan, digest };
      const at = Math.floor(Date.now() / 1000);
      const decisions: ApplyInputs['frozen']['decisions'] = [];
      for (const person of signers) {
        const token = await site.sign(task, 'approve', { person, plan: digest });
        const word = { jti: `by-hand-${person}`, kid: '', verdict: 'approve' as const, comment: '' };
        decisions.push({ ...word, token, person, plan: digest, iat: at, exp: at + 3600 });
      }
      return {
        identity,
        request: site.request(),
        resolved,
        proposal: { $artifact: await site.store.put(JSON.stringify(proposal)) },
        digest,
        frozen: { at, decisions, recordHead: '0'.repeat(64) },
        proposers: [],
      };
    },
    apply: async (input, prepared) => {
      const made = prepared ?? (await prepare(input));
      return call(() => activities.applyChange({ ...input, prepared: made }));
    },
    undo: (input, commit) => call(() => activities.undoChange({ ...input, commit, reason: 'by hand' })),
  };
}
