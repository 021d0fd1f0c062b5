import assert from 'node:assert/strict';
import type { BatchControl, FetchedBatch, FetchedLog } from '@epee/kafka';
import type { BatchCount } from '@epee/redis';
import { BATCH_HEADER, DEAD_LETTER_HEADERS, type FetchedRecord } from '@epee/stream';
import { createLogger, createMetrics } from '@epee/telemetry';
import { entryOf } from '../../../../../services/jobs/counting/entry.ts';
import { createTracker } from '../../../../../services/jobs/counting/tracker.ts';
import { createJobsMetrics } from '../../../../../services/jobs/jobs-metrics.ts';
import { sampleResult } from '../../cli/support.ts';
import { failing, NO_LOG } from '../../worker/support.ts';

const topics = { results: 'results', deadLetters: 'letters', batchNotes: 'batch' };
const codec = { decodeResult: async () => sampleResult() };

const record = (offset: bigint, headers: Record<string, string> = {}): FetchedRecord => ({
  offset,
  key: null,
  value: Buffer.from('x'),
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)])),
  timestampMs: 0,
});
const own = { [BATCH_HEADER]: 'batch-1' };
const letter = (origin: string, code: string) => ({ ...own, [DEAD_LETTER_HEADERS.originTopic]: origin, [DEAD_LETTER_HEADERS.code]: code });

const logOf = (id: string, start = 0n): FetchedLog => ({ ...NO_LOG, id, start });

const batchOf = (records: readonly FetchedRecord[], more: Partial<FetchedBatch> = {}): FetchedBatch => ({
  topic: 'results',
  partition: 2,
  epoch: 1,
  fetchedFrom: records[0]!.offset,
  records,
  lastOffset: records.at(-1)!.offset + 1n,
  highWatermark: 1000n,
  lastEpoch: null,
  log: NO_LOG,
  ...more,
});

/** A tracker on a Redis that answers as told. */
function scene({ stored = null as bigint | null, failures = 0, log = null as string | null } = {}) {
  const counts: BatchCount[] = [];
  const calls: string[] = [];
  const fail = () => {
    if (failures > 0 && failures--) throw failing('REDIS_UNREACHABLE');
  };
  const tracker = createTracker({
    codec,
    topics,
    log: createLogger({ service: 'jobs', level: 'silent' }),
    metrics: createJobsMetrics(createMetrics()),
    surroundings: { nowMs: () => 7, monotonicMs: () => 0, random: () => 0, sleep: async () => void calls.push('sleep') },
    store: {
      counted: async () => stored,
      forgetCounted: async () => void calls.push('forget'),
      async enterLog(_topic, _partition, id) {
        const isOther = log !== null && log !== id;
        log = id;
        if (isOther) stored = null;
        return isOther;
      },
      async count(batch) {
        fail();
        if ((batch.log ?? null) !== null && batch.log !== log) return false;
        counts.push(batch);
        stored = batch.through;
        return true;
      },
    },
  });
  const control: BatchControl = {
    heartbeat: async () => void calls.push('heartbeat'),
    resolve: (next) => void calls.push(`resolve ${next}`),
    seek: (offset) => void calls.push(`seek ${offset}`),
    commit: async (next) => void calls.push(`commit ${next}`),
    pause: () => void calls.push('pause'),
    active: () => true,
  };
  return {
    counts,
    calls,
    onBatch: (batch: FetchedBatch) => tracker.onBatch(batch, control),
    onOutOfRange: (position: bigint, of: FetchedLog) =>
      tracker.onOutOfRange({ topic: 'results', partition: 2, epoch: 1, position, log: of }, control),
    startOther: (id: string) => {
      log = id;
    },
  };
}

