import { describe, expect, it } from 'vitest';
import { createKey } from '../../../src/approval/keys.js';
import { canonicalJson } from '../../../src/contract/canonicalJson.js';
import { planDigest } from '../../../src/contract/plan.js';
import { type CommitContent, parseTrust, type TrustedKeys } from '../../../src/report/recordAnchor.js';
import { type VerifyOptions, verifyRecord } from '../../../src/report/verifyRecord.js';
import { decide, IDENTITY, KEYS, samplePlan, samplePolicy } from '../approval/sample.js';
import { RECORD_KEY, SampleRecord, verifiedRecord } from './sampleRecord.js';

const trusted = (x: string, sub?: string): TrustedKeys['keys'][number] => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x,
  ...(sub ? { sub } : {}),
});
const TRUST: TrustedKeys = {
  keys: [trusted(RECORD_KEY.x), trusted(KEYS.alice.x, 'alice'), trusted(KEYS.bob.x, 'bob')],
};

async function failures(text: string, options: VerifyOptions = {}): Promise<string[]> {
  const { consistent, anchored, statements } = await verifyRecord(text, options);
  const failed = statements.filter(({ ok }) => !ok).map((statement) => statement.text);
  expect(consistent).toBe(failed.length === 0);
  if (!consistent) expect(anchored).toBe(false);
  return failed;
}

/** A record that its maker put together with other content, and signed. */
async function failuresOf(
  build: (record: SampleRecord) => Promise<unknown> | unknown,
  record = new SampleRecord(),
): Promise<string[]> {
  await build(record);
  return failures(await record.seal());
}

