import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApplyInputs } from '../../dist/contract/activities.js';
import type { MoveAlias } from '../../dist/contract/operation.js';
import { GitTagRegistry } from '../../dist/registry/gitTags.js';
import { BareClone } from '../../dist/repo/bareClone.js';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import type { RunningWorker } from '../../dist/worker/runWorker.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { type ByHand, callByHand } from '../support/byHand.js';
import {
  createInstallation,
  type Installation,
  type InstallationOptions,
  testServer,
} from '../support/installation.js';
import { clockReaches, eventually, type HeldGit, holdGitAt } from '../support/standInTools.js';

let server: DevServer;
let site: Installation;
beforeAll(async () => {
  server = await testServer();
});
afterEach(() => site?.stop());
afterAll(async () => {
  await server.stop();
});

async function install(options: Omit<InstallationOptions, 'server'> = {}): Promise<void> {
  site = await createInstallation({ server, ...options });
}

/** When the quorum of the task was reached, in milliseconds since 1970. */
async function quorumAt(task: WorkflowHandle): Promise<number> {
  const reached = ({ what }: { what: string }) => what.startsWith('quorum:');
  const { timeline } = await site.until(task, (status) => status.timeline.some(reached));
  return Date.parse(timeline.find(reached)?.at ?? '');
}

