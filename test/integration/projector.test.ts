import assert from 'node:assert/strict';
import { type ClinicalNote, emptyResult, resultToJson } from '@epee/records';
import { resultKey } from '@epee/redis';
import { DEAD_LETTER_HEADERS } from '@epee/stream';
import { prettyResult } from '@epee/terminal';
import { createExtractor } from '@epee/text';
import { Redis } from 'ioredis';
import { noteOf } from '../support/records.ts';
import { fakeModel, fakeRun, fakeTokenizer } from '../unit/pure/text/fakes.ts';
import { openProjectorScene, type ProjectorScene } from './projector-support/scene.ts';
import { eventually } from './worker-support/scene.ts';
import { startTestWorker } from './worker-support/start.ts';

describe('projector on Kafka and Redis', () => {
  let scene: ProjectorScene;

  beforeEach(async () => {
    scene = await openProjectorScene();
  });
  afterEach(() => scene.close());

  const ids = (count: number) => Array.from({ length: count }, (_, at) => `doc-${at}`);
  const publish = (count: number, version = 1n) =>
    scene.publishResults(ids(count).map((documentId) => scene.result({ documentId, version })));
  const restartRedis = async () => {
    await scene.redis.restart();
    await until('the test can read Redis again', () =>
      scene.store.count().then(
        () => true,
        () => false,
      ),
    );
  };
  const flush = async () => {
    const raw = new Redis(scene.redis.url);
    await raw.flushall();
    raw.disconnect();
  };
  const until = (what: string, check: () => Promise<boolean>) => eventually(what, async () => ((await check()) ? true : undefined));
  const untilCount = (count: number) => until(`${count} results in Redis`, async () => (await scene.store.count()) === count);
  const projectedToTheEnd = () =>
    until('Redis stores the last offsets', async () => {
      const topic = scene.options.topics.results;
      const ends = await scene.admin.offsets(topic);
      const stored = await scene.store.storedOffsets(ends.map(({ partition }) => ({ topic, partition })));
      return ends.every(({ high }, at) => (stored[at] ?? -1n) + 1n === high);
    });
  const deadLetters = async () => {
    const { deadLetters: topic } = scene.options.topics;
    const sent = (await scene.admin.offsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
    const watcher = await scene.watch([topic]);
    return eventually(`${sent} dead letters`, () => (watcher.records.length >= sent ? watcher.records : undefined));
  };

  it('puts every result into Redis as JSON, listed by patient, and commits what Redis has', async () => {
    await scene.publishResults([
      scene.result({ documentId: 'a', version: 1n, patientRef: 'p', processedAtMs: 10 }),
      scene.result({ documentId: 'b', version: 2n ** 60n, patientRef: 'p', processedAtMs: 20 }),
    ]);
    await scene.start();
    await scene.caughtUp();
    assert.equal((await scene.store.getResult('a'))?.result.documentId, 'a');
    assert.equal((await scene.store.getResult('b'))?.result.version, (2n ** 60n).toString());
    assert.deepEqual(
      (await scene.store.listByPatient('p')).map(({ documentId }) => documentId),
      ['b', 'a'],
    );
  });

  it('tells readers of a document that was taken back, from the note through the worker', async () => {
    const note = noteOf({ documentId: 'a', version: 1n, patientRef: 'p', noteType: 'visit' });
    const takenBack = noteOf({ documentId: 'a', version: 2n, patientRef: 'p', text: '', retraction: { reason: 'entered-in-error' } });
    const read = createExtractor({ model: fakeModel(), tokenizer: fakeTokenizer, run: fakeRun({}).run, nowMs: () => 1 });
    const worker = await startTestWorker(scene, {
      extract: (notes, policyName) => read.extract(notes, { policyName }),
      close: async () => {},
    });
    await scene.start();
    const stored = async (version: bigint) => {
      const found = await scene.store.getResult('a');
      return found?.version === version ? found.result : undefined;
    };
    const publish = (record: ClinicalNote) => scene.publish([{ key: 'a', value: scene.codec.encodeNote(record) }]);
    await publish(note);
    const first = await eventually('the first result in Redis', () => stored(1n));
    assert.deepEqual([first.retraction, first.noteType, first.sections.length], [null, 'visit', 1]);
    await publish(takenBack);
    const second = await eventually('the retraction in Redis', () => stored(2n));
    assert.deepEqual(second, resultToJson(emptyResult(takenBack, 'note', 1)));
    assert.equal(prettyResult(second), 'a\n  retracted: entered-in-error');
    await worker.stop();
  });

  it('keeps one result of a note that was sent twice', async () => {
    const sent = scene.result({ documentId: 'a', version: 1n });
    await scene.publishResults([sent, sent]);
    await scene.start();
    await scene.caughtUp();
    assert.equal(await scene.store.count(), 1);
    assert.equal((await scene.store.getResult('a'))?.offset, 1n);
  });

  it('replaces an older version by a newer one, never the other way round', async () => {
    await scene.start();
    await scene.publishResults([2n, 3n, 1n].map((version) => scene.result({ documentId: 'a', version })));
    await scene.caughtUp();
    assert.equal((await scene.store.getResult('a'))?.version, 3n);
    await scene.publishResults([scene.result({ documentId: 'a', version: 2n })]);
    await scene.caughtUp();
    assert.equal((await scene.store.getResult('a'))?.version, 3n);
  });

  it('sends a record that cannot be read to the dead letters as it is, and goes on', async () => {
    const broken = Buffer.from([0, 0, 0, 0, 2, 255, 255, 255]);
    await scene.publishRaw([
      { key: 'x', value: broken },
      { key: 'y', value: Buffer.from('no frame') },
    ]);
    await publish(5);
    const projector = await scene.start();
    await scene.caughtUp();
    assert.equal(await scene.store.count(), 5);
    const letters = await deadLetters();
    const codeOf = (key: string) => letters.find((letter) => letter.key?.toString() === key)?.headers[DEAD_LETTER_HEADERS.code]?.toString();
    assert.deepEqual([codeOf('x'), codeOf('y')], ['AVRO_INVALID', 'RECORD_FRAMING_INVALID']);
    assert.deepEqual(letters.find((letter) => letter.key?.toString() === 'x')?.value, broken);
    assert.match((await scene.get(projector, '/metrics')).text, /epee_projector_dead_letter_records_total\{code="AVRO_INVALID"/);
  });

  it('waits for Redis while it is down, says so, and catches up', async () => {
    const projector = await scene.start();
    await publish(5);
    await scene.caughtUp();
    await scene.redis.kill();
    await publish(5, 2n);
    await until('readiness names the trouble', async () => {
      const { status, text } = await scene.get(projector, '/ready');
      return status === 503 && text.includes(`REDIS_UNREACHABLE: Redis at 127.0.0.1:${scene.redis.port}`);
    });
    assert.equal((await scene.get(projector, '/health')).status, 200);
    const lags = await scene.admin.lag(scene.group, scene.options.topics.results);
    assert.equal(
      lags.reduce((sum, { lag }) => sum + lag, 0n),
      5n,
    );
    await restartRedis();
    await scene.caughtUp();
    assert.equal((await scene.get(projector, '/ready')).status, 200);
    for (const documentId of ids(5)) assert.equal((await scene.store.getResult(documentId))?.version, 2n);
    assert.deepEqual(await deadLetters(), []);
  });

  it('fills Redis again after a restart on an empty one, without new records and without dead letters sent again', async () => {
    await publish(40);
    await scene.publishRaw([{ key: 'x', value: Buffer.from('no frame') }]);
    const first = await scene.start();
    await scene.caughtUp();
    await first.stop();
    await flush();
    await scene.start();
    await untilCount(40);
    await projectedToTheEnd();
    assert.equal((await deadLetters()).length, 1);
  });

  it('fills Redis again when it is flushed under a running projector, without new records', async () => {
    await publish(40);
    await scene.start({ checkEveryMs: 200 });
    await scene.caughtUp();
    await flush();
    await untilCount(40);
  });

  it('notices at the next record that Redis was flushed', async () => {
    await publish(40);
    await scene.start();
    await scene.caughtUp();
    await flush();
    await scene.publishResults(ids(40).map((documentId) => scene.result({ documentId: `${documentId}-new`, version: 1n })));
    await untilCount(80);
  });

  it('reads again only what Redis lost in a failover', async () => {
    await publish(30);
    const first = await scene.start();
    await scene.caughtUp();
    await first.stop();
    const { results } = scene.options.topics;
    const raw = new Redis(scene.redis.url);
    const written = await Promise.all(ids(30).map(async (documentId) => ({ documentId, ...(await scene.store.getResult(documentId))! })));
    const lost = written.filter(({ topicPartition, offset }) => topicPartition === `${results}/0` && offset >= 5n);
    assert.ok(lost.length > 0);
    for (const { documentId } of written) await raw.hset(resultKey(documentId), 'updatedAtMs', '1');
    await raw.del(...lost.map(({ documentId }) => resultKey(documentId)));
    raw.disconnect();
    await scene.store.resetOffset({ topic: results, partition: 0 }, 4n);
    await scene.start();
    await untilCount(30);
    const again = await Promise.all(ids(30).map((documentId) => scene.store.getResult(documentId)));
    assert.equal(again.filter((result) => result?.updatedAtMs !== 1).length, lost.length);
  });

  it('projects a topic that was made anew under the same name', async () => {
    const { results } = scene.options.topics;
    await scene.store.resetOffset({ topic: results, partition: 0 }, 1_000_000n);
    await scene.store.resetOffset({ topic: results, partition: 1 }, 1_000_000n);
    await publish(20);
    await scene.start();
    await untilCount(20);
    await scene.caughtUp();
    const stored = await scene.store.storedOffsets([{ topic: results, partition: 0 }]);
    assert.ok(stored[0]! < 20n);
  });

  it('stops in time while Redis is down, and goes on where it was', async () => {
    const first = await scene.start({ stopTimeoutMs: 500 });
    await publish(5);
    await scene.caughtUp();
    await scene.redis.kill();
    await publish(5, 2n);
    await until('it waits for Redis', async () => (await scene.get(first, '/ready')).status === 503);
    await first.stop();
    await first.done;
    await restartRedis();
    await scene.start();
    await scene.caughtUp();
    for (const documentId of ids(5)) assert.equal((await scene.store.getResult(documentId))?.version, 2n);
  });
});
