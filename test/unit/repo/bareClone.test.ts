import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EditFile } from '../../../src/contract/operation.js';
import { BareClone } from '../../../src/repo/bareClone.js';
import type { TestFile } from './testRepository.js';
import { TestRemote, temporaryFolder } from './testRepository.js';

const BOT = { name: 'MLOps Bot', email: 'mlops@example.com' };
const LFS_POINTER =
  'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n';

/** Everything that a checkout could spoil. */
const AWKWARD: TestFile[] = [
  { path: '-n', content: 'dash\n' },
  { path: '.gitattributes', content: '* text=auto eol=crlf filter=lfs ident\n' },
  { path: 'bom.yml', content: '\ufeffkey: value\n' },
  { path: 'crlf.yml', content: 'a: 1\r\nb: 2\r\n' },
  { path: 'dir/deep/rules.yml', content: 'groups: []\n' },
  { path: 'dir-sibling', content: '$Id$\n' },
  { path: 'link', content: '/etc/passwd', mode: '120000' },
  { path: 'link-to-dir', content: 'dir', mode: '120000' },
  { path: 'model.onnx', content: LFS_POINTER },
  { path: 'new\nline', content: 'x' },
  { path: 'no-final-newline', content: 'no newline' },
  { path: 'quo"te\'s', content: 'x\n' },
  { path: 'run.sh', content: '#!/bin/sh\n', mode: '100755' },
  { path: 'vendored', content: '1234567890123456789012345678901234567890', mode: '160000' },
  { path: 'with space', content: 'x\n' },
  { path: Buffer.from([0x6c, 0x61, 0x74, 0xe9, 0x6e]), content: Buffer.from([0xff, 0x00, 0xfe]) },
  { path: 'é/ü.yml', content: 'x\n' },
];

async function cloneOf(remote: TestRemote): Promise<BareClone> {
  return BareClone.open({ directory: join(temporaryFolder(), 'clone'), url: remote.path });
}

async function fetched(files: TestFile[]): Promise<{ remote: TestRemote; base: string; clone: BareClone }> {
  const remote = new TestRemote();
  const base = remote.commit(files);
  const clone = await cloneOf(remote);
  await clone.fetch('task', { branches: ['main'] });
  return { remote, base, clone };
}

function edit(path: string, before: string | null, after: string | null, mode: EditFile['mode'] = '100644'): EditFile {
  return { kind: 'editFile', path, before, after, mode, closes: [] };
}

/** Id of an object by git's definition: SHA-1 over its type, length and content. */
function objectId(type: string, content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}

