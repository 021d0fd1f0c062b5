import assert from 'node:assert/strict';
import type { BatchControl, FetchedBatch, PartitionTransactions } from '@epee/kafka';
import { createGate, formatWorkMark, type PartitionSend, parseWorkMark } from '@epee/stream';
import { Abandoned } from '@epee/work';
import fc from 'fast-check';
import { SUB_BATCHES_AHEAD } from '../../../../../services/worker/limits.ts';
import { createPartitionWorker } from '../../../../../services/worker/partition/partition-worker.ts';
import type { PartitionDeps } from '../../../../../services/worker/partition/passage.ts';
import { failing, NO_LOG, noMetrics, noWaits, recordAt, silent, still } from '../support.ts';

const NOTES = 'notes';

/** What can happen to a commit: it works; it fails and was not done; it fails although it was done; another producer has taken over, and may have gone on. */
type CommitFault = 'ok' | 'lost-before' | 'lost-after' | 'fenced' | 'overtaken';

/** A partition of the broker: its records, what was written for them, and the group's committed offset. */
class BrokerPartition {
  readonly written: bigint[] = [];
  committed: bigint | null = null;
  readonly records: bigint[];
  readonly faults: CommitFault[];
  opens = 0;
  mark = '';

  constructor(records: number, faults: readonly CommitFault[] = []) {
    this.records = Array.from({ length: records }, (_, at) => BigInt(at));
    this.faults = [...faults];
  }

  /** Another worker writes three records more. */
  goOnElsewhere(): void {
    const from = this.committed ?? 0n;
    const done = this.records.filter((offset) => offset >= from).slice(0, 3);
    this.written.push(...done);
    this.committed = from + BigInt(done.length);
  }

  transactions(): PartitionTransactions {
    return {
      transactionalId: 'id',
      open: async () => {
        this.opens++;
        return this.committed;
      },
      metadata: () => this.mark,
      commit: async (sends, next, mark = '') => {
        const fault = this.faults.shift() ?? 'ok';
        if (fault === 'lost-before') throw failing('KAFKA_OUTCOME_UNKNOWN');
        if (fault === 'overtaken') this.goOnElsewhere();
        if (fault === 'fenced' || fault === 'overtaken') throw failing('KAFKA_FENCED');
        this.written.push(...sends.flatMap(({ records }) => records.map(({ value }) => BigInt(String(value)))));
        this.committed = next;
        this.mark = mark;
        if (fault === 'lost-after') throw failing('KAFKA_OUTCOME_UNKNOWN');
      },
      close: async () => {},
    };
  }
}

const extractValues: PartitionDeps['extract'] = async (batch, { start, end }) => {
  const records = batch.records.slice(start, end).map(({ key, value }) => ({ key, value }));
  const sends: PartitionSend[] = [{ topic: 'results', partition: 0, records }];
  return { sends, prepared: [] };
};

function workerOn(broker: BrokerPartition, over: Partial<PartitionDeps> = {}) {
  return createPartitionWorker({
    transactions: broker.transactions(),
    extract: extractValues,
    gate: createGate(4),
    owner: 'me',
    maxCrashes: 3,
    surroundings: still,
    metrics: noMetrics,
    log: silent,
    progress() {},
    waits: noWaits,
    abandon: new AbortController().signal,
    draining: () => false,
    ...over,
  });
}

const batchOf = (broker: BrokerPartition, from: bigint, size: number, epoch: number): FetchedBatch => {
  const records = broker.records
    .filter((offset) => offset >= from)
    .slice(0, size)
    .map((offset) => recordAt(offset));
  const last = records.at(-1)!.offset;
  const highWatermark = BigInt(broker.records.length);
  return { topic: NOTES, partition: 0, epoch, fetchedFrom: from, records, lastOffset: last, highWatermark, lastEpoch: null, log: NO_LOG };
};

class Rebalance extends Error {
  override name = 'KafkaJSProtocolError';
  type = 'REBALANCE_IN_PROGRESS';
}

/** A consumer that fetches from where the handler left it, as the library does; a new epoch begins at the committed offset, or at a stale one. */
class Driver {
  position = 0n;
  epoch = 1;
  beatsUntilRebalance: number[];
  constructor(rebalances: readonly number[] = []) {
    this.beatsUntilRebalance = [...rebalances];
  }

