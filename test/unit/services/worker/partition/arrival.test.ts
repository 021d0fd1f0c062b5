import assert from 'node:assert/strict';
import type { BatchControl, FetchedBatch, FetchedLog, PartitionTransactions } from '@epee/kafka';
import { createGate, formatWorkMark, type LogFate, splitLife, withLife } from '@epee/stream';
import { createPartitionWorker } from '../../../../../services/worker/partition/partition-worker.ts';
import { failing, noMetrics, noWaits, recordAt, silent, still } from '../support.ts';

const OLD = 'a'.repeat(32);
const NEW = 'b'.repeat(32);
const MARK = formatWorkMark({ isOpen: false, owner: 'former', inFlight: 96, suspects: 0, crashes: 0 });

/** A log of which the leader of an epoch has records up to an end. */
const logOf = (id: string, over: Partial<FetchedLog> & { readonly ends?: Readonly<Record<number, bigint>> } = {}): FetchedLog => ({
  id,
  start: 0n,
  endOfEpoch: async (epoch) => over.ends?.[epoch] ?? null,
  ...over,
});

const batchOf = (from: bigint, to: bigint, log: FetchedLog, { epoch = 1, leaderEpoch = 0 } = {}): FetchedBatch => {
  const records = Array.from({ length: Number(to - from) }, (_, at) => recordAt(from + BigInt(at), { leaderEpoch }));
  const common = { topic: 'notes', partition: 0, epoch, fetchedFrom: from, records, lastOffset: to - 1n };
  return { ...common, highWatermark: to, lastEpoch: leaderEpoch, log };
};

/** A worker of a partition whose group has committed something, with what it writes, where it moves, and what it says of logs. */
function scene(committed: bigint | null, metadata: string, { fails = 0 } = {}) {
  const state = { committed, metadata, written: [] as bigint[], seeks: [] as bigint[], changes: [] as LogFate[], commits: 0 };
  const transactions: PartitionTransactions = {
    transactionalId: 'id',
    open: async () => state.committed,
    metadata: () => state.metadata,
    async commit(sends, next, mark = '') {
      state.commits++;
      if (fails-- > 0) throw failing('KAFKA_OUTCOME_UNKNOWN');
      state.written.push(...sends.flatMap(({ records }) => records.map(({ value }) => BigInt(String(value)))));
      state.committed = next;
      state.metadata = mark;
    },
    close: async () => {},
  };
  const worker = createPartitionWorker({
    transactions,
    async extract(batch, { start, end }) {
      const records = batch.records.slice(start, end).map(({ key, value }) => ({ key, value }));
      return { sends: [{ topic: 'results', partition: 0, records }], prepared: [] };
    },
    gate: createGate(4),
    owner: 'me',
    maxCrashes: 3,
    surroundings: still,
    metrics: { ...noMetrics, logChanged: (_, fate) => void state.changes.push(fate) },
    log: silent,
    progress() {},
    waits: noWaits,
    abandon: new AbortController().signal,
    draining: () => false,
  });
  const control = (): BatchControl => {
    let moved = false;
    return {
      heartbeat: async () => {},
      resolve() {},
      seek: (offset) => {
        moved = true;
        state.seeks.push(offset);
      },
      commit: async () => {},
      pause() {},
      active: () => !moved,
    };
  };
  const beat = { heartbeat: async () => {} };
  return {
    state,
    worker,
    /** Only markers up to `next`, and time to say so. */
    async passOver(next: bigint, epoch = 1) {
      worker.passed(next);
      await worker.passOver(epoch);
    },
    onBatch: (batch: FetchedBatch) => worker.onBatch(batch, control()),
    onOutOfRange: (position: bigint, log: FetchedLog, epoch = 1) =>
      worker.onOutOfRange({ topic: 'notes', partition: 0, epoch, position, log }, beat),
  };
}

const kinds = (changes: readonly LogFate[]) => changes.map(({ change }) => change);
const offsets = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => BigInt(from + at));