describe('BareClone.open and fetch', () => {
  it('serve several processes that make and fill the same clone at once', async () => {
    const remote = new TestRemote();
    const head = remote.commit(AWKWARD);
    remote.git(['tag', '-a', '-m', 'x', 'm@v1.0.0', head]);
    const directory = join(temporaryFolder(), 'shared', 'clone');
    const script = fileURLToPath(new URL('./fetchInProcess.ts', import.meta.url));
    const viteNode = fileURLToPath(new URL('../../../node_modules/vite-node/vite-node.mjs', import.meta.url));
    const run = (task: string): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, [viteNode, script, directory, remote.path, task]);
    // Two attempts of one task among them.
    const results = await Promise.all([run('one'), run('one'), run('two')]);
    expect(results.map(({ stdout }) => stdout)).toEqual([head, head, head]);
    expect(readdirSync(dirname(directory))).toEqual(['clone']);
  });

  it('lets attempts of one task that meet both succeed', async () => {
    const remote = new TestRemote();
    const first = remote.commit([{ path: 'a', content: '1\n' }]);
    const second = remote.commit([{ path: 'a', content: '2\n' }], { parent: first });
    const clone = await cloneOf(remote);
    for (const head of [first, second, first, second, first, second]) {
      remote.git(['update-ref', 'refs/heads/main', head]);
      await Promise.all([1, 2, 3, 4].map(() => clone.fetch('task', { branches: ['main'] })));
      expect(await clone.branchHead('task', 'main')).toBe(head);
    }
  });

  it('gives each task refs of its own, and prunes only those', async () => {
    const remote = new TestRemote();
    const first = remote.commit([{ path: 'a', content: '1\n' }]);
    remote.git(['branch', 'side', first]);
    remote.git(['tag', '-a', '-m', 'x', 'm@v1.0.0', first]);
    const clone = await cloneOf(remote);
    await clone.fetch('one', { branches: ['main', 'side'] });
    await clone.fetch('two', { branches: ['main'] });
    remote.git(['tag', '-d', 'm@v1.0.0']);
    const second = remote.commit([{ path: 'a', content: '2\n' }], { parent: first });
    await clone.fetch('two', { branches: ['main'] });
    expect(await clone.branchHead('one', 'main')).toBe(first);
    expect(await clone.branchHead('two', 'main')).toBe(second);
    expect([...(await clone.tags('one')).keys()]).toEqual(['m@v1.0.0']);
    expect([...(await clone.tags('two')).keys()]).toEqual([]);
    await clone.fetch('one', { branches: ['main'] });
    await expect(clone.branchHead('one', 'side')).rejects.toMatchObject({ code: 'MLOPS-GIT-003' });
    await clone.dropTask('one');
    await expect(clone.branchHead('one', 'main')).rejects.toMatchObject({ code: 'MLOPS-GIT-003' });
    expect(await clone.branchHead('two', 'main')).toBe(second);
  });

  it('follows a branch that was rewound, and one that became a folder of branches', async () => {
    const remote = new TestRemote();
    const first = remote.commit([{ path: 'a', content: '1\n' }]);
    remote.commit([{ path: 'a', content: '2\n' }], { parent: first });
    remote.git(['branch', 'x', first]);
    const clone = await cloneOf(remote);
    await clone.fetch('task', { branches: ['main', 'x'] });
    remote.git(['update-ref', 'refs/heads/main', first]);
    remote.git(['branch', '-D', 'x']);
    remote.git(['branch', 'x/y', first]);
    await clone.fetch('task', { branches: ['main', 'x/y'] });
    expect(await clone.branchHead('task', 'main')).toBe(first);
    expect(await clone.branchHead('task', 'x/y')).toBe(first);
  });

  it('lists the refs of the remote with peeled tags under their own name', async () => {
    const remote = new TestRemote();
    const head = remote.commit([{ path: 'a', content: '1\n' }]);
    remote.git(['tag', '-a', '-m', 'x', 'm@v1.0.0', head]);
    const tag = remote.line('rev-parse', 'm@v1.0.0');
    expect(Object.fromEntries(await (await cloneOf(remote)).remoteRefs())).toEqual({
      HEAD: head,
      'refs/heads/main': head,
      'refs/tags/m@v1.0.0': tag,
      'refs/tags/m@v1.0.0^{}': head,
    });
  });

  it('writes nothing to the remote', async () => {
    const { remote, base, clone } = await fetched(AWKWARD);
    const before = remote.refs();
    await clone.withScratchRefs('task', (scratch) => scratch.setTag('m#champion#1', base));
    await clone.writeTree(base, [edit('-n', objectId('blob', 'dash\n'), null)]);
    await clone.dropTask('task');
    expect(remote.refs()).toBe(before);
  });

  it('says MLOPS-GIT-002 for an empty repository', async () => {
    const clone = await cloneOf(new TestRemote());
    await expect(clone.fetch('task', { branches: ['main'] })).rejects.toMatchObject({ code: 'MLOPS-GIT-002' });
  });

  it('says MLOPS-GIT-003 for a missing branch and names those that exist', async () => {
    const remote = new TestRemote();
    remote.commit([{ path: 'a', content: '1\n' }], { branch: 'trunk' });
    const clone = await cloneOf(remote);
    await expect(clone.fetch('task', { branches: ['main'] })).rejects.toMatchObject({
      code: 'MLOPS-GIT-003',
      message: 'There is no branch main. There are: trunk.',
    });
    await expect(clone.fetch('task', { branches: ['a:b'] })).rejects.toMatchObject({ code: 'MLOPS-GIT-003' });
  });

  it('says MLOPS-GIT-001, which is tried again, for a remote that is not there', async () => {
    const gone = await BareClone.open({
      directory: join(temporaryFolder(), 'clone'),
      url: join(temporaryFolder(), 'gone'),
    });
    await expect(gone.remoteRefs()).rejects.toMatchObject({ code: 'MLOPS-GIT-001', retryable: true });
    const closed = await BareClone.open({
      directory: join(temporaryFolder(), 'clone'),
      url: 'http://127.0.0.1:1/x.git',
    });
    await expect(closed.remoteRefs()).rejects.toMatchObject({ code: 'MLOPS-GIT-001', retryable: true });
  });

  it('says MLOPS-GIT-007 for a folder that is no repository, and for URLs of other kinds', async () => {
    const clone = await BareClone.open({ directory: join(temporaryFolder(), 'clone'), url: temporaryFolder() });
    await expect(clone.remoteRefs()).rejects.toMatchObject({ code: 'MLOPS-GIT-007' });
    const directory = join(temporaryFolder(), 'clone');
    await expect(BareClone.open({ directory, url: 'ext::touch evil' })).rejects.toMatchObject({
      code: 'MLOPS-GIT-007',
    });
    expect(existsSync(directory)).toBe(false);
  });

  it('says MLOPS-GIT-007 for a remote of another object format', async () => {
    const remote = new TestRemote();
    remote.git(['init', '--quiet', '--bare', '--object-format=sha256', join(remote.path, 'sha256.git')]);
    const inner = join(remote.path, 'sha256.git');
    const tree = remote.git(['--git-dir', inner, 'hash-object', '-w', '-t', 'tree', '--stdin']).toString().trim();
    const commit = remote.line('--git-dir', inner, 'commit-tree', tree, '-m', 'x');
    remote.git(['--git-dir', inner, 'update-ref', 'refs/heads/main', commit]);
    const clone = await BareClone.open({ directory: join(temporaryFolder(), 'clone'), url: inner });
    await expect(clone.fetch('task', { branches: ['main'] })).rejects.toMatchObject({ code: 'MLOPS-GIT-007' });
  });
});