describe('verifyRecord without an anchor', () => {
  it('says that an untouched record is consistent and its origin not proved', async () => {
    const found = await verifyRecord(await (await verifiedRecord()).record.seal());
    expect(found).toMatchObject({ consistent: true, anchored: false });
    expect(found.statements.map(({ text }) => text)).toEqual([
      'the chain of 9 entries is whole',
      '3 artifacts have the hashes by which the entries name them',
      'the record key signed the head',
      expect.stringMatching(/^plan [0-9a-f]{12} recomputes to its digest$/),
      expect.stringMatching(/^entry 3: approve: signed by alice for plan /),
      expect.stringMatching(/^entry 4: approve: signed by bob for plan /),
      expect.stringMatching(/^the quorum holds: alice, bob for plan /),
      'commit cccccccccccc is the approved plan',
      'the outcome verified fits what happened',
      'consistent, origin not proved: give --repo PATH or --trust KEYS',
    ]);
  });

  it('catches every byte that is flipped', async () => {
    const bytes = new TextEncoder().encode(await (await verifiedRecord()).record.seal());
    const unnoticed: number[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = bytes.slice();
      changed[at] = (bytes[at] as number) ^ 1;
      if ((await verifyRecord(changed)).consistent) unnoticed.push(at);
    }
    expect(unnoticed).toEqual([]);
  }, 60_000);

  it('catches every bit of the signature and of the record key', async () => {
    const text = await (await verifiedRecord()).record.seal();
    const unnoticed: number[] = [];
    const from = text.indexOf('"recordKey"');
    for (let at = from; at < text.indexOf('"task"', from); at += 1) {
      for (let bit = 0; bit < 7; bit += 1) {
        const changed = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        if ((await verifyRecord(text.slice(0, at) + changed + text.slice(at + 1))).consistent) unnoticed.push(at);
      }
    }
    expect(unnoticed).toEqual([]);
  });

  it('catches entries that are left out, added, swapped or cut off at the end', async () => {
    const text = await (await verifiedRecord()).record.seal();
    const file = JSON.parse(text) as { entries: unknown[] };
    const { entries } = file;
    const changes = [
      entries.slice(1),
      entries.slice(0, -1),
      entries.toSpliced(4, 1),
      entries.toSpliced(3, 2, entries[4], entries[3]),
      [...entries, entries[8]],
    ];
    for (const changed of changes)
      expect(await failures(`${canonicalJson({ ...file, entries: changed })}\n`)).not.toEqual([]);
  });

  it('catches artifacts that are missing, altered or not referred to', async () => {
    const file = JSON.parse(await (await verifiedRecord()).record.seal()) as { artifacts: Record<string, string> };
    const [first = ''] = Object.keys(file.artifacts);
    const { [first]: _gone, ...rest } = file.artifacts;
    const with_ = (artifacts: object) => failures(`${canonicalJson({ ...file, artifacts })}\n`);
    expect(await with_(rest)).toEqual([`artifact ${first} is missing`]);
    expect(await with_({ ...file.artifacts, [first]: 'x' })).toEqual([`artifact ${first} does not have this hash`]);
    const stray = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(await with_({ ...file.artifacts, [stray]: 'abc' })).toEqual([`no entry refers to artifact ${stray}`]);
  });

  it('catches a record whose audience, task or run was exchanged, and one that another key signed', async () => {
    const file = JSON.parse(await (await verifiedRecord()).record.seal()) as object;
    for (const changed of [{ audience: 'x' }, { task: 'x' }, { run: 'x' }]) {
      expect(await failures(`${canonicalJson({ ...file, ...changed })}\n`)).toEqual([
        'the signature over the head is not by the record key',
      ]);
    }
    const { x, kid } = createKey();
    const recordKey = { kty: 'OKP', crv: 'Ed25519', x, kid };
    expect(await failures(`${canonicalJson({ ...file, recordKey })}\n`)).toEqual([
      'the signature over the head is not by the record key',
    ]);
  });

  it('accepts tasks that changed nothing, and records of tasks that still run', async () => {
    expect(await failuresOf((record) => record.open().ended('no_change_needed'))).toEqual([]);
    expect(await failuresOf((record) => record.open().propose().ended('expired'))).toEqual([]);
    expect(await failuresOf((record) => record.open().propose())).toEqual([]);
    const rejected = async (record: SampleRecord) => {
      await record.open().propose().decided('carol', 'reject', 'no');
      record.ended('rejected');
    };
    expect(await failuresOf(rejected)).toEqual([]);
  });

  it('shows how many messages were refused', async () => {
    const record = new SampleRecord().open().propose();
    record.add('decision', { accepted: false, code: 'MLOPS-APR-002', reason: 'x' });
    const { consistent, statements } = await verifyRecord(await record.seal());
    expect(consistent).toBe(true);
    expect(statements.map(({ text }) => text)).toContain('1 messages were refused; their reasons are in the record');
  });

  it('catches a plan that is not the one whose digest was shown', async () => {
    const found = await failuresOf((record) => {
      const other = samplePlan(record.policy, { tree: '9'.repeat(40) });
      record
        .open()
        .add('planned', { digest: record.digest, proposal: record.put({ plan: other, digest: record.digest }) });
    });
    expect(found).toEqual([expect.stringContaining('which is not the digest that was shown')]);
  });

  it('catches decisions that nobody signed, that say something else, or that stand in it twice', async () => {
    const forge = (change: (token: string) => object) =>
      failuresOf(async (record) => {
        const token = await decide('alice', record.open().propose().plan);
        record.add('decision', {
          accepted: true,
          token,
          person: 'alice',
          verdict: 'approve',
          comment: '',
          ...change(token),
        });
      });
    expect(await forge(() => ({}))).toEqual([]);
    expect(await forge((token) => ({ token: `${token.slice(0, -4)}AAAA` }))).toHaveLength(1);
    expect(await forge(() => ({ person: 'bob' }))).toEqual([expect.stringContaining('says something else')]);
    expect(await forge(() => ({ comment: 'other' }))).toEqual([expect.stringContaining('says something else')]);
    expect(await forge(() => ({ verdict: 'reject' }))).toEqual([expect.stringContaining('says something else')]);
    expect(await forge(() => ({ verdict: 'withdraw' }))).toEqual([expect.stringContaining('does not prove it')]);
    const twice = await failuresOf(async (record) => {
      const token = await decide('alice', record.open().propose().plan);
      for (let n = 0; n < 2; n += 1)
        record.add('decision', { accepted: true, token, person: 'alice', verdict: 'approve', comment: '' });
    });
    expect(twice).toEqual([expect.stringContaining('was used before')]);
  });

  it('catches an accepted decision by which no embedded policy can be checked', async () => {
    const found = await failuresOf(async (record) => {
      record.add('opened', { request: {}, identity: { task: IDENTITY.task, run: IDENTITY.run } });
      await record.propose().decided('alice');
    });
    expect(found).toEqual([expect.stringContaining('embeds no policy')]);
  });

  it('catches a quorum that is short, counts one person twice, or ignores a veto', async () => {
    const short = await failuresOf(async (record) => {
      record
        .open()
        .propose()
        .quorum([await record.decided('alice')], ['alice']);
    });
    expect(short).toEqual(['the quorum does not hold: 1 of 2 approvals']);
    const twice = await failuresOf(async (record) => {
      record
        .open()
        .propose()
        .quorum([await record.decided('alice'), await record.decided('alice')], ['alice', 'alice']);
    });
    expect(twice).toEqual([expect.stringContaining('1 of 2 approvals')]);
    const veto = await failuresOf(async (record) => {
      const decisions = [await record.open().propose().decided('alice'), await record.decided('bob')];
      await record.decided('carol', 'reject');
      record.quorum(decisions, ['alice', 'bob']);
    });
    expect(veto).toEqual([expect.stringContaining('rejected by carol')]);
    const invented = await failuresOf(async (record) => {
      const decisions = [
        await record.open().propose().decided('alice'),
        await record.decided('bob'),
        'decision-made-up',
      ];
      record.quorum(decisions, ['alice', 'bob']);
    });
    expect(invented).toEqual([expect.stringContaining('not there')]);
  });

  it('counts by the severity of the primary risk and by what the question asked for', async () => {
    const policy = samplePolicy(['required: 1', 'bySeverity: { high: 2 }']);
    const risky = await failuresOf(async (record) => {
      record.open().add('assessed', { risks: record.put([{ id: 'MON-001:aaaaaaaaaaaa', severity: 'high' }]) });
      record.propose().quorum([await record.decided('alice')], ['alice']);
    }, new SampleRecord(policy));
    expect(risky).toEqual(['the quorum does not hold: 1 of 2 approvals']);
    const asked = await failuresOf(async (record) => {
      record.open().propose().add('asked', { plan: record.digest, required: 2 });
      record.quorum([await record.decided('alice')], ['alice']);
    }, new SampleRecord(policy));
    expect(asked).toEqual(['the quorum does not hold: the question asked for 2 approvals']);
  });

  it('holds requester and whoever sent a plan back to separation of duties', async () => {
    const policy = samplePolicy(['required: 1', 'separationOfDuties: true']);
    const alone = await failuresOf(async (record) => {
      record
        .open('alice')
        .propose()
        .quorum([await record.decided('alice')], ['alice']);
    }, new SampleRecord(policy));
    expect(alone).toEqual([expect.stringContaining('neither asked for the change nor proposed it')]);
    const unknown = await failuresOf(async (record) => {
      record
        .open()
        .propose()
        .quorum([await record.decided('alice')], ['alice']);
    }, new SampleRecord(policy));
    expect(unknown).toEqual([expect.stringContaining('1 of 2 approvals')]);
    const other = await failuresOf(async (record) => {
      record
        .open('bob')
        .propose()
        .quorum([await record.decided('alice')], ['alice']);
    }, new SampleRecord(policy));
    expect(other).toEqual([]);
  });

  it('catches a change that was applied without quorum, elsewhere, or with another tree, head or plan', async () => {
    const apply = (extra: object) =>
      failuresOf(async (record) => {
        const quorum = record
          .open()
          .propose()
          .quorum([await record.decided('alice'), await record.decided('bob')], ['alice', 'bob']);
        record.applied(quorum, extra);
      });
    expect(await apply({})).toEqual([]);
    expect(await apply({ tree: '9'.repeat(40) })).toEqual([expect.stringContaining('its tree')]);
    expect(await apply({ branch: 'prod' })).toEqual([expect.stringContaining('its branch')]);
    expect(await apply({ recordHead: '9'.repeat(64) })).toEqual([expect.stringContaining('the head')]);
    expect(await apply({ digest: '9'.repeat(64) })).toEqual([expect.stringContaining('without a quorum that holds')]);
    const without = await failuresOf((record) => record.applied(record.open().propose().add('signal', {})));
    expect(without).toEqual([expect.stringContaining('without a quorum that holds')]);
  });

  it('accepts an approval that was carried to the same operations, and no other', async () => {
    const carry = (changed: object) =>
      failuresOf(async (record) => {
        const quorum = record
          .open()
          .propose()
          .quorum([await record.decided('alice'), await record.decided('bob')], ['alice', 'bob']);
        const plan = { ...record.plan, base: 'a'.repeat(40), tree: 'b'.repeat(40), ...changed };
        record.propose(plan, { carriedFrom: record.digest });
        record.applied(quorum, { digest: planDigest(plan), tree: plan.tree });
      });
    expect(await carry({})).toEqual([]);
    expect(
      await carry({ operations: [{ ...samplePlan(samplePolicy()).operations[0], after: 'e'.repeat(40) }] }),
    ).toHaveLength(1);
    expect(await carry({ message: 'other' })).toEqual([expect.stringContaining('not the plan that was approved')]);
  });

  it('catches an outcome that doesn’t fit what happened', async () => {
    const nothing = await failuresOf((record) => record.open().ended('verified'));
    expect(nothing).toEqual([
      expect.stringContaining('nothing was applied'),
      expect.stringContaining('not every path was proved'),
    ]);
    const { record } = await verifiedRecord();
    record.entries.splice(-2);
    expect(await failuresOf((cut) => cut.ended('verified'), record)).toEqual([
      expect.stringContaining('not every path was proved'),
    ]);
    const { record: hidden } = await verifiedRecord();
    hidden.entries.pop();
    delete hidden.artifacts[Object.keys(hidden.artifacts).at(-1) ?? ''];
    expect(await failuresOf((cut) => cut.ended('expired'), hidden)).toEqual([
      expect.stringContaining('something was applied'),
    ]);
    expect(await failuresOf((own) => own.open().ended('rejected'))).toEqual([
      expect.stringContaining('nobody rejected'),
    ]);
    const lying = await failuresOf((own) => {
      own.open().add('ended', { outcome: 'expired', report: own.put({ outcome: 'verified', task: IDENTITY.task }) });
    });
    expect(lying).toEqual([expect.stringContaining('the report says something else')]);
  });
});