describe('partition worker on a log that is not what it was', () => {
  it('reads a topic that was made anew from its start, though its old offset is in the new log', async () => {
    const { state, onBatch } = scene(5n, withLife(MARK, { id: OLD, epoch: 0 }));
    await onBatch(batchOf(5n, 20n, logOf(NEW)));
    assert.deepEqual([state.written, state.seeks, state.committed], [[], [0n], 0n], 'nothing of the middle is taken');
    await onBatch(batchOf(0n, 20n, logOf(NEW)));
    assert.deepEqual(state.written, offsets(0, 20));
    assert.deepEqual(kinds(state.changes), ['anew'], 'said once');
    assert.deepEqual(splitLife(state.metadata).life, { id: NEW, epoch: 0 });
  });

  it('notices under way, in the same assignment', async () => {
    const { state, onBatch } = scene(null, '');
    await onBatch(batchOf(0n, 5n, logOf(OLD)));
    await onBatch(batchOf(5n, 9n, logOf(NEW)));
    await onBatch(batchOf(0n, 9n, logOf(NEW)));
    assert.deepEqual(state.written, [...offsets(0, 5), ...offsets(0, 9)]);
    assert.deepEqual(kinds(state.changes), ['anew']);
  });

  it('reads it from its start, too, where its offsets went with the former topic', async () => {
    const { state, onBatch } = scene(null, '');
    await onBatch(batchOf(0n, 5n, logOf(OLD)));
    Object.assign(state, { committed: null, metadata: '' });
    await onBatch(batchOf(5n, 9n, logOf(NEW)));
    await onBatch(batchOf(0n, 9n, logOf(NEW)));
    assert.deepEqual(state.written, [...offsets(0, 5), ...offsets(0, 9)]);
    assert.deepEqual(kinds(state.changes), ['anew']);
  });

  it('does nothing twice in the new log where the commit that moves it has an unknown outcome', async () => {
    const { state, onBatch } = scene(5n, withLife(MARK, { id: OLD, epoch: 0 }), { fails: 1 });
    await onBatch(batchOf(5n, 20n, logOf(NEW)));
    assert.equal(state.committed, 0n);
    assert.deepEqual(kinds(state.changes), ['anew']);
  });

  it('counts what was deleted unread, once, and goes on behind it', async () => {
    const { state, onBatch, onOutOfRange } = scene(5n, withLife(MARK, { id: OLD, epoch: 0 }));
    const log = logOf(OLD, { start: 12n, ends: { 0: 20n } });
    assert.equal(await onOutOfRange(5n, log), 12n);
    assert.equal(state.committed, 12n, 'whoever comes next does not count it again');
    await onBatch(batchOf(12n, 20n, log));
    assert.deepEqual(state.written, offsets(12, 20));
    assert.deepEqual(state.changes, [{ change: 'cut', resumeAt: 12n, lost: 7n }]);
  });

  it('does not count markers as lost records', async () => {
    const { state, onBatch } = scene(null, '');
    await onBatch(batchOf(0n, 4n, logOf(OLD)));
    await onBatch(batchOf(7n, 9n, logOf(OLD)));
    assert.deepEqual(state.changes, []);
  });

  it('goes on where a new leader has a shorter log, and does not take what came there since for old', async () => {
    const { state, onBatch } = scene(10n, withLife(MARK, { id: OLD, epoch: 2 }));
    const log = logOf(OLD, { ends: { 2: 8n } });
    await onBatch(batchOf(10n, 15n, log, { leaderEpoch: 3 }));
    await onBatch(batchOf(8n, 15n, log, { leaderEpoch: 3 }));
    assert.deepEqual(state.written, offsets(8, 15));
    assert.deepEqual(kinds(state.changes), ['truncated']);
  });

  it('asks again at each new leader epoch, and goes on where nothing is missing', async () => {
    const { state, onBatch } = scene(null, '');
    const log = logOf(OLD, { ends: { 0: 5n } });
    await onBatch(batchOf(0n, 5n, log));
    await onBatch(batchOf(5n, 9n, log, { leaderEpoch: 1 }));
    assert.deepEqual(state.written, offsets(0, 9));
    assert.deepEqual(state.changes, []);
  });

  it('starts over where the committed offset is beyond the end and nothing tells why', async () => {
    const { state, onOutOfRange } = scene(1000n, '');
    assert.equal(await onOutOfRange(1000n, logOf(OLD)), 0n);
    assert.equal(state.committed, 0n);
    assert.deepEqual(kinds(state.changes), ['beyond']);
  });

  it('resumes at the committed offset where the refused position was another one', async () => {
    const { state, onOutOfRange } = scene(6n, withLife(MARK, { id: OLD, epoch: null }));
    assert.equal(await onOutOfRange(1000n, logOf(OLD)), 6n);
    assert.deepEqual([state.changes, state.commits], [[], 0]);
  });

  it('suspects no record of another log of what ended a process', async () => {
    const open = formatWorkMark({ isOpen: true, owner: 'died', inFlight: 1, suspects: 1, crashes: 7 });
    const { state, onBatch } = scene(5n, withLife(open, { id: OLD, epoch: 0 }));
    await onBatch(batchOf(5n, 8n, logOf(NEW)));
    await onBatch(batchOf(0n, 8n, logOf(NEW)));
    assert.deepEqual(state.written, offsets(0, 8), 'none became a dead letter unread');
  });
});