describe('BareClone.snapshot and reading', () => {
  it('has every entry, and the bytes of regular files only', async () => {
    const { base, clone } = await fetched(AWKWARD);
    const asked: string[] = [];
    const snapshot = await clone.snapshot(base, (entry) => asked.push(entry.path) > 0);
    expect(snapshot.entries).toHaveLength(AWKWARD.length);
    expect(snapshot.entries.find(({ path }) => path === 'vendored')).toEqual({
      path: 'vendored',
      mode: '160000',
      oid: '1234567890123456789012345678901234567890',
      size: -1,
    });
    expect(asked).not.toContain('link');
    expect(asked).not.toContain('vendored');
    expect(snapshot.read('link')).toBeUndefined();
    expect(snapshot.read('vendored')).toBeUndefined();
    expect(snapshot.text('bom.yml')).toBe('\ufeffkey: value\n');
    expect(snapshot.text('crlf.yml')).toBe('a: 1\r\nb: 2\r\n');
    expect(snapshot.text('new%0Aline')).toBe('x');
    expect(snapshot.read('lat%E9n')).toEqual(Uint8Array.from([0xff, 0x00, 0xfe]));
    expect(snapshot.text('lat%E9n')).toBeUndefined();
    expect(snapshot.text('model.onnx')).toBe(LFS_POINTER);
    expect(snapshot.text('é/ü.yml')).toBe('x\n');
  });

  it('reads no file beyond 1 MiB and says which it left', async () => {
    const { base, clone } = await fetched([
      { path: 'exact', content: Buffer.alloc(1024 * 1024, 0x61) },
      { path: 'large', content: Buffer.alloc(1024 * 1024 + 1, 0x61) },
    ]);
    const snapshot = await clone.snapshot(base, () => true);
    expect(snapshot.read('exact')).toHaveLength(1024 * 1024);
    expect(snapshot.read('large')).toBeUndefined();
    expect(snapshot.unread).toEqual(['large']);
  });

  it('reads a repository of 2,000 files', async () => {
    const files = Array.from({ length: 2000 }, (_, index) => ({
      path: `d${index % 20}/f${index}.yml`,
      content: `value: ${index}\n`,
    }));
    const remote = new TestRemote();
    const changes = files.map(({ path, content }) => `M 100644 inline ${path}\ndata ${content.length}\n${content}`);
    const head = 'commit refs/heads/main\ncommitter Ada <ada@example.com> 1 +0000\ndata 1\nx\n';
    remote.git(['fast-import', '--quiet'], { input: head + changes.join('') });
    const base = remote.line('rev-parse', 'main');
    const clone = await cloneOf(remote);
    await clone.fetch('task', { branches: ['main'] });
    const snapshot = await clone.snapshot(base, ({ path }) => path.endsWith('.yml'));
    expect(snapshot.entries).toHaveLength(2000);
    for (const { path, content } of files) expect(snapshot.text(path)).toBe(content);
  });

  it('reads one path without following links', async () => {
    const { base, clone } = await fetched(AWKWARD);
    const found = await clone.readPath(base, 'dir/deep/rules.yml');
    expect(found).toMatchObject({ oid: objectId('blob', 'groups: []\n'), mode: '100644' });
    expect(Buffer.from(found?.content ?? []).toString()).toBe('groups: []\n');
    expect((await clone.readPath(base, 'lat%E9n'))?.content).toEqual(Uint8Array.from([0xff, 0x00, 0xfe]));
    for (const path of ['link', 'link-to-dir/deep/rules.yml', 'vendored', 'dir', 'absent', 'dir/absent', '-n/x']) {
      expect(await clone.readPath(base, path)).toBeUndefined();
    }
  });

  it('refuses a blob that is larger than asked for, and what is no blob', async () => {
    const { base, clone } = await fetched([{ path: 'a', content: Buffer.alloc(5000) }]);
    const blob = objectId('blob', Buffer.alloc(5000));
    await expect(clone.readBlob(blob, 4999)).rejects.toMatchObject({ code: 'MLOPS-GIT-006' });
    expect(await clone.readBlob(blob, 5000)).toHaveLength(5000);
    await expect(clone.readBlob(base)).rejects.toMatchObject({ code: 'MLOPS-GIT-006' });
    await expect(clone.readBlob('f'.repeat(40))).rejects.toMatchObject({ code: 'MLOPS-GIT-006' });
  });

  it('gives no option to git in the place of an object id', async () => {
    const { clone } = await fetched([{ path: 'a', content: 'a\n' }]);
    for (const id of ['--all', 'main', 'HEAD', '', `${'a'.repeat(40)}\n`]) {
      await expect(clone.treeOf(id)).rejects.toMatchObject({ code: 'MLOPS-INT-001' });
    }
  });
});

