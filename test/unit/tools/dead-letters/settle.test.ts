import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { PartitionSend } from '@epee/stream';
import { Marks } from '../../../../tools/dead-letters/marks.ts';
import { type FullLetter, openSettler, type SettleDeps } from '../../../../tools/dead-letters/settle.ts';
import { fullLetter } from './letters.ts';

type Fault = 'fenced' | 'lost before' | 'lost after' | 'too large';

/** A cluster in memory with one marks partition. Faults are met by writes in turn. */
function cluster(faults: (Fault | null)[] = []) {
  const written: PartitionSend[] = [];
  let opens = 0;
  const deps = (over: Partial<SettleDeps> = {}): SettleDeps => ({
    settlement: { outcome: 'retried', reason: null, operator: 'ada', run: 'run-1' },
    deadLetters: 'dead',
    marksAt: { topic: 'marks', partition: 0 },
    writer: {
      async open() {
        opens += 1;
      },
      async write(sends) {
        const fault = faults.shift() ?? null;
        if (fault === null || fault === 'lost after') written.push(...sends);
        if (fault === 'fenced') throw new EpeeError('KAFKA_FENCED', 'fenced', { stage: 'publish' });
        if (fault === 'too large')
          throw new EpeeError('KAFKA_OUTCOME_UNKNOWN', 'x', { stage: 'publish', details: { reason: 'MESSAGE_TOO_LARGE' } });
        if (fault !== null) throw new EpeeError('KAFKA_OUTCOME_UNKNOWN', 'lost', { stage: 'publish' });
      },
      async close() {},
    },
    async readMarks() {
      const marks = new Marks('dead');
      for (const { topic, records } of written) {
        if (topic === 'marks') for (const { key, value } of records) marks.add({ key: Buffer.from(key!), value });
      }
      return marks;
    },
    partitions: async (topic) => (topic === 'notes' ? 4 : null),
    recordMaxBytes: async () => 1_000_000,
    nowMs: () => 5,
    random: () => 0,
    sleep: async () => {},
    ...over,
  });
  const sent = () => written.filter(({ topic }) => topic === 'notes').flatMap(({ records }) => records.map(({ key }) => String(key)));
  return { deps, written, sent, opens: () => opens };
}

/** An empty batch in Kafka's record batch format, version 2. */
function storedBatch(): Buffer {
  const batch = Buffer.alloc(61);
  batch.writeInt32BE(49, 8);
  batch.writeInt8(2, 16);
  return batch;
}

const letters = (count: number): FullLetter[] => Array.from({ length: count }, (_, at) => fullLetter(BigInt(at)));