describe('verifyRecord with trusted keys', () => {
  it('proves the origin when record key and approvers’ keys are trusted', async () => {
    const text = await (await verifiedRecord()).record.seal();
    expect(await verifyRecord(text, { trust: TRUST })).toMatchObject({ consistent: true, anchored: true });
  });

  it('refuses a record that somebody else put together with keys of their own', async () => {
    const text = await (await verifiedRecord()).record.seal(createKey());
    expect(await failures(text)).toEqual([]);
    expect(await failures(text, { trust: TRUST })).toEqual(['the record key is not among the trusted keys']);
  });

  it('refuses approvals by keys that are not trusted for this person', async () => {
    const text = await (await verifiedRecord()).record.seal();
    const keys = [trusted(RECORD_KEY.x), trusted(KEYS.alice.x, 'alice'), trusted(KEYS.bob.x, 'carol')];
    expect(await failures(text, { trust: { keys } })).toEqual(['the key of bob is not among the trusted keys']);
  });

  it('takes no person’s key for a record key', async () => {
    const text = await (await verifiedRecord()).record.seal(KEYS.alice);
    expect(await failures(text, { trust: TRUST })).toEqual(['the record key is not among the trusted keys']);
  });
});

describe('verifyRecord with a repository', () => {
  async function inRepository(commit: (good: CommitContent) => Partial<CommitContent>, policy?: string) {
    const { record, quorum } = await verifiedRecord();
    const trailers = [
      `Mlops-Task: ${IDENTITY.task}`,
      `Mlops-Plan: ${record.digest}`,
      `Mlops-Record: ${quorum.hash}`,
      'Approved-by: alice',
      'Approved-by: Bob <bob>',
    ];
    const good: CommitContent = {
      message: `${record.plan.message}\n\n${trailers.join('\n')}\n`,
      tree: record.plan.tree,
      parents: [record.plan.base],
    };
    const options: VerifyOptions = {
      repo: async (id) => (id === 'c'.repeat(40) ? { ...good, ...commit(good) } : undefined),
      repoPolicy: async () => policy ?? canonicalJson(record.policy),
    };
    return { text: await record.seal(), options };
  }

  it('proves the origin by commit, trailers and the policy in the repository', async () => {
    const { text, options } = await inRepository(() => ({}));
    const found = await verifyRecord(text, options);
    expect(found).toMatchObject({ consistent: true, anchored: true });
    expect(found.statements.map((statement) => statement.text)).toContain(
      'the commit anchors the record up to the quorum; what follows rests on the record key alone',
    );
  });

  it('catches a commit that isn’t the one of the record', async () => {
    const other = 'd'.repeat(40);
    const changes: [(good: CommitContent) => Partial<CommitContent>, string][] = [
      [() => ({ tree: other }), 'has the approved tree'],
      [() => ({ parents: [other] }), 'only parent'],
      [({ parents }) => ({ parents: [...parents, other] }), 'only parent'],
      [({ message }) => ({ message: `Sneaky: ${message}` }), 'approved message'],
      [({ message }) => ({ message: message.replace(/Mlops-Task: .*/, 'Mlops-Task: x') }), 'Mlops-Task'],
      [({ message }) => ({ message: message.replace(/Mlops-Plan: .{8}/, 'Mlops-Plan: 00000000') }), 'Mlops-Plan'],
      [({ message }) => ({ message: message.replace(/Mlops-Record: .{8}/, 'Mlops-Record: 00000000') }), 'Mlops-Record'],
      [({ message }) => ({ message: message.replace('Approved-by: alice\n', '') }), 'Approved-by'],
      [({ message }) => ({ message: message.replace('Approved-by: alice', 'Approved-by: carol') }), 'Approved-by'],
    ];
    for (const [change, what] of changes) {
      const { text, options } = await inRepository(change);
      expect(await failures(text, options)).toEqual([expect.stringContaining(what)]);
    }
  });

  it('catches a commit that is missing and a policy that is another, unreadable or missing', async () => {
    const { text, options } = await inRepository(() => ({}));
    expect(await failures(text, { ...options, repo: async () => undefined })).toContain(
      'the repository has no commit cccccccccccc',
    );
    expect(await failures(text, { ...options, repoPolicy: async () => undefined })).toContain(
      'the repository has no policy file for this plan',
    );
    expect(await failures(text, { ...options, repoPolicy: async () => 'x: [' })).toContain(
      'the policy file in the repository cannot be read',
    );
    const policy = samplePolicy();
    const without = canonicalJson({
      ...policy,
      people: policy.people.map((person) => (person.id === 'bob' ? { ...person, keys: [] } : person)),
    });
    expect(await failures(text, { ...options, repoPolicy: async () => without })).toEqual([
      'the plan was judged by another policy than the one in the repository',
      'the policy in the repository does not list the key of bob',
    ]);
  });

  it('proves nothing where nothing was applied', async () => {
    const { options } = await inRepository(() => ({}));
    const text = await new SampleRecord().open().ended('no_change_needed').seal();
    expect(await verifyRecord(text, options)).toMatchObject({ consistent: true, anchored: false });
  });
});

describe('parseTrust', () => {
  it('reads a JWKS and refuses what is none', () => {
    expect(parseTrust(JSON.stringify(TRUST), 'keys.json').keys).toHaveLength(3);
    for (const text of ['', '{}', '{"keys":[]}', '{"keys":[{"kty":"RSA"}]}']) {
      expect(() => parseTrust(text, 'keys.json')).toThrow(expect.objectContaining({ code: 'MLOPS-INPUT-001' }));
    }
  });
});