describe('BareClone.writeTree', () => {
  it('changes the edited path alone, and everything awkward survives the push byte for byte', async () => {
    const { remote, base, clone } = await fetched(AWKWARD);
    const content = '\ufeffgroups:\r\n- name: é\r\n  last: true';
    const after = await clone.writeBlob(content);
    expect(after).toBe(objectId('blob', content));
    const tree = await clone.writeTree(base, [edit('dir/deep/rules.yml', objectId('blob', 'groups: []\n'), after)]);
    const commit = await clone.commitTree({ tree, parent: base, message: 'm', date: 1, author: BOT, committer: BOT });
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base })).toEqual({ result: 'pushed' });

    const listing = (revision: string): string[] =>
      remote.git(['ls-tree', '-r', '-z', revision]).toString('latin1').split('\0');
    const before = listing(base);
    const changed = listing('main').filter((line) => !before.includes(line));
    expect(changed).toEqual([`100644 blob ${after}\tdir/deep/rules.yml`]);
    expect(listing('main')).toHaveLength(before.length);
    expect(remote.git(['cat-file', 'blob', 'main:dir/deep/rules.yml']).toString()).toBe(content);
    expect(remote.line('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it.each(
    AWKWARD.filter(({ mode }) => mode === undefined || mode === '100755').map((file) => [file.path, file] as const),
  )('edits %j byte for byte and keeps its mode', async (path, file) => {
    const { remote, base, clone } = await fetched(AWKWARD);
    const encoded = Buffer.isBuffer(path) ? 'lat%E9n' : path.replace('\n', '%0A');
    const content = Buffer.concat([Buffer.from(file.content), Buffer.from('\r\n\0end')]);
    const mode = (file.mode ?? '100644') as EditFile['mode'];
    const tree = await clone.writeTree(base, [
      edit(encoded, objectId('blob', Buffer.from(file.content)), await clone.writeBlob(content), mode),
    ]);
    const commit = await clone.commitTree({ tree, parent: base, message: 'm', date: 1, author: BOT, committer: BOT });
    await clone.push('task', { branch: 'main', commit, expectedOld: base });
    // The same tree, built by git alone.
    const expected = new TestRemote();
    expected.commit(AWKWARD.map((other) => (other === file ? { ...file, content } : other)));
    expect(remote.line('rev-parse', 'main^{tree}')).toBe(expected.line('rev-parse', 'main^{tree}'));
  });

  it('makes and removes files with their folders, as git would', async () => {
    const { base, clone } = await fetched([
      { path: 'a', content: '1\n' },
      { path: 'b/c/d', content: '2\n' },
    ]);
    const blob = await clone.writeBlob('3\n');
    const tree = await clone.writeTree(base, [
      edit('b/c/d', objectId('blob', '2\n'), null),
      edit('b.x/new', null, blob, '100755'),
      edit('a', objectId('blob', '1\n'), blob),
    ]);
    const expected = new TestRemote();
    expected.commit([
      { path: 'a', content: '3\n' },
      { path: 'b.x/new', content: '3\n', mode: '100755' },
    ]);
    expect(tree).toBe(expected.line('rev-parse', 'main^{tree}'));
    const empty = await clone.writeTree(tree, [edit('a', blob, null), edit('b.x/new', blob, null, '100755')]);
    expect(empty).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  });

  it('is undone by the inverse edits: the identical tree', async () => {
    const { base, clone } = await fetched(AWKWARD);
    const rules = objectId('blob', 'groups: []\n');
    const blob = await clone.writeBlob('changed\n');
    const edits = [
      edit('dir/deep/rules.yml', rules, blob),
      edit('added/here', null, blob),
      edit('-n', objectId('blob', 'dash\n'), null),
    ];
    const tree = await clone.writeTree(base, edits);
    const inverse = edits.map(({ path, before, after }) => edit(path, after, before)).reverse();
    expect(await clone.writeTree(tree, inverse)).toBe(await clone.treeOf(base));
  });

  it('keeps entries of others that git no longer writes, such as mode 100664', async () => {
    const remote = new TestRemote();
    const blob = remote.blob('x\n');
    const odd = Buffer.concat([
      Buffer.from('100644 a\0'),
      Buffer.from(blob, 'hex'),
      Buffer.from('100664 old\0'),
      Buffer.from(blob, 'hex'),
    ]);
    const tree = remote
      .git(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], { input: odd })
      .toString()
      .trim();
    const base = remote.line('commit-tree', tree, '-m', 'x');
    remote.git(['update-ref', 'refs/heads/main', base]);
    const clone = await cloneOf(remote);
    await clone.fetch('task', { branches: ['main'] });
    const after = await clone.writeBlob('y\n');
    const edited = await clone.writeTree(base, [edit('a', blob, after)]);
    expect(edited).toBe(
      objectId(
        'tree',
        Buffer.concat([
          Buffer.from('100644 a\0'),
          Buffer.from(after, 'hex'),
          Buffer.from('100664 old\0'),
          Buffer.from(blob, 'hex'),
        ]),
      ),
    );
    expect(await clone.writeTree(edited, [edit('a', after, blob)])).toBe(tree);
  });

  it('refuses an edit of something else than it says', async () => {
    const { base, clone } = await fetched(AWKWARD);
    const blob = await clone.writeBlob('changed\n');
    const run = objectId('blob', '#!/bin/sh\n');
    for (const wrong of [
      edit('-n', blob, blob),
      edit('-n', null, blob),
      edit('absent', blob, blob),
      edit('run.sh', run, blob, '100644'),
    ]) {
      await expect(clone.writeTree(base, [wrong])).rejects.toMatchObject({ code: 'MLOPS-GIT-009', where: wrong.path });
    }
  });

  it.each([
    'link',
    'vendored',
    'dir',
    'link-to-dir/deep/rules.yml',
    'vendored/x',
    '-n/x',
    '../x',
    '.git/config',
    'dir/.GIT/x',
    '/x',
  ])('refuses to write %s', async (path) => {
    const { base, clone } = await fetched(AWKWARD);
    const blob = await clone.writeBlob('x\n');
    await expect(clone.writeTree(base, [edit(path, null, blob)])).rejects.toMatchObject({ code: 'MLOPS-GIT-008' });
  });
});