describe('settling dead letters', () => {
  it('sends the bytes back with their attempts, and marks them, together', async () => {
    const { deps, written } = cluster();
    const settler = await openSettler(deps());
    const full = fullLetter(7n, { 'epee-policy': 'careful', 'epee-history': 'AVRO_INVALID@3', 'epee-attempts': '2' });
    const { done } = await settler.settle([full]);
    assert.deepEqual(done, [full.letter]);
    const [back, mark, ...none] = written;
    assert.deepEqual(none, []);
    assert.deepEqual(back, {
      topic: 'notes',
      partition: 2,
      records: [
        {
          key: full.record.key,
          value: full.record.value,
          headers: { 'epee-attempts': '2', 'epee-history': 'AVRO_INVALID@3,ENGINE_WORKER_DIED@1700000000000', 'epee-policy': 'careful' },
        },
      ],
    });
    assert.equal(mark?.records[0]?.key, 'dead/0/7');
    assert.ok(!String(mark?.records[0]?.value).includes('doc-7'));
  });

  it('sends nothing twice, whatever happens to its transactions', async () => {
    const faults: Fault[][] = [
      [],
      ['fenced'],
      ['lost before'],
      ['lost after'],
      ['fenced', 'lost before', 'lost after'],
      ['lost before', 'lost before'],
    ];
    for (const some of faults) {
      const { deps, sent } = cluster([...some]);
      const settler = await openSettler(deps());
      const { done, doneBefore } = await settler.settle(letters(3));
      assert.deepEqual([done.length, doneBefore.length], [3, 0], some.join());
      assert.deepEqual(sent(), ['doc-0', 'doc-1', 'doc-2'], some.join());
      const again = await (
        await openSettler(deps({ settlement: { outcome: 'retried', reason: null, operator: 'bob', run: 'run-2' } }))
      ).settle(letters(3));
      assert.deepEqual([again.done.length, again.doneBefore.length], [0, 3]);
      assert.equal(sent().length, 3);
    }
  });

  it('looks at the marks again after it was shut out', async () => {
    const { deps, sent, opens } = cluster();
    const other = await openSettler(deps({ settlement: { outcome: 'retried', reason: null, operator: 'bob', run: 'run-2' } }));
    const real = deps();
    let shutOut = true;
    const own = await openSettler({
      ...real,
      writer: {
        ...real.writer,
        async write(sends) {
          if (!shutOut) return real.writer.write(sends);
          shutOut = false;
          await other.settle(letters(2));
          throw new EpeeError('KAFKA_FENCED', 'fenced', { stage: 'publish' });
        },
      },
    });
    const { done, doneBefore } = await own.settle(letters(3));
    assert.deepEqual([done.length, doneBefore.length], [1, 2]);
    assert.deepEqual(sent().sort(), ['doc-0', 'doc-1', 'doc-2']);
    assert.equal(opens(), 3);
  });

  it('leaves alone what its topic refuses, and does the others', async () => {
    const { deps } = cluster(['too large', 'too large', null]);
    const settler = await openSettler(deps());
    const { done, refused } = await settler.settle(letters(2));
    assert.deepEqual([done.length, refused.length], [1, 1]);
    assert.match(refused[0]!.reason, /refuses the size of 0:0/);
  });

  it('refuses what its topic cannot take before it is sent', async () => {
    const { deps, sent } = cluster();
    const settler = await openSettler(deps({ recordMaxBytes: async () => 10 }));
    const { refused } = await settler.settle(letters(1));
    assert.match(refused[0]!.reason, /topic notes takes at most 10/);
    assert.equal(sent().length, 0);
  });

  it('gives up where others keep taking over', async () => {
    const busy = await openSettler(cluster(Array(10).fill('fenced')).deps());
    await assert.rejects(busy.settle(letters(2)), { code: 'DEAD_LETTER_BUSY', message: /partition 0; 0:0 to 0:1 stay as they are/ });
  });

  it('refuses letters that cannot go back, and does the others', async () => {
    const { deps, sent } = cluster();
    const settler = await openSettler(deps());
    const bad = [
      fullLetter(1n, { 'epee-origin-topic': 'results' }),
      fullLetter(2n, { 'epee-origin-offset': 'x' }),
      fullLetter(3n, {}, { value: null }),
      fullLetter(6n, { 'epee-code': 'RECORD_TOO_LARGE' }, { key: null, value: storedBatch() }),
    ];
    const { done, refused } = await settler.settle([
      ...bad,
      fullLetter(4n),
      fullLetter(5n, { 'epee-code': 'RECORD_EMPTY' }, { value: null }),
    ]);
    assert.deepEqual(
      refused.map(({ letter }) => letter.offset),
      [1n, 2n, 3n, 6n],
    );
    assert.deepEqual(
      done.map(({ offset }) => offset),
      [4n, 5n],
    );
    assert.deepEqual(sent(), ['doc-4', 'doc-5']);
  });

  it('finds another partition where the former one is gone', async () => {
    const { deps, written } = cluster();
    const settler = await openSettler(deps({ partitions: async () => 2 }));
    await settler.settle([fullLetter(4n)]);
    assert.ok(written[0]!.partition < 2);
  });

  it('discards without sending', async () => {
    const { deps, written, sent } = cluster();
    const settlement = { outcome: 'discarded', reason: 'test data', operator: 'ada', run: 'r' } as const;
    const { done } = await (await openSettler(deps({ settlement }))).settle(letters(250));
    assert.equal(done.length, 250);
    assert.deepEqual(sent(), []);
    assert.equal(written.length, 3, 'at most 100 letters a transaction');
  });
});

describe('marks', () => {
  it('are of their own topic, its present letters, and nothing malformed', () => {
    const marks = new Marks('dead', new Map([[0, 5n]]));
    const value = (over: object = {}) =>
      Buffer.from(
        JSON.stringify({ outcome: 'retried', operator: 'a', timeMs: 1, reason: null, run: 'r', letterMs: 1_700_000_001_000, ...over }),
      );
    const add = (key: string, bytes: Buffer | null) => marks.add({ key: Buffer.from(key), value: bytes });
    add('dead/0/6', value());
    add('other/0/7', value());
    add('dead/0/4', value());
    add('dead/0/8', value({ outcome: 'eaten' }));
    add('dead/0/9', Buffer.from('{'));
    add('dead/0/10', value({ letterMs: 1 }));
    add('dead/0/11', null);
    const done = [4n, 6n, 7n, 8n, 9n, 10n, 11n].filter((offset) => marks.of(fullLetter(offset).letter) !== null);
    assert.deepEqual(done, [6n], 'offset 10 belongs to a letter of a topic that was made anew');
  });
});
