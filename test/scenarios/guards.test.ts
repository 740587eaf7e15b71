import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRepositoryAnchor } from '../../dist/cli/repositoryAnchor.js';
import type { Plan } from '../../dist/contract/plan.js';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { type ByHand, callByHand } from '../support/byHand.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';
import { holdGitAt, rejectRulesByPromtool } from '../support/standInTools.js';

let server: DevServer;
let site: Installation;
let hand: ByHand;
beforeAll(async () => {
  server = await testServer();
});
afterEach(() => site?.stop());
afterAll(async () => {
  await server.stop();
});

async function install(change: Record<string, unknown> = {}): Promise<void> {
  const policy = (parsed: Record<string, unknown>) => Object.assign(parsed.change as object, change);
  site = await createInstallation({ server, people: ['ada'], policy });
}

async function atHand(change: Record<string, unknown> = {}): Promise<void> {
  await install(change);
  await site.startWorker();
  hand = await callByHand(site, server.namespace, ['ada']);
}

describe('a foreign caller of the writing activity, with a plan that an approver really signed', () => {
  it('cannot write to another target, another tree, by another policy or another commit than was approved', async () => {
    await atHand();
    const before = site.refs();
    const { planned } = hand;
    const refused = async (plan: Plan, code: string) => {
      const input = await hand.inputFor(plan);
      await expect(hand.apply(input)).rejects.toMatchObject({ type: code });
    };
    await refused({ ...planned, target: { ...planned.target, policyPath: 'other.yaml' } }, 'MLOPS-APR-013');
    await refused({ ...planned, tree: site.git('rev-parse', 'main^{tree}').trim() }, 'MLOPS-PLN-002');
    await refused({ ...planned, policy: 'a'.repeat(64) }, 'MLOPS-APR-013');
    await refused({ ...planned, task: 'chg/other/task' }, 'MLOPS-APR-004');
    const input = await hand.inputFor(planned);
    const prepared = await hand.prepare(input);
    const other = { ...prepared, commit: site.git('rev-parse', 'main').trim() };
    await expect(hand.apply(input, other)).rejects.toMatchObject({ type: 'MLOPS-APR-013' });
    expect(site.refs()).toEqual(before);
  });

  it('cannot pass off another plan as one to which the approval was carried', async () => {
    await atHand();
    const before = site.refs();
    const approved = await hand.inputFor(hand.planned);
    const evil = await hand.inputFor({ ...hand.planned, message: 'something else' }, []);
    const input = { ...approved, carried: { proposal: evil.proposal, digest: evil.digest } };
    await expect(hand.apply(input)).rejects.toMatchObject({ type: 'MLOPS-APR-013' });
    expect(site.refs()).toEqual(before);
  });

  it('cannot write what the policy at the head no longer allows, whatever the caller says of the size', async () => {
    await atHand();
    const input = await hand.inputFor(hand.planned);
    const prepared = await hand.prepare(input);
    const tightened = site
      .read('mlops.yaml')
      .replace(/budget:\n\s+files: 4\n\s+lines: 60/, 'budget: {files: 4, lines: 1}');
    expect(tightened).toContain('lines: 1}');
    const theirs = site.push({ 'mlops.yaml': tightened }, 'a smaller budget');
    await expect(hand.apply(input, prepared)).rejects.toMatchObject({ type: 'MLOPS-POL-003' });
    expect(site.refs()['refs/heads/main']).toBe(theirs);
  });

  it('cannot write in a stage that the policy at the head no longer allows', async () => {
    await atHand();
    const input = await hand.inputFor(hand.planned);
    const prepared = await hand.prepare(input);
    const tightened = site.read('mlops.yaml').replace(/ {2}stages:\n\s+- monitoring/, '  stages: [training]');
    expect(tightened).toContain('stages: [training]');
    site.push({ 'mlops.yaml': tightened }, 'training only');
    await expect(hand.apply(input, prepared)).rejects.toMatchObject({ type: 'MLOPS-POL-003' });
  });

  it('undoes nothing without valid decisions, and nothing that the approved plan does not undo by itself', async () => {
    await atHand({ onFailure: 'rollback' });
    const approved = await hand.inputFor(hand.planned);
    const applied = await hand.apply(approved);
    const commit = applied.result === 'applied' ? applied.commit : '';
    const before = site.refs();
    expect(before['refs/heads/main']).toBe(commit);

    const unsigned = await hand.inputFor(hand.planned, []);
    await expect(hand.undo(unsigned, commit)).rejects.toMatchObject({ type: 'MLOPS-APR-012' });
    const asks = await hand.inputFor({ ...hand.planned, onFailure: 'ask' });
    expect(await hand.undo(asks, commit)).toMatchObject({ undone: false });
    const { inverse, tree } = hand.planned;
    const wrong = await hand.inputFor({ ...hand.planned, inverse: { ...inverse, tree } });
    expect(await hand.undo(wrong, commit)).toMatchObject({ undone: false });
    expect(site.refs()).toEqual(before);

    const undone = await hand.undo(approved, commit);
    expect(undone).toEqual({ undone: true, commit: site.refs()['refs/heads/main'] });
    expect(site.git('rev-parse', 'main^{tree}').trim()).toBe(inverse.tree);
    expect(await hand.undo(approved, commit)).toEqual(undone);
  });
});

