import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { resultToJson } from '@epee/records';
import { createProjectionStore, hashedId, type ProjectionEntry, type ProjectionStore, patientKey, STREAM_KEY } from '@epee/redis';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { resultOf } from '../support/records.ts';

const url = process.env.EPEE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

const entry = (over: Partial<ProjectionEntry> & Pick<ProjectionEntry, 'offset' | 'documentId' | 'version'>): ProjectionEntry => ({
  patientRef: null,
  processedAtMs: 1_700_000_000_000,
  json: JSON.stringify(resultToJson(resultOf({ documentId: over.documentId, source: `at ${over.offset}` }))),
  ...over,
});

describe('projection store on Redis', () => {
  let store: ProjectionStore;
  let raw: Redis;

  before(async () => {
    store = await createProjectionStore({ url, password: null, streamMaxLength: 1_000_000 });
    raw = new Redis(url);
  });
  after(async () => {
    store.close();
    raw.disconnect();
  });

  const project = async (topic: string, entries: readonly ProjectionEntry[], acknowledged: bigint | null = null) => {
    const outcome = await store.project({ topic, partition: 0, entries, acknowledged, through: entries.at(-1)!.offset });
    assert.equal(outcome.kind, 'moved');
    return outcome.kind === 'moved' ? outcome.entries : [];
  };

  it('ends in the newest version of each document after any duplicates, rewinds and restarts', async () => {
    const log = fc.array(fc.record({ document: fc.nat(3), version: fc.bigInt(-2n, 3n), patient: fc.option(fc.nat(2)) }), {
      minLength: 1,
      maxLength: 12,
    });
    const reads = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 6 });
    const base = fc.constantFrom(0n, 7n, 95n, 9_007_199_254_740_990n, 9_223_372_036_854_775_000n);
    await fc.assert(
      fc.asyncProperty(log, reads, base, async (records, ranges, firstOffset) => {
        const run = randomUUID();
        const topic = `t-${run}`;
        const entries = records.map(({ document, version, patient }, at) =>
          entry({
            offset: firstOffset + BigInt(at),
            documentId: `${run}-${document}`,
            version: version * 3_000_000_000_000_000_001n,
            patientRef: patient === null ? null : `${run}-p${patient}`,
          }),
        );
        for (const [from, count] of ranges) {
          const slice = entries.slice(from, from + count);
          if (slice.length > 0) await project(topic, slice);
        }
        // Whatever came before, a reader always comes to the end of the topic.
        await project(topic, entries);
        await expectNewest(entries, run);
      }),
      { numRuns: 300 },
    );
  }).timeout(120_000);

  async function expectNewest(entries: readonly ProjectionEntry[], run: string): Promise<void> {
    const newest = new Map<string, ProjectionEntry>();
    for (const candidate of entries) {
      const best = newest.get(candidate.documentId);
      if (best === undefined || candidate.version >= best.version) newest.set(candidate.documentId, candidate);
    }
    for (const [documentId, { version, offset }] of newest) {
      const stored = await store.getResult(documentId);
      assert.deepEqual({ version: stored?.version, offset: stored?.offset }, { version, offset });
      assert.deepEqual([stored?.result.documentId, stored?.result.source], [documentId, `at ${offset}`]);
    }
    for (const patient of [0, 1, 2]) {
      const expected = [...newest.values()]
        .filter(({ patientRef }) => patientRef === `${run}-p${patient}`)
        .map(({ documentId }) => documentId);
      const listed = await store.listByPatient(`${run}-p${patient}`);
      assert.deepEqual(listed.map(({ documentId }) => documentId).sort(), expected.sort());
    }
  }

  it('says what became of each record', async () => {
    const topic = `t-${randomUUID()}`;
    const documentId = randomUUID();
    const first = entry({ offset: 3n, documentId, version: 2n });
    assert.deepEqual(await project(topic, [first]), ['written']);
    assert.deepEqual(await project(topic, [first]), ['same']);
    assert.deepEqual(await project(topic, [entry({ offset: 4n, documentId, version: 1n })]), ['stale']);
    assert.deepEqual(await project(topic, [entry({ offset: 2n, documentId, version: 2n })]), ['stale']);
    assert.deepEqual(await project(topic, [entry({ offset: 5n, documentId, version: 2n })]), ['written']);
    assert.deepEqual(await project(topic, [entry({ offset: 1n, documentId, version: 3n })]), ['written']);
  });

  it('tells the stream once about each record, without stale ones and without what the result says', async () => {
    const topic = `t-${randomUUID()}`;
    const documentId = randomUUID();
    const entries = [
      entry({ offset: 0n, documentId, version: 5n, patientRef: 'p' }),
      entry({ offset: 1n, documentId, version: 4n }),
      entry({ offset: 2n, documentId, version: 6n }),
    ];
    await project(topic, entries.slice(0, 2));
    await project(topic, entries);
    const told = (await raw.xrange(STREAM_KEY, '-', '+')).map(([, fields]) => fields).filter((fields) => fields[1] === documentId);
    assert.deepEqual(told, [
      ['documentId', documentId, 'version', '5', 'topicPartition', `${topic}/0`, 'offset', '0'],
      ['documentId', documentId, 'version', '6', 'topicPartition', `${topic}/0`, 'offset', '2'],
    ]);
  });

  it('caps the stream', async () => {
    const small = await createProjectionStore({ url, password: null, streamMaxLength: 10 });
    const topic = `t-${randomUUID()}`;
    const entries = Array.from({ length: 400 }, (_, at) => entry({ offset: BigInt(at), documentId: randomUUID(), version: 1n }));
    await small.project({ topic, partition: 0, entries, acknowledged: null, through: 399n });
    small.close();
    // Redis trims whole nodes of 100 entries.
    assert.ok((await raw.xlen(STREAM_KEY)) <= 210);
  });

  it('keeps the offset of each partition and never moves it back', async () => {
    const topic = `t-${randomUUID()}`;
    const at = { topic, partition: 0 };
    assert.deepEqual(await store.storedOffsets([at]), [null]);
    await project(topic, [entry({ offset: 9_007_199_254_740_993n, documentId: randomUUID(), version: 1n })]);
    await project(topic, [entry({ offset: 9_007_199_254_740_992n, documentId: randomUUID(), version: 1n })]);
    assert.deepEqual(await store.storedOffsets([at, { topic, partition: 1 }]), [9_007_199_254_740_993n, null]);
    await store.resetOffset(at, null);
    assert.deepEqual(await store.storedOffsets([at]), [null]);
  });

  it('notices that Redis lost what it had acknowledged', async () => {
    const topic = `t-${randomUUID()}`;
    const at = { topic, partition: 0 };
    const batch = { ...at, entries: [entry({ offset: 8n, documentId: randomUUID(), version: 1n })], acknowledged: 7n, through: 8n };
    assert.deepEqual(await store.project(batch), { kind: 'lost', stored: null });
    await store.resetOffset(at, 5n);
    assert.deepEqual(await store.project(batch), { kind: 'lost', stored: 5n });
    assert.deepEqual(await store.storedOffsets([at]), [5n]);
    await store.resetOffset(at, 7n);
    assert.deepEqual(await store.project(batch), { kind: 'moved', stored: 8n, entries: ['same'] });
  });

  it('moves a document to the patient whom its newest version names', async () => {
    const topic = `t-${randomUUID()}`;
    const [documentId, before, after] = [randomUUID(), randomUUID(), randomUUID()];
    await project(topic, [entry({ offset: 0n, documentId, version: 1n, patientRef: before })]);
    await project(topic, [entry({ offset: 1n, documentId, version: 2n, patientRef: after, processedAtMs: 5 })]);
    assert.deepEqual(await store.listByPatient(before), []);
    assert.deepEqual(await store.listByPatient(after), [{ documentId, version: 2n, processedAtMs: 5 }]);
    assert.equal(await raw.zcard(patientKey(hashedId(before))), 0);
  });

  it('does not list a document whose index entry is left over from a crash between two steps', async () => {
    const topic = `t-${randomUUID()}`;
    const [documentId, patient, other] = [randomUUID(), randomUUID(), randomUUID()];
    await project(topic, [entry({ offset: 0n, documentId, version: 1n, patientRef: patient })]);
    await raw.zadd(patientKey(hashedId(other)), 1, documentId);
    assert.deepEqual(await store.listByPatient(other), []);
  });

  it('holds no id in a key', async () => {
    const topic = `t-${randomUUID()}`;
    const [documentId, patientRef] = [`MRN-${randomUUID()}`, `PAT-${randomUUID()}`];
    await project(topic, [entry({ offset: 0n, documentId, version: 1n, patientRef })]);
    const keys = await raw.keys('*');
    assert.equal(keys.filter((key) => key.includes(documentId) || key.includes(patientRef)).length, 0);
  });

  it('loads its scripts again after Redis has forgotten them', async () => {
    await raw.script('FLUSH');
    assert.deepEqual(await project(`t-${randomUUID()}`, [entry({ offset: 0n, documentId: randomUUID(), version: 1n })]), ['written']);
  });

  it('counts the documents', async () => {
    const before = await store.count();
    const entries = Array.from({ length: 2500 }, (_, at) => entry({ offset: BigInt(at), documentId: randomUUID(), version: 1n }));
    await project(`t-${randomUUID()}`, entries);
    assert.equal(await store.count(), before + 2500);
  });

  it('answers null for a document that it does not have', async () => {
    assert.equal(await store.getResult(randomUUID()), null);
  });
});