describe('BareClone.commitTree and writeTag', () => {
  it('make the objects that their definition gives, whoever and wherever the worker is', async () => {
    const { base, clone } = await fetched([{ path: 'a', content: 'a\n' }]);
    const tree = await clone.treeOf(base);
    const commit = {
      tree,
      parent: base,
      message: 'Subject é\n\nMlops-Task: x',
      date: 1767225600,
      author: BOT,
      committer: { name: 'Ada', email: 'ada@example.com' },
    };
    const id = await clone.commitTree(commit);
    const text =
      `tree ${tree}\nparent ${base}\nauthor MLOps Bot <mlops@example.com> 1767225600 +0000\n` +
      'committer Ada <ada@example.com> 1767225600 +0000\n\nSubject é\n\nMlops-Task: x\n';
    expect(id).toBe(objectId('commit', text));
    expect(await clone.commitTree(commit)).toBe(id);
    expect(await clone.parentsOf(id)).toEqual([base]);
    expect(await clone.treeOf(id)).toBe(tree);

    const tag = await clone.writeTag({
      name: 'm#champion#1',
      commit: base,
      message: 'why',
      date: 1767225600,
      tagger: BOT,
    });
    expect(tag).toBe(
      objectId(
        'tag',
        `object ${base}\ntype commit\ntag m#champion#1\ntagger MLOps Bot <mlops@example.com> 1767225600 +0000\n\nwhy\n`,
      ),
    );
  });

  it('refuse what would forge another header or vanish', async () => {
    const { base, clone } = await fetched([{ path: 'a', content: 'a\n' }]);
    const good = { tree: await clone.treeOf(base), parent: base, message: 'm', date: 1, author: BOT, committer: BOT };
    for (const bad of [
      { message: '' },
      { message: 'a\0b' },
      { author: { name: 'a\ncommitter b', email: 'x' } },
      { author: { name: 'a <b>', email: 'x' } },
      { committer: { name: ' . ', email: 'x' } },
    ]) {
      await expect(clone.commitTree({ ...good, ...bad })).rejects.toMatchObject({ code: 'MLOPS-INPUT-001' });
    }
    const tag = { name: 'm', commit: base, message: 'm', date: 1, tagger: BOT };
    await expect(clone.writeTag({ ...tag, name: 'a b' })).rejects.toMatchObject({ code: 'MLOPS-INPUT-001' });
    await expect(clone.writeTag({ ...tag, tagger: { name: 'a\nb', email: 'x' } })).rejects.toMatchObject({
      code: 'MLOPS-INPUT-001',
    });
    await expect(clone.writeTag({ ...tag, date: 1.5 })).rejects.toMatchObject({ code: 'MLOPS-INT-001' });
  });
});