describe('between the quorum and the write', () => {
  let git: HeldGit;

  /** A task whose plan is approved and whose commit is being prepared. */
  async function approved(): Promise<WorkflowHandle> {
    await install({ people: ['ada', 'grace'] });
    git = holdGitAt(site, 'commit-tree');
    git.hold();
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve', { person: 'ada' });
    await git.reached();
    return task;
  }

  it('a veto still wins: nothing is written', async () => {
    const task = await approved();
    const before = site.refs();
    await task.signal('decide', await site.sign(task, 'reject', { person: 'grace', comment: 'not during the sale' }));
    git.release();
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('rejected');
    expect((await site.report(result)).reasons).toContain('not during the sale');
    expect(site.refs()).toEqual(before);
    const { statements } = await verifyRecord(await site.recordText(task), {});
    expect(statements.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('the task can be withdrawn: nothing is written', async () => {
    const task = await approved();
    const before = site.refs();
    await task.signal('withdraw', await site.withdrawToken(task, 'we roll back by hand', 'grace'));
    git.release();
    expect(await site.result(task)).toMatchObject({ outcome: 'withdrawn' });
    expect(site.refs()).toEqual(before);
  });

  it('a revision goes back to planning, and the approval is void', async () => {
    const task = await approved();
    const before = site.refs();
    const { plan } = (await site.question(task)).question;
    const comment = 'leave out monitoring/rules/fraud-scorer.rules.yml';
    await task.signal('decide', await site.sign(task, 'revise', { person: 'grace', comment }));
    git.release();
    const { question } = await site.question(task, plan);
    expect(question.approvedBy).toEqual([]);
    expect(site.refs()).toEqual(before);
    await site.decide(task, 'reject', { person: 'ada' });
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
  });

  it('one more approval is recorded, and changes nothing of the commit', async () => {
    const task = await approved();
    await task.signal('decide', await site.sign(task, 'approve', { person: 'grace' }));
    git.release();
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect((await site.status(task)).timeline.map(({ what }) => what).join()).toContain('grace approved plan');
    const message = site.git('log', '-1', '--format=%B', String(result.commit));
    expect(message.match(/^Approved-by: .*$/gm)).toEqual(['Approved-by: ada']);
  });
});

describe('an approval that is older than applyWithin when it comes to writing', () => {
  it('writes nothing; the question is put again, and a fresh approval is written', async () => {
    await install({
      people: ['ada'],
      policy: (policy) => Object.assign(policy.approval as object, { applyWithin: '2s' }),
    });
    const git = holdGitAt(site, 'commit-tree');
    git.hold();
    await site.startWorker();
    const task = await site.start();
    const { question } = await site.question(task);
    await site.decide(task, 'approve');
    await git.reached();
    await clockReaches((await quorumAt(task)) + 4000);
    // The stricter of the plan's policy and the head's counts, so this helps only the next plan.
    const policy = site.read('mlops.yaml').replace('applyWithin: 2s', 'applyWithin: 1h');
    const theirs = site.push({ 'mlops.yaml': policy }, 'more time to apply');
    git.release();

    const again = await site.question(task, question.plan);
    expect(again.question.askedAgainBecause).toContain('it is good for 2s');
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    expect(again.question.approvedBy).toEqual([]);
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(site.git('rev-parse', `${result.commit}^`).trim()).toBe(theirs);
    const { statements } = await verifyRecord(await site.recordText(task), {});
    expect(statements.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe('while the configuration freezes changes', () => {
  let worker: RunningWorker;

  /** An approved task whose write has been refused because of the freeze. */
  async function frozen(applyWithin: string): Promise<WorkflowHandle> {
    await install({
      people: ['ada'],
      config: { freeze: true },
      policy: (policy) => Object.assign(policy.approval as object, { applyWithin }),
    });
    worker = await site.startWorker();
    const task = await site.start();
    await site.question(task);
    const before = site.refs();
    await site.decide(task, 'approve');
    await eventually(async () => {
      const { raw } = await task.describe();
      return (raw.pendingActivities ?? []).some(
        ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'MLOPS-POL-005',
      );
    });
    expect(site.refs()).toEqual(before);
    return task;
  }

  async function thaw(): Promise<void> {
    await worker.stop();
    site.config.freeze = false;
    worker = await site.startWorker();
  }

  it('an approval waits, and is written once they are allowed again', async () => {
    const task = await frozen('1h');
    await thaw();
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(site.refs()['refs/heads/main']).toBe(result.commit);
  });

  it('longer than applyWithin, the question is put again, and can be approved after the freeze', async () => {
    const task = await frozen('2s');
    const before = site.refs()['refs/heads/main'];
    await clockReaches((await quorumAt(task)) + 4000);
    const policy = site.read('mlops.yaml').replace('applyWithin: 2s', 'applyWithin: 1h');
    const theirs = site.push({ 'mlops.yaml': policy }, 'more time to apply');
    expect(site.git('rev-parse', `${theirs}^`).trim()).toBe(before);
    await thaw();
    const again = await site.until(task, ({ question }) => question?.askedAgainBecause !== undefined);
    expect(again.question?.askedAgainBecause).toContain('it is good for 2s');
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    await site.decide(task, 'approve');
    expect(await site.result(task)).toMatchObject({ outcome: 'verified' });
  });
});

describe('an alias kept as a git tag', () => {
  const MODEL = 'fraud-scorer';
  let hand: ByHand;
  let move: MoveAlias;
  let input: ApplyInputs;

  async function registry(): Promise<GitTagRegistry> {
    const clone = await BareClone.open({ directory: join(site.folder, 'looks.git'), url: site.remote });
    await clone.fetch('looks', { branches: [site.branch], tags: true });
    return new GitTagRegistry(await clone.tags('looks'));
  }
  const champion = async () => (await registry()).aliases().get(`${MODEL}@champion`);

  /** A hand-made plan that moves the alias along with the file edits, rightly approved. */
  async function approvedMove(): Promise<void> {
    await site.startWorker();
    hand = await callByHand(site, server.namespace, ['demo-approver']);
    const known = await registry();
    const now = known.aliases().get(`${MODEL}@champion`);
    const other = known.versions(MODEL).find(({ version }) => version !== now);
    move = known.planAliasMove(MODEL, 'champion', String(other?.version));
    const { operations, inverse } = hand.planned;
    input = await hand.inputFor({
      ...hand.planned,
      operations: [...operations, move],
      inverse: { ...inverse, operations: [known.inverse(move), ...inverse.operations] },
    });
  }

  function tagByOthers(name: string): void {
    site.git('-c', 'user.name=S', '-c', 'user.email=s@example.invalid', 'tag', '-a', '-m', 'mine', name, 'main');
  }

  it('moves with the branch in one push, and a second run of the activity finds both there', async () => {
    await install();
    await approvedMove();
    const before = site.refs();
    const prepared = await hand.prepare(input);
    expect(site.refs()).toEqual(before);
    const first = await hand.apply(input, prepared);
    expect(first).toEqual({
      result: 'applied',
      commit: prepared.commit,
      tree: prepared.tree,
      branch: 'main',
      alreadyThere: false,
      aliases: [move.tag],
    });
    const after = site.refs();
    const tag = prepared.tags[0]?.oid;
    expect(after).toEqual({ ...before, 'refs/heads/main': prepared.commit, [`refs/tags/${move.tag}`]: tag });
    expect(site.git('rev-parse', `${move.tag}^{commit}`).trim()).toBe(move.commit);
    expect(site.git('cat-file', '-t', move.tag).trim()).toBe('tag');
    expect(await champion()).toBe(move.to);

    expect(await hand.apply(input)).toEqual({ ...first, alreadyThere: true });
    expect(site.refs()).toEqual(after);
  });

  it.each([
    ['with the tag that the plan has', (tag: string) => tag],
    ['with a later tag', (tag: string) => tag.replace(/[0-9]+$/, (number) => String(Number(number) + 5))],
  ])('that somebody moved before, %s: moved, and neither branch nor tag is pushed', async (_which, name) => {
    await install();
    await approvedMove();
    tagByOthers(name(move.tag));
    const before = site.refs();
    expect(await hand.apply(input)).toMatchObject({ result: 'moved', head: before['refs/heads/main'] });
    expect(site.refs()).toEqual(before);
  });

  it('that somebody moves at the very moment of the push: moved, and nothing is half-done', async () => {
    await install();
    const git = holdGitAt(site, 'push');
    await approvedMove();
    git.hold();
    const applying = hand.apply(input);
    await git.reached();
    tagByOthers(move.tag);
    const before = site.refs();
    git.release();
    expect(await applying).toMatchObject({ result: 'moved', detail: expect.stringContaining(move.tag) });
    expect(site.refs()).toEqual(before);
  });
});