describe('two runs of the writing activity at once', () => {
  it('leave one commit, also when somebody pushes on top of it between their pushes', async () => {
    await atHand();
    const input = await hand.inputFor(hand.planned);
    const prepared = await hand.prepare(input);
    const git = holdGitAt(site, 'push');
    const slow = await callByHand(site, server.namespace, ['ada']);
    git.hold();
    const late = slow.apply(input, prepared);
    await git.reached();
    expect(await hand.apply(input, prepared)).toMatchObject({ result: 'applied', alreadyThere: false });
    const theirs = site.push({ 'notes.md': 'on top\n' });
    git.release();
    expect(await late).toMatchObject({ result: 'applied', commit: prepared.commit, alreadyThere: true });
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    expect(site.git('rev-parse', `${theirs}^`).trim()).toBe(prepared.commit);
  });
});

describe('the boundary', () => {
  it('is widened by a signed request within the policy only: not by an incident, not unsigned, not further', async () => {
    await install({ widenTo: ['training'] });
    await site.startWorker();
    const before = site.refs();
    const asked = {
      ...site.request(),
      trigger: { kind: 'request' as const, text: 'pin what training depends on' },
    };
    const named = (request: typeof asked, name: string) => site.signedRequest(request, name, 'ada');
    const wrong = [
      { ...site.request(), widenTo: ['training' as const] },
      { ...asked, widenTo: ['training' as const] },
      await named({ ...asked, widenTo: ['deployment' as const] }, 'chg/test/too-far'),
    ];
    for (const [index, request] of wrong.entries()) {
      const task = await site.start(request, index === 2 ? 'chg/test/too-far' : undefined);
      expect(await site.result(task)).toMatchObject({ outcome: 'failed' });
      expect((await site.status(task)).error?.code).toBe('MLOPS-POL-004');
    }
    expect(site.refs()).toEqual(before);
  });
});

describe('a rehearsal that refutes the plan', () => {
  it('is not put before anybody: no_safe_change, with what was expected and observed', async () => {
    await install();
    rejectRulesByPromtool(site);
    await site.startWorker();
    const before = site.refs();
    const task = await site.start();
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('no_safe_change');
    expect((await site.report(result)).reasons.join()).toContain('the rehearsal refutes the plan');
    expect(site.refs()).toEqual(before);
  });
});

describe('the record of a verified task', () => {
  it('is anchored by the repository: commit, trailers and policy are the ones that it tells of', async () => {
    await install();
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve');
    const result = await site.result(task);
    const anchor = await openRepositoryAnchor(site.remote);
    const { statements, consistent, anchored } = await verifyRecord(await site.recordText(task), anchor);
    expect(statements.filter(({ ok }) => !ok)).toEqual([]);
    expect({ consistent, anchored }).toEqual({ consistent: true, anchored: true });

    site.git('update-ref', 'refs/heads/main', `${result.commit}^`);
    expect(await verifyRecord(await site.recordText(task), anchor)).toMatchObject({ consistent: false });
  });
});