describe('partition worker behind markers', () => {
  it('says in which log an offset past them is a place', async () => {
    const { state, onBatch, passOver } = scene(null, '');
    await onBatch(batchOf(0n, 5n, logOf(OLD, { ends: { 0: 7n } })));
    await passOver(7n);
    assert.equal(state.committed, 7n);
    assert.deepEqual(splitLife(state.metadata).life, { id: OLD, epoch: 0 });
  });

  it('keeps what its predecessor said of the log, where no batch has come yet', async () => {
    const { state, passOver } = scene(5n, withLife(MARK, { id: OLD, epoch: 2 }));
    await passOver(7n);
    assert.deepEqual([state.committed, splitLife(state.metadata).life], [7n, { id: OLD, epoch: 2 }]);
  });

  it('takes no markers of a later leader for a truncated log', async () => {
    const { state, onBatch, passOver } = scene(null, '');
    const log = logOf(OLD, { ends: { 0: 5n } });
    await onBatch(batchOf(0n, 5n, log));
    await passOver(7n);
    await onBatch(batchOf(7n, 9n, log, { epoch: 2, leaderEpoch: 1 }));
    assert.deepEqual(state.written, [...offsets(0, 5), 7n, 8n]);
    assert.deepEqual(state.changes, []);
  });

  it('does not pass over what a new leader wrote in place of what was read', async () => {
    const { state, onBatch, passOver } = scene(null, '');
    const ends: Record<number, bigint> = { 0: 10n };
    const log = logOf(OLD, { ends });
    await onBatch(batchOf(0n, 10n, log));
    ends[0] = 8n;
    await passOver(12n);
    await onBatch(batchOf(12n, 15n, log, { leaderEpoch: 1 }));
    await onBatch(batchOf(8n, 15n, log, { leaderEpoch: 1 }));
    assert.deepEqual(state.written, [...offsets(0, 10), ...offsets(8, 15)]);
    assert.deepEqual(kinds(state.changes), ['truncated']);
  });

  it('reads a topic that was made anew from its start, also where the new log was met with markers', async () => {
    const { state, onBatch, passOver } = scene(5n, withLife(MARK, { id: OLD, epoch: 0 }));
    await passOver(7n);
    await onBatch(batchOf(7n, 9n, logOf(NEW)));
    await onBatch(batchOf(0n, 9n, logOf(NEW)));
    assert.deepEqual(state.written, offsets(0, 9));
    assert.deepEqual(kinds(state.changes), ['anew']);
  });

  it('forgets markers of a log that is not there any more', async () => {
    const { state, onOutOfRange, onBatch, worker } = scene(5n, withLife(MARK, { id: OLD, epoch: 0 }));
    worker.passed(7n);
    assert.equal(await onOutOfRange(7n, logOf(NEW)), 0n);
    await worker.passOver(1);
    assert.equal(state.committed, 0n);
    await onBatch(batchOf(0n, 6n, logOf(NEW)));
    assert.deepEqual(state.written, offsets(0, 6));
  });
});