describe('BareClone.tags', () => {
  it('tell annotated from lightweight, follow tags of tags, and leave out what is no commit', async () => {
    const remote = new TestRemote();
    const head = remote.commit([{ path: 'a', content: 'a\n' }]);
    const env = { GIT_COMMITTER_DATE: '@1234567890 +0200' };
    remote.git(['tag', '-a', '-F', '-', 'm@v1.0.0'].concat(head), { input: 'm v1.0.0\n\nSha256: abc\n', env });
    remote.git(['tag', 'light', head]);
    remote.git(['tag', '-a', '-m', 'outer', 'outer', 'm@v1.0.0'], { env });
    remote.git(['tag', 'tree', `${head}^{tree}`]);
    remote.git(['tag', '-a', '-m', 'x', 'tagged-tree', `${head}^{tree}`]);
    const clone = await cloneOf(remote);
    await clone.fetch('task', { branches: ['main'] });
    const id = (name: string): string => remote.line('rev-parse', name);
    expect(Object.fromEntries(await clone.tags('task'))).toEqual({
      light: { oid: head, commit: head, annotated: false, message: '' },
      'm@v1.0.0': {
        oid: id('m@v1.0.0'),
        commit: head,
        annotated: true,
        date: 1234567890,
        message: 'm v1.0.0\n\nSha256: abc\n',
      },
      outer: { oid: id('outer'), commit: head, annotated: true, date: 1234567890, message: 'outer\n' },
    });
  });
});