  control(): BatchControl & { moved: boolean } {
    const driver = this;
    return {
      moved: false,
      async heartbeat() {
        const left = driver.beatsUntilRebalance[0];
        if (left === undefined) return;
        if (left === 0) {
          driver.beatsUntilRebalance.shift();
          throw new Rebalance();
        }
        driver.beatsUntilRebalance[0] = left - 1;
      },
      resolve: (next) => {
        driver.position = next;
      },
      seek(offset) {
        this.moved = true;
        driver.position = offset;
      },
      commit: async () => {},
      pause: () => {},
      active() {
        return !this.moved;
      },
    };
  }
}

describe('partition worker', () => {
  it('writes each record once, in order, whatever fails, is fenced or rebalances', async () => {
    const faults = fc.array(fc.constantFrom<CommitFault>('ok', 'lost-before', 'lost-after', 'fenced', 'overtaken'), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 150 }),
        faults.filter((list) => !/((fenced|overtaken),?){3}/.test(list.join())),
        fc.array(fc.nat({ max: 8 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.nat({ max: 150 }), { maxLength: 10 }),
        fc.array(fc.boolean(), { maxLength: 6 }),
        async (count, commitFaults, rebalances, fetchSize, staleStarts, connectionLosses) => {
          const broker = new BrokerPartition(count, commitFaults);
          const worker = workerOn(broker);
          const driver = new Driver(rebalances);
          for (let round = 0; broker.committed !== BigInt(count); round++) {
            assert.ok(round < 500, 'makes progress');
            const from = driver.position >= BigInt(count) ? (broker.committed ?? 0n) : driver.position;
            try {
              await worker.onBatch(batchOf(broker, from, fetchSize, driver.epoch), driver.control());
            } catch (error) {
              assert.ok(error instanceof Rebalance, String(error));
              // After a lost connection the library fetches again from where it was, without a new assignment.
              if (connectionLosses.shift()) continue;
              driver.epoch++;
              // The offset that a member reads when it joins may be older than a transaction which is still being ended.
              const stale = BigInt(staleStarts.shift() ?? 0);
              const committed = broker.committed ?? 0n;
              driver.position = committed > stale ? committed - stale : 0n;
            }
          }
          assert.deepEqual(broker.written, broker.records);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shuts out the former owner before anything else of a new assignment, and goes on at the committed offset', async () => {
    const broker = new BrokerPartition(10);
    broker.committed = 6n;
    const driver = new Driver();
    const worker = workerOn(broker);
    await worker.onBatch(batchOf(broker, 2n, 10, 1), driver.control());
    assert.equal(broker.opens, 1);
    assert.deepEqual(broker.written, [], 'nothing is done twice');
    assert.equal(driver.position, 6n);
    await worker.onBatch(batchOf(broker, 6n, 10, 1), driver.control());
    assert.deepEqual(broker.written, [6n, 7n, 8n, 9n]);
    assert.equal(broker.opens, 1, 'once an assignment');
    await worker.onBatch({ ...batchOf(broker, 9n, 1, 2), fetchedFrom: 10n }, driver.control());
    assert.equal(broker.opens, 2, 'again after a rebalance');
  });

  it('commits one past the last offset of the fetch, markers included', async () => {
    const broker = new BrokerPartition(5);
    await workerOn(broker).onBatch({ ...batchOf(broker, 0n, 5, 1), lastOffset: 7n }, new Driver().control());
    assert.equal(broker.committed, 8n);
  });

  it('extracts the next sub-batches while one is committed, but no more than its share', async () => {
    const broker = new BrokerPartition(200);
    let begun = 0;
    const ahead: number[] = [];
    const transactions = broker.transactions();
    let commits = 0;
    const worker = workerOn(broker, {
      gate: {
        ...createGate(4),
        run: (work) => {
          begun++;
          return work();
        },
      },
      transactions: {
        ...transactions,
        commit: (sends, next, mark) => {
          if (sends.length > 0) {
            commits++;
            ahead.push(begun - commits);
          }
          return transactions.commit(sends, next, mark);
        },
      },
    });
    await worker.onBatch(batchOf(broker, 0n, 200, 1), new Driver().control());
    assert.equal(Math.max(...ahead), SUB_BATCHES_AHEAD);
    assert.ok(ahead[0]! > 0);
  });

  it('stops after the sub-batch in flight when the worker drains', async () => {
    const broker = new BrokerPartition(200);
    let draining = false;
    const transactions = broker.transactions();
    const worker = workerOn(broker, {
      draining: () => draining,
      transactions: {
        ...transactions,
        commit: async (sends, next, mark) => {
          draining = sends.length > 0;
          await transactions.commit(sends, next, mark);
        },
      },
    });
    await worker.onBatch(batchOf(broker, 0n, 200, 1), new Driver().control());
    assert.ok(broker.written.length > 0 && broker.written.length < 200);
    assert.equal(broker.committed, BigInt(broker.written.length));
  });

  it('commits nothing of work that it gave up', async () => {
    const broker = new BrokerPartition(5);
    const abandon = new AbortController();
    const worker = workerOn(broker, {
      abandon: abandon.signal,
      extract: (_batch, _range, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Abandoned()));
          setImmediate(() => abandon.abort());
        }),
    });
    await worker.onBatch(batchOf(broker, 0n, 5, 1), new Driver().control());
    assert.deepEqual([broker.written, broker.committed], [[], 0n]);
  });

  it('ends when another producer keeps taking over a partition that the group says is ours', async () => {
    const broker = new BrokerPartition(5, ['fenced', 'fenced', 'fenced', 'fenced']);
    await assert.rejects(workerOn(broker).onBatch(batchOf(broker, 0n, 5, 1), new Driver().control()), { code: 'KAFKA_FENCED' });
    assert.deepEqual(broker.written, []);
  });

  it('asks the group whether it still owns the partition before it shuts out whoever took over', async () => {
    const broker = new BrokerPartition(5, ['fenced']);
    const control = new Driver().control();
    let isFenced = false;
    const transactions = broker.transactions();
    const worker = workerOn(broker, {
      transactions: {
        ...transactions,
        commit: (sends, next, mark) => {
          isFenced = true;
          return transactions.commit(sends, next, mark);
        },
      },
    });
    const heartbeat = async () => {
      if (isFenced) throw new Rebalance();
    };
    await assert.rejects(worker.onBatch(batchOf(broker, 0n, 5, 1), { ...control, heartbeat }), Rebalance);
    assert.equal(broker.opens, 1, 'the new owner is left alone');
  });

  it('ends with a clear error when a topic refuses the size of a record, instead of trying for ever', async () => {
    const broker = new BrokerPartition(5);
    const worker = workerOn(broker, {
      transactions: {
        ...broker.transactions(),
        commit: async () => {
          throw failing('KAFKA_OUTCOME_UNKNOWN', { reason: 'MESSAGE_TOO_LARGE' });
        },
      },
    });
    await assert.rejects(worker.onBatch(batchOf(broker, 0n, 5, 1), new Driver().control()), { code: 'CONFIG_INVALID' });
  });

  it('tries to take over a partition until the brokers answer', async () => {
    const broker = new BrokerPartition(5);
    const transactions = broker.transactions();
    let down = 4;
    const worker = workerOn(broker, {
      transactions: {
        ...transactions,
        open: async () => {
          if (down-- > 0) throw failing('KAFKA_UNREACHABLE');
          return transactions.open();
        },
      },
    });
    await worker.onBatch(batchOf(broker, 0n, 5, 1), new Driver().control());
    assert.equal(broker.written.length, 5);
  });

  it('isolates the records that end the process, after the configured number of crashes, and writes their neighbours once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 120 }),
        fc.uniqueArray(fc.nat({ max: 119 }), { maxLength: 3 }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 150 }),
        async (count, killers, maxCrashes, fetchSize) => {
          const broker = new BrokerPartition(count);
          const deadly = new Set(killers.filter((at) => at < count).map(BigInt));
          const condemned: bigint[] = [];
          let crashes = 0;
          for (let life = 0; broker.committed !== BigInt(count); life++) {
            assert.ok(life <= deadly.size * (maxCrashes + 2), 'dies no more often than it must');
            const { died, ...body } = mortal(broker, deadly, condemned);
            const worker = workerOn(broker, { ...body, owner: `process-${life}`, maxCrashes });
            const driver = new Driver();
            driver.position = broker.committed ?? 0n;
            const live = async () => {
              while (driver.position < BigInt(count) && !body.abandon.aborted)
                await worker.onBatch(batchOf(broker, driver.position, fetchSize, 1), driver.control());
              return 'done';
            };
            if ((await Promise.race([live(), died])) === 'died') crashes++;
          }
          assert.deepEqual(broker.written, broker.records);
          assert.deepEqual(condemned, [...deadly].sort(compare));
          assert.ok(crashes >= deadly.size * maxCrashes);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('begins nothing before its mark is on the broker, also where the offset alone does not tell', async () => {
    const broker = new BrokerPartition(5, ['lost-before']);
    broker.committed = 0n;
    const marks: (string | undefined)[] = [];
    const extract: PartitionDeps['extract'] = (...args) => {
      marks.push(parseWorkMark(broker.mark)?.owner);
      return extractValues(...args);
    };
    await workerOn(broker, { extract }).onBatch(batchOf(broker, 0n, 5, 1), new Driver().control());
    assert.deepEqual(marks, ['me']);
  });

  it('takes a partition over anew after somebody else has moved it', async () => {
    const broker = new BrokerPartition(20, ['ok', 'overtaken']);
    const driver = new Driver();
    const worker = workerOn(broker);
    await worker.onBatch(batchOf(broker, 0n, 10, 1), driver.control());
    assert.deepEqual([broker.opens, driver.position], [2, 3n]);
    await worker.onBatch(batchOf(broker, 3n, 17, 1), driver.control());
    assert.deepEqual([broker.opens, broker.written], [3, broker.records]);
  });

  it('goes back to the committed offset where the first fetch of an assignment begins behind it', async () => {
    const broker = new BrokerPartition(10);
    broker.committed = 2n;
    const driver = new Driver();
    await workerOn(broker).onBatch(batchOf(broker, 5n, 5, 1), driver.control());
    assert.deepEqual([driver.position, broker.written], [2n, []]);
  });

  it('says that nothing is in flight once it has worked alone on the last suspect', async () => {
    const broker = new BrokerPartition(2);
    broker.committed = 0n;
    broker.mark = formatWorkMark({ isOpen: true, owner: 'dead', inFlight: 1, suspects: 1, crashes: 0 });
    const marks: (boolean | undefined)[] = [];
    const transactions = broker.transactions();
    const worker = workerOn(broker, {
      transactions: {
        ...transactions,
        commit: async (sends, next, mark = '') => {
          await transactions.commit(sends, next, mark);
          marks.push(parseWorkMark(mark)?.isOpen);
        },
      },
    });
    await worker.onBatch(batchOf(broker, 0n, 2, 1), new Driver().control());
    assert.deepEqual(marks, [true, false, true, true], 'begins, ends alone, begins, continues');
  });

  it('takes no handover for a crash: after a stop or a rebalance nothing is suspected', async () => {
    const broker = new BrokerPartition(100);
    const worker = workerOn(broker, { owner: 'first' });
    await worker.onBatch(batchOf(broker, 0n, 40, 1), new Driver().control());
    assert.equal(parseWorkMark(broker.mark)?.isOpen, true);
    await worker.release();
    assert.equal(parseWorkMark(broker.mark)?.isOpen, false);
    const interrupt = async () => {
      throw new Rebalance();
    };
    const rebalanced = workerOn(broker, { owner: 'second', extract: interrupt });
    await assert.rejects(rebalanced.onBatch(batchOf(broker, 40n, 60, 1), new Driver().control()), Rebalance);
    assert.equal(parseWorkMark(broker.mark)?.isOpen, false);
    const third = workerOn(broker, { owner: 'third' });
    await third.onBatch(batchOf(broker, broker.committed!, 100, 1), new Driver().control());
    assert.equal(parseWorkMark(broker.mark)?.suspects, 0);
    await third.close();
    assert.equal(parseWorkMark(broker.mark)?.isOpen, false);
    assert.deepEqual(broker.written, broker.records);
  });
});

const compare = (a: bigint, b: bigint) => (a < b ? -1 : 1);

/** A process that dies, never to be heard of again, once it works on one of the `deadly` records that nobody has condemned. */
function mortal(broker: BrokerPartition, deadly: ReadonlySet<bigint>, condemned: bigint[]) {
  const death = new AbortController();
  const died = new Promise<'died'>((resolve) => death.signal.addEventListener('abort', () => resolve('died')));
  const transactions = broker.transactions();
  const extract: PartitionDeps['extract'] = async (batch, range, abandon) => {
    for (const { offset, failure } of batch.records.slice(range.start, range.end)) {
      if (!deadly.has(offset)) continue;
      if (failure === undefined) {
        death.abort();
        return new Promise(() => {});
      }
      assert.equal(failure.code, 'RECORD_CRASHES_WORKER');
      condemned.push(offset);
    }
    return extractValues(batch, range, abandon);
  };
  return {
    died,
    extract,
    abandon: death.signal,
    transactions: {
      ...transactions,
      commit: async (...args: Parameters<PartitionTransactions['commit']>) => {
        if (death.signal.aborted) throw failing('KAFKA_OUTCOME_UNKNOWN');
        await transactions.commit(...args);
      },
    },
  };
}