describe('counting the results of imports', () => {
  it('counts results with their layers, and dead letters of batch notes by code; what belongs to no import counts nothing', async () => {
    const entry = (topic: string, headers: Record<string, string>) => entryOf(topic, record(5n, headers), { codec, topics });
    const nothing = { rows: 0, layersRun: 0, layersFull: 0 };
    assert.deepEqual(await entry('results', own), {
      offset: 5n,
      job: 'batch-1',
      code: null,
      formerCode: null,
      rows: 4,
      layersRun: 12,
      layersFull: 48,
    });
    assert.deepEqual(await entry('letters', letter('batch', 'TEXT_EMPTY')), {
      offset: 5n,
      job: 'batch-1',
      code: 'TEXT_EMPTY',
      formerCode: null,
      ...nothing,
    });
    assert.deepEqual((await entry('letters', letter('batch', 'no code at all')))?.code, 'UNKNOWN');
    const retried = { 'epee-history': 'TEXT_EMPTY@5,AVRO_INVALID@9' };
    assert.equal((await entry('results', { ...own, ...retried }))?.formerCode, 'AVRO_INVALID');
    assert.equal((await entry('letters', { ...letter('batch', 'TEXT_EMPTY'), ...retried }))?.formerCode, 'AVRO_INVALID');
    for (const [topic, headers] of [
      ['results', {}],
      ['results', { [BATCH_HEADER]: 'Not An Id' }],
      ['letters', letter('results', 'AVRO_INVALID')],
    ] as const)
      assert.equal(await entry(topic, headers), null);
  });

  it('counts a result that it cannot read', async () => {
    const broken = { decodeResult: async () => Promise.reject(failing('AVRO_INVALID')) };
    assert.equal((await entryOf('results', record(1n, own), { codec: broken, topics }))?.layersRun, 0);
    const away = { decodeResult: async () => Promise.reject(failing('SCHEMA_REGISTRY_UNREACHABLE')) };
    await assert.rejects(entryOf('results', record(1n, own), { codec: away, topics }), { code: 'SCHEMA_REGISTRY_UNREACHABLE' });
  });

  it('commits after Redis has counted, through the last offset of the batch', async () => {
    const { counts, calls, onBatch } = scene();
    await onBatch(batchOf([record(3n, own), record(4n), record(6n, own)]));
    assert.deepEqual(
      counts.map(({ topic, partition, through, entries }) => [topic, partition, through, entries.length]),
      [['results', 2, 7n, 2]],
    );
    assert.deepEqual(calls, ['commit 8', 'resolve 8', 'heartbeat']);
  });

  it('goes back where Redis stands before the group, and not where it stands behind', async () => {
    const back = scene({ stored: 10n });
    await back.onBatch(batchOf([record(50n, own)]));
    assert.deepEqual([back.calls, back.counts], [['seek 11'], []]);
    const ahead = scene({ stored: 60n });
    await ahead.onBatch(batchOf([record(50n, own)]));
    assert.equal(ahead.counts.length, 1, 'the script itself passes over what was counted');
  });

  it('forgets an offset beyond the end: the topic was made anew', async () => {
    const { calls, counts, onBatch } = scene({ stored: 5000n });
    await onBatch(batchOf([record(0n, own)]));
    assert.equal(calls[0], 'forget');
    assert.equal(counts.length, 1);
  });

  it('counts a topic that was made anew from its start, though the stored offset is in the new log', async () => {
    const { calls, counts, onBatch } = scene({ stored: 10n, log: 'aa' });
    await onBatch(batchOf([record(11n, own)], { log: logOf('bb') }));
    assert.deepEqual([calls, counts], [['seek 0'], []]);
    await onBatch(batchOf([record(0n, own)], { log: logOf('bb') }));
    assert.equal(counts.length, 1);
  });

  it('counts nothing of a log in place of which another process counts another one', async () => {
    const { calls, counts, onBatch, startOther } = scene();
    await onBatch(batchOf([record(0n, own)], { log: logOf('aa') }));
    startOther('bb');
    await onBatch(batchOf([record(2n, own)], { log: logOf('aa') }));
    assert.equal(counts.length, 1);
    assert.equal(calls.at(-1), 'seek 2');
  });

  it('goes on behind results that were gone before they were counted, and reports them once', async () => {
    const { counts, onBatch, onOutOfRange } = scene({ stored: 4n, log: 'aa' });
    const cut = logOf('aa', 12n);
    assert.equal(await onOutOfRange(5n, cut), 12n);
    assert.deepEqual(
      counts.map(({ entries, through }) => [entries.length, through]),
      [[0, 11n]],
    );
    assert.equal(await onOutOfRange(5n, cut), 12n);
    assert.equal(counts.length, 1);
    await onBatch(batchOf([record(12n, own)], { log: cut }));
    assert.equal(counts.length, 2);
  });

  it('waits for a Redis that is away, and tells the group meanwhile that it lives', async () => {
    const { calls, counts, onBatch } = scene({ failures: 3 });
    await onBatch(batchOf([record(0n, own)]));
    assert.equal(counts.length, 1);
    assert.ok(calls.filter((call) => call === 'heartbeat').length > 3);
    assert.ok(calls.indexOf('commit 2') > calls.lastIndexOf('sleep'));
  });
});