describe('BareClone.withScratchRefs', () => {
  it('shows scratch tags among the fetched ones, and removes them also when the work fails', async () => {
    const remote = new TestRemote();
    const head = remote.commit([{ path: 'a', content: 'a\n' }]);
    remote.git(['tag', '-a', '-m', 'x', 'm@v1.0.0', head]);
    const directory = join(temporaryFolder(), 'clone');
    const clone = await BareClone.open({ directory, url: remote.path });
    const refs = (): string => remote.line('--git-dir', directory, 'for-each-ref', '--format=%(refname)');
    await clone.fetch('task', { branches: ['main'] });
    const before = refs();
    const seen = await clone.withScratchRefs('task', async (scratch) => {
      await scratch.setTag('m#champion#1', head);
      await expect(scratch.setTag('m#champion#1', head)).rejects.toMatchObject({ code: 'MLOPS-GIT-010' });
      await expect(scratch.setTag('m@v1.0.0', head)).rejects.toMatchObject({ code: 'MLOPS-GIT-010' });
      return [...(await scratch.tags()).keys()];
    });
    expect(seen).toEqual(['m@v1.0.0', 'm#champion#1']);
    expect(refs()).toBe(before);
    const failing = clone.withScratchRefs('task', async (scratch) => {
      await scratch.setTag('m#champion#1', head);
      throw new Error('the rehearsal failed');
    });
    await expect(failing).rejects.toThrowError('the rehearsal failed');
    expect(refs()).toBe(before);
    expect([...(await clone.tags('task')).keys()]).toEqual(['m@v1.0.0']);
    expect(await clone.withScratchRefs('task', async (scratch) => [...(await scratch.tags()).keys()])).toEqual([
      'm@v1.0.0',
    ]);
  });
});

describe('BareClone.diff and numstat', () => {
  it('show text with full ids, count lines, and mark binary files', async () => {
    const { base, clone } = await fetched(AWKWARD);
    const rules = objectId('blob', 'groups: []\n');
    const blob = await clone.writeBlob('one\ntwo\n');
    const binary = objectId('blob', Uint8Array.from([0xff, 0x00, 0xfe]));
    const other = await clone.writeBlob(Uint8Array.from([0x00]));
    const tree = await clone.writeTree(base, [
      edit('dir/deep/rules.yml', rules, blob),
      edit('lat%E9n', binary, other),
      edit('new%0Aline', objectId('blob', 'x'), null),
    ]);
    expect(await clone.diff(base, tree)).toContain(
      'diff --git a/dir/deep/rules.yml b/dir/deep/rules.yml\n' +
        `index ${rules}..${blob} 100644\n--- a/dir/deep/rules.yml\n+++ b/dir/deep/rules.yml\n@@ -1 +1,2 @@\n-groups: []\n+one\n+two\n`,
    );
    expect(await clone.numstat(base, tree)).toEqual([
      { path: 'dir/deep/rules.yml', added: 2, removed: 1, binary: false },
      { path: 'lat%E9n', added: 0, removed: 0, binary: true },
      { path: 'new%0Aline', added: 0, removed: 1, binary: false },
    ]);
    expect(await clone.diff(base, base)).toBe('');
  });
});

