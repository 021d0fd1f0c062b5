import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchEntry, type BatchStore, type ChunkOutcome, createBatchStore } from '@epee/redis';
import { type LocalRedis, startRedis } from '../../deploy/local/index.ts';

describe('batch imports in Redis', () => {
  let dir: string;
  let redis: LocalRedis;
  let store: BatchStore;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'epee-redis-'));
    redis = await startRedis({ dir, removeDir: dir });
    store = await createBatchStore({ url: redis.url, password: null });
  });

  after(async () => {
    store?.close();
    await redis?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const create = async (id: string, createdAtMs = 1) => {
    const csv = { delimiter: ',', columns: {} };
    await store.create({
      id,
      createdAtMs,
      paths: ['/x'],
      policy: null,
      source: 's',
      version: '1',
      notesPerSecond: null,
      chunkRows: 5,
      csv,
    });
    return { id, run: 1, chunk: 0, owner: 'a' };
  };
  const outcome = (more: Partial<ChunkOutcome> = {}): ChunkOutcome => ({ notes: 3, problems: [], position: null, last: false, ...more });
  const problem = { where: 'f:1', code: 'FILE_INVALID', message: 'f:1: bad' };
  const entry = (offset: bigint, job: string, code: string | null = null, formerCode: string | null = null): BatchEntry => ({
    offset,
    job,
    code,
    formerCode,
    rows: 1,
    layersRun: 2,
    layersFull: 12,
  });

  it('lets one owner at a time work on the next chunk of a running import', async () => {
    const claim = await create('claims');
    assert.equal((await store.claim(claim))?.owner, null);
    assert.equal((await store.claim({ ...claim, owner: 'b' }))?.owner, 'a');
    assert.equal(await store.intend(claim, outcome()), false, 'the other has claimed it since');
    assert.equal(await store.intend({ ...claim, owner: 'b' }, outcome()), true);
    assert.deepEqual((await store.get('claims'))?.intent, { chunk: 0, ...outcome() });
    for (const other of [{ run: 2 }, { chunk: 1 }, { id: 'none' }]) assert.equal(await store.claim({ ...claim, ...other }), null);
  });

  it('counts a chunk once, keeps its bad rows, and ends the import when its last note is finished', async () => {
    const claim = await create('chunks');
    assert.equal(await store.advance(claim, outcome({ problems: [problem] }), 10), true);
    assert.equal(await store.advance(claim, outcome({ problems: [problem] }), 10), false);
    assert.equal(await store.advance({ ...claim, chunk: 1 }, outcome({ notes: 1, last: true }), 20), true);
    const job = (await store.get('chunks'))!;
    assert.deepEqual([job.state, job.nextChunk, job.sent, job.unreadable, job.sentAtMs], ['extracting', 2, 4, 1, 20]);
    assert.deepEqual(await store.problems('chunks'), [problem]);
    const entries = [0n, 1n, 2n].map((offset) => entry(offset, 'chunks'));
    await store.count({ topic: 'r', partition: 0, entries, through: 2n, nowMs: 30 });
    assert.equal((await store.get('chunks'))?.state, 'extracting');
    await store.count({ topic: 'd', partition: 0, entries: [entry(0n, 'chunks', 'TEXT_EMPTY')], through: 0n, nowMs: 40 });
    const done = (await store.get('chunks'))!;
    assert.deepEqual([done.state, done.finishedAtMs, done.extracted, done.deadLetters, done.layersRun], ['done', 40, 3, 1, 6]);
    assert.deepEqual(done.deadLettersByCode, { TEXT_EMPTY: 1 });
  });

  it('counts notes, not dead letters: one that was sent back counts by what became of it last', async () => {
    const claim = await create('retried');
    await store.advance(claim, outcome({ notes: 3, last: true }), 10);
    const count = (topic: string, ...entries: BatchEntry[]) =>
      store.count({ topic, partition: 7, entries, through: entries.at(-1)!.offset, nowMs: 20 });
    await count('dead', entry(0n, 'retried', 'TEXT_EMPTY'), entry(1n, 'retried', 'AVRO_INVALID', 'TEXT_EMPTY'));
    const twice = (await store.get('retried'))!;
    assert.deepEqual([twice.state, twice.deadLetters, twice.deadLettersByCode], ['extracting', 1, { AVRO_INVALID: 1 }]);
    await count('good', entry(0n, 'retried', null, 'AVRO_INVALID'), entry(1n, 'retried'), entry(2n, 'retried'));
    const done = (await store.get('retried'))!;
    assert.deepEqual([done.state, done.extracted, done.deadLetters, done.deadLettersByCode], ['done', 3, 0, {}]);
  });

  it('is done at once where nothing could be read', async () => {
    const claim = await create('nothing');
    await store.advance(claim, outcome({ notes: 0, problems: [problem], last: true }), 5);
    assert.equal((await store.get('nothing'))?.state, 'done');
  });

  it('counts each record once, however batches overlap, and passes over imports that it does not know', async () => {
    await create('counts');
    const at = (from: bigint, to: bigint) => {
      const entries: BatchEntry[] = [];
      for (let offset = from; offset <= to; offset++) entries.push(entry(offset, offset % 2n === 0n ? 'counts' : 'unknown'));
      return store.count({ topic: 'big', partition: 1, entries, through: to, nowMs: 1 });
    };
    const base = 2n ** 53n;
    await at(base, base + 9n);
    await at(base, base + 9n);
    await at(base + 4n, base + 13n);
    await at(base + 2n, base + 5n);
    assert.equal((await store.get('counts'))?.extracted, 7);
    assert.equal(await store.counted('big', 1), base + 13n);
    assert.equal(await store.get('unknown'), null);
    await store.forgetCounted('big', 1);
    assert.equal(await store.counted('big', 1), null);
  });

  it('moves only from the states that are named, and begins a new run with a resume', async () => {
    await create('moves');
    assert.deepEqual(await store.move('moves', ['importing'], 'paused', 5), { moved: true, state: 'importing' });
    assert.deepEqual(await store.move('moves', ['importing'], 'paused', 5), { moved: false, state: 'paused' });
    assert.equal(await store.claim({ id: 'moves', run: 1, chunk: 0, owner: 'a' }), null, 'a paused import has no next chunk');
    await store.move('moves', ['paused'], 'importing', 5);
    assert.equal((await store.get('moves'))?.run, 2);
    await store.fail('moves', { code: 'INTERNAL', message: 'x', hint: null }, 6);
    assert.deepEqual([(await store.get('moves'))?.state, (await store.get('moves'))?.failure?.code], ['failed', 'INTERNAL']);
    await store.move('moves', ['failed'], 'importing', 7);
    assert.equal((await store.get('moves'))?.failure, null);
    assert.deepEqual(await store.move('none', ['importing'], 'paused', 5), { moved: false, state: null });
  });

  it('stays cancelled though the chunk in hand was the last', async () => {
    const claim = await create('cancels');
    await store.move('cancels', ['importing'], 'cancelled', 5);
    await store.advance(claim, outcome({ last: true }), 6);
    assert.deepEqual([(await store.get('cancels'))?.state, (await store.get('cancels'))?.sent], ['cancelled', 3]);
  });

  it('forgets the oldest that have ended when there are too many, and none that has not', async () => {
    await create('running', 100);
    await create('ended', 101);
    await store.move('ended', ['importing'], 'cancelled', 5);
    for (let at = 0; at < 1000; at++) await create(`many-${at}`, 1000 + at);
    assert.notEqual(await store.get('running'), null);
    assert.equal(await store.get('ended'), null);
    assert.deepEqual(
      (await store.list(2)).map(({ id }) => id),
      ['many-999', 'many-998'],
    );
    assert.ok((await store.states()).some(({ id, state }) => id === 'running' && state === 'importing'));
  });
});
