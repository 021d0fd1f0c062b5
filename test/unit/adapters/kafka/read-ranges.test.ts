import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { type ConsumeOptions, type Kafka, readRanges } from '@epee/kafka';
import type { FetchedRecord } from '@epee/stream';
import { NO_LOG } from '../../services/worker/support.ts';

const record = (offset: number): FetchedRecord => ({ offset: BigInt(offset), key: null, value: null, headers: {}, timestampMs: 0 });

/** What the broker answers to a fetch: records and the last offset that it covers, or a fetch of markers alone. */
type Fetch = { readonly partition: number; readonly records: readonly number[]; readonly last: number; readonly epoch?: number };

/**
 * A consumer over partitions whose offsets are all records, but those in `markers`. A fetch covers `size` offsets; one that finds no record is told as skipped, as the
 * client library does it.
 */
function fakeKafka(
  ends: readonly number[],
  { markers = [] as readonly string[], size = 4, failAt = '', start = 0, ids = ['aa'] as readonly string[] } = {},
) {
  const fetched: Fetch[] = [];
  const told: string[] = [];
  const consume = async (options: ConsumeOptions) => {
    let stopped = false;
    const positions = ends.map(() => 0);
    const paused = new Set<number>();
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    async function fetch(partition: number): Promise<void> {
      const from = positions[partition]!;
      const offsets = Array.from({ length: Math.min(size, ends[partition]! - from) }, (_, at) => from + at);
      const log = () => ({ ...NO_LOG, id: ids[Math.min(fetched.length, ids.length - 1)]!, start: BigInt(start) });
      if (from < start || from > ends[partition]!) {
        const refused = { topic: 't', partition, epoch: 1, position: BigInt(from), log: log() };
        positions[partition] = Number(await options.onOutOfRange!(refused, { heartbeat: async () => {} }));
        return;
      }
      if (offsets.length === 0) return;
      const last = offsets.at(-1)!;
      const records = offsets.filter((offset) => !markers.includes(`${partition}:${offset}`));
      fetched.push({ partition, records, last });
      if (records.length === 0) {
        positions[partition] = last + 1;
        options.onSkipped?.({ topic: 't', partition }, BigInt(last) + 1n);
        return;
      }
      await options.onBatch(
        {
          topic: 't',
          partition,
          epoch: 1,
          fetchedFrom: BigInt(from),
          records: records.map(record),
          lastOffset: BigInt(last),
          highWatermark: BigInt(ends[partition]!),
          lastEpoch: null,
          log: log(),
        },
        {
          heartbeat: async () => {
            if (failAt === 'heartbeat') throw new Error('rebalance');
          },
          resolve: (next) => {
            positions[partition] = Number(next);
          },
          seek: (offset) => {
            told.push(`seek ${partition}:${offset}`);
            positions[partition] = Number(offset);
          },
          commit: async () => assert.fail('nothing is committed'),
          pause: () => {
            told.push(`pause ${partition}`);
            paused.add(partition);
          },
          active: () => !stopped,
        },
      );
    }
    async function run() {
      while (!stopped) {
        for (const partition of ends.keys()) if (!stopped && !paused.has(partition)) await fetch(partition);
        await turn();
      }
    }
    const done = run();
    done.catch(() => undefined);
    return {
      done,
      joined: () => true,
      heartbeatAgeMs: () => 0,
      seek: () => undefined,
      stop: async () => {
        stopped = true;
      },
    };
  };
  return { kafka: { consume } as unknown as Pick<Kafka, 'consume'>, told, fetched };
}

async function read(
  kafka: Pick<Kafka, 'consume'>,
  ranges: readonly (readonly [partition: number, from: number, to: number])[],
  onRecord = (_: string) => {},
) {
  const seen: string[] = [];
  await readRanges(kafka, {
    group: 'g',
    topic: 't',
    ranges: ranges.map(([partition, from, to]) => ({ partition, from: BigInt(from), to: BigInt(to) })),
    onBatch: async ({ partition, records }) => {
      for (const { offset } of records) {
        onRecord(`${partition}:${offset}`);
        seen.push(`${partition}:${offset}`);
      }
    },
  });
  return seen.sort();
}

describe('reading ranges', () => {
  it('hands out each record in them once, and nothing beside them', async () => {
    const { kafka, told } = fakeKafka([20, 9, 5]);
    assert.deepEqual(
      await read(kafka, [
        [0, 7, 12],
        [1, 0, 3],
      ]),
      ['0:10', '0:11', '0:7', '0:8', '0:9', '1:0', '1:1', '1:2'],
    );
    assert.deepEqual(told.slice(0, 2).sort(), ['pause 2', 'seek 0:7']);
  });

  it('reads nothing where there is nothing to read', async () => {
    const kafka = { consume: async () => assert.fail('no consumer is needed') } as unknown as Pick<Kafka, 'consume'>;
    assert.deepEqual(await read(kafka, [[0, 4, 4]]), []);
  });

  for (const [what, markers] of [
    ['ends in markers', ['0:6', '0:7', '0:8', '0:9']],
    ['begins with markers', ['0:0', '0:1', '0:2', '0:3']],
    ['is of markers alone', Array.from({ length: 10 }, (_, at) => `0:${at}`)],
  ] as const) {
    it(`comes to the end of a range that ${what}`, async () => {
      const { kafka } = fakeKafka([10], { markers, size: 2 });
      const all = Array.from({ length: 10 }, (_, at) => `0:${at}`);
      assert.deepEqual(
        await read(kafka, [[0, 0, 10]]),
        all.filter((place) => !(markers as readonly string[]).includes(place)),
      );
    });
  }

  it('goes on past records that are gone', async () => {
    // A broker that has removed offsets 3 to 5 answers a fetch from there with what comes after.
    const { kafka } = fakeKafka([10], { markers: ['0:3', '0:4', '0:5'], size: 3 });
    assert.deepEqual(await read(kafka, [[0, 2, 8]]), ['0:2', '0:6', '0:7']);
  });

  it('passes over records that are deleted meanwhile, also where the whole range is', async () => {
    assert.deepEqual(await read(fakeKafka([10], { start: 6 }).kafka, [[0, 2, 8]]), ['0:6', '0:7']);
    assert.deepEqual(await read(fakeKafka([10], { start: 10 }).kafka, [[0, 2, 8]]), []);
  });

  it('ends with an error where the topic is made anew, or ends before the range begins', async () => {
    const changed = { code: 'KAFKA_LOG_CHANGED' };
    await assert.rejects(read(fakeKafka([20], { ids: ['aa', 'aa', 'bb'] }).kafka, [[0, 0, 20]]), changed);
    await assert.rejects(read(fakeKafka([5]).kafka, [[0, 7, 9]]), changed);
  });

  it('ends with what a handler throws', async () => {
    const { kafka } = fakeKafka([10]);
    const failing = (place: string) => {
      if (place === '0:5') throw new EpeeError('KAFKA_FENCED', 'x', { stage: 'publish' });
    };
    await assert.rejects(read(kafka, [[0, 0, 10]], failing), { code: 'KAFKA_FENCED' });
  });

  it('ends early when it is told to, without an error', async () => {
    const { kafka } = fakeKafka([100], { size: 1 });
    const enough = new AbortController();
    let seen = 0;
    await readRanges(kafka, {
      group: 'g',
      topic: 't',
      ranges: [{ partition: 0, from: 0n, to: 100n }],
      signal: enough.signal,
      onBatch: async () => {
        seen += 1;
        if (seen === 3) enough.abort();
      },
    });
    assert.equal(seen, 3);
  });
});