describe('BareClone.push', () => {
  async function prepared(): Promise<{
    remote: TestRemote;
    base: string;
    clone: BareClone;
    commit: string;
    tag: string;
  }> {
    const { remote, base, clone } = await fetched([{ path: 'a', content: '1\n' }]);
    const tree = await clone.writeTree(base, [edit('a', objectId('blob', '1\n'), await clone.writeBlob('2\n'))]);
    const commit = await clone.commitTree({ tree, parent: base, message: 'm', date: 1, author: BOT, committer: BOT });
    const tag = await clone.writeTag({ name: 'm#champion#1', commit: base, message: 'm', date: 1, tagger: BOT });
    return { remote, base, clone, commit, tag };
  }

  function refuse(remote: TestRemote, hook: string, script: string): void {
    writeFileSync(join(remote.path, 'hooks', hook), `#!/bin/sh\n${script}\n`);
    chmodSync(join(remote.path, 'hooks', hook), 0o755);
  }

  it('moves branch and tag together, and doing it again is no error', async () => {
    const { remote, base, clone, commit, tag } = await prepared();
    const request = { branch: 'main', commit, expectedOld: base, tags: [{ name: 'm#champion#1', oid: tag }] };
    expect(await clone.push('task', request)).toEqual({ result: 'pushed' });
    expect(remote.refs()).toBe(`refs/heads/main ${commit}\nrefs/tags/m#champion#1 ${tag}`);
    expect(await clone.push('task', request)).toEqual({ result: 'pushed' });
    expect(remote.refs()).toBe(`refs/heads/main ${commit}\nrefs/tags/m#champion#1 ${tag}`);
  });

  it('pushes an alias move alone', async () => {
    const { remote, base, clone, tag } = await prepared();
    expect(await clone.push('task', { tags: [{ name: 'm#champion#1', oid: tag }] })).toEqual({ result: 'pushed' });
    expect(remote.refs()).toBe(`refs/heads/main ${base}\nrefs/tags/m#champion#1 ${tag}`);
  });

  it('is stale when the branch moved, and changes neither branch nor tag', async () => {
    const { remote, base, clone, commit, tag } = await prepared();
    const moved = remote.commit([{ path: 'a', content: '3\n' }], { parent: base });
    const tags = [{ name: 'm#champion#1', oid: tag }];
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base, tags })).toMatchObject({
      result: 'stale',
    });
    expect(remote.refs()).toBe(`refs/heads/main ${moved}`);
  });

  it('is stale when the branch was rewound, although the push would be a fast-forward', async () => {
    const remote = new TestRemote();
    const root = remote.commit([{ path: 'a', content: '0\n' }]);
    const base = remote.commit([{ path: 'a', content: '1\n' }], { parent: root });
    const clone = await cloneOf(remote);
    await clone.fetch('task', { branches: ['main'] });
    const tree = await clone.treeOf(root);
    const commit = await clone.commitTree({ tree, parent: base, message: 'm', date: 1, author: BOT, committer: BOT });
    remote.git(['update-ref', 'refs/heads/main', root]);
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base })).toMatchObject({ result: 'stale' });
    expect(remote.refs()).toBe(`refs/heads/main ${root}`);
  });

  it('is stale when the branch is gone, and does not make it', async () => {
    const { remote, base, clone, commit } = await prepared();
    remote.git(['update-ref', '-d', 'refs/heads/main']);
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base })).toMatchObject({ result: 'stale' });
    expect(remote.refs()).toBe('');
  });

  it('gives tag-exists when somebody else made the tag, and does not move the branch', async () => {
    const { remote, base, clone, commit, tag } = await prepared();
    remote.git(['tag', '-a', '-m', 'theirs', 'm#champion#1', base]);
    const before = remote.refs();
    const tags = [{ name: 'm#champion#1', oid: tag }];
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base, tags })).toEqual({
      result: 'tag-exists',
      tag: 'm#champion#1',
    });
    expect(await clone.push('task', { tags })).toEqual({ result: 'tag-exists', tag: 'm#champion#1' });
    expect(remote.refs()).toBe(before);
  });

  it('is stale when somebody is faster while the push runs', async () => {
    const { remote, base, clone, commit } = await prepared();
    const theirs = remote.line('commit-tree', `${base}^{tree}`, '-p', base, '-m', 'theirs');
    refuse(remote, 'pre-receive', `unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main ${theirs}`);
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base })).toEqual({
      result: 'stale',
      detail: `the branch is at ${theirs}`,
    });
    expect(remote.refs()).toBe(`refs/heads/main ${theirs}`);
  });

  it('gives the words of the forge when a hook or protection refuses, and changes nothing', async () => {
    const { remote, base, clone, commit, tag } = await prepared();
    refuse(
      remote,
      'update',
      'test "$1" = refs/heads/main && { echo "GH006: Protected branch update failed" >&2; exit 1; }; exit 0',
    );
    const error = await clone
      .push('task', { branch: 'main', commit, expectedOld: base, tags: [{ name: 'm#champion#1', oid: tag }] })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MLOPS-GIT-005', where: remote.path, retryable: false });
    expect((error as Error).message).toContain('GH006: Protected branch update failed');
    expect(remote.refs()).toBe(`refs/heads/main ${base}`);
  });

  it('refuses a commit whose only parent is not the expected head, before it asks the remote', async () => {
    const { remote, base, clone, commit } = await prepared();
    const tree = await clone.treeOf(base);
    const second = await clone.commitTree({ tree, parent: commit, message: 'm', date: 1, author: BOT, committer: BOT });
    await expect(clone.push('task', { branch: 'main', commit: second, expectedOld: base })).rejects.toMatchObject({
      code: 'MLOPS-INT-001',
    });
    await expect(clone.push('task', { branch: 'main', commit: base, expectedOld: base })).rejects.toMatchObject({
      code: 'MLOPS-INT-001',
    });
    await expect(clone.push('task', { tags: [] })).rejects.toMatchObject({ code: 'MLOPS-INT-001' });
    expect(remote.refs()).toBe(`refs/heads/main ${base}`);
  });

  it('says MLOPS-GIT-001 when the remote is gone', async () => {
    const { remote, base, clone, commit } = await prepared();
    renameSync(remote.path, `${remote.path}.away`);
    await expect(clone.push('task', { branch: 'main', commit, expectedOld: base })).rejects.toMatchObject({
      code: 'MLOPS-GIT-001',
    });
  });
});
