import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { DEAD_LETTER_HEADERS, headerText, type OutgoingRecord } from '@epee/stream';
import { fakeExtractor } from './worker-support/fake-extractor.ts';
import { eventually, openScene, type Scene, type SeenRecord } from './worker-support/scene.ts';
import { startTestWorker } from './worker-support/start.ts';

const SECRET = 'Patient Agneta Lindqvist took warfarin';

describe('worker on a real broker', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await openScene();
  });

  afterEach(() => scene?.close());

  const keys = (records: readonly SeenRecord[]) => records.map(({ key }) => String(key)).sort();
  const expectedKeys = (count: number) => Array.from({ length: count }, (_, at) => `doc-${at}`).sort();

  it('answers each note once, under its document id, and commits its offset so that lag reaches 0', async () => {
    const { topics, consumer } = scene.options;
    await scene.publishNotes(200);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene);
    await eventually('200 results', () => (watcher.of(topics.results).length >= 200 ? true : undefined));
    await eventually('no lag', async () =>
      (await scene.admin.lag(consumer.group, topics.notes)).every(({ lag }) => lag === 0n) ? true : undefined,
    );
    await worker.stop();
    await worker.done;
    const results = await scene.readAll(topics.results);
    assert.deepEqual(keys(results), expectedKeys(200));
    const first = await scene.codec.decodeResult(results[0]!.value);
    assert.equal(first.documentId, String(results[0]!.key));
    assert.deepEqual(
      first.models.map(({ policy }) => policy),
      ['fast'],
    );
    assert.equal(watcher.of(topics.deadLetters).length, 0);
  });

  it('sends every kind of broken record to the dead letters, byte for byte and with its code, and goes on', async () => {
    const { topics } = scene.options;
    const good = scene.codec.encodeNote(scene.note(0));
    const noteWith = (text: string) => scene.codec.encodeNote({ ...scene.note(1), text });
    const invalidUtf8 = Buffer.from(noteWith(SECRET));
    invalidUtf8[invalidUtf8.indexOf('Agneta')] = 0xff;
    const otherSchema = Buffer.from(good);
    otherSchema.writeUInt32BE(999_999, 1);
    const poison: Record<string, { value: Buffer | null; code: string; headers?: Record<string, string> }> = {
      'p-empty': { value: null, code: 'RECORD_EMPTY' },
      'p-framing': { value: Buffer.from(SECRET), code: 'RECORD_FRAMING_INVALID' },
      'p-truncated': { value: good.subarray(0, 20), code: 'AVRO_INVALID' },
      'p-utf8': { value: invalidUtf8, code: 'TEXT_INVALID_UTF8' },
      'p-schema': { value: otherSchema, code: 'SCHEMA_UNKNOWN' },
      'p-blank': { value: noteWith(' \n '), code: 'TEXT_EMPTY' },
      'p-large': { value: noteWith('x'.repeat(scene.options.noteMaxBytes + 1)), code: 'TEXT_TOO_LARGE' },
      'p-policy': { value: good, code: 'POLICY_UNKNOWN', headers: { 'epee-policy': 'reckless' } },
      'p-policy-text': { value: good, code: 'POLICY_UNKNOWN', headers: { 'epee-policy': SECRET } },
      'p-engine': { value: noteWith(`${SECRET}, not finite`), code: 'ENGINE_NON_FINITE' },
    };
    const records: OutgoingRecord[] = Object.entries(poison).map(([key, { value, headers }]) => ({
      key,
      value,
      ...(headers && { headers }),
    }));
    await scene.publish([...records, { key: null, value: Buffer.from([1, 2, 3]) }]);
    await scene.publishNotes(30, 100);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene);
    await eventually('all records answered', () => (watcher.records.length >= 30 + records.length + 1 ? true : undefined));
    await worker.stop();

    const letters = await scene.readAll(topics.deadLetters);
    assert.equal(letters.length, records.length + 1, 'one dead letter a record');
    for (const letter of letters) {
      const expected =
        letter.key === null ? { value: Buffer.from([1, 2, 3]), code: 'RECORD_FRAMING_INVALID' } : poison[String(letter.key)]!;
      assert.deepEqual(letter.value, expected.value, String(letter.key));
      assert.equal(headerText(letter, DEAD_LETTER_HEADERS.code), expected.code, String(letter.key));
      assert.equal(headerText(letter, DEAD_LETTER_HEADERS.originTopic), topics.notes);
      const headers = Object.values(letter.headers).map(String).join(' ');
      assert.ok(!/Agneta|warfarin/.test(headers), `clinical text in the headers of ${letter.key}`);
    }
    assert.equal((await scene.readAll(topics.results)).length, 30);
    assert.match(await worker.metrics.text(), /epee_worker_dead_letter_records_total\{code="TEXT_EMPTY",stage="validate"\} 1/);
    assert.ok(!/Agneta|warfarin/.test(worker.log()), 'clinical text in the log');
  });

  it('follows the policy that a note names', async () => {
    await scene.publish([{ key: 'doc-0', value: scene.codec.encodeNote(scene.note(0)), headers: { 'epee-policy': 'careful' } }]);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene);
    const seen = await eventually('a result', () => watcher.records[0]);
    await worker.stop();
    const result = await scene.codec.decodeResult(seen.value);
    assert.deepEqual(
      result.models.map(({ policy }) => policy),
      ['careful'],
    );
  });

  it('writes nothing of a record twice when an unforeseen error hits one note of many', async () => {
    const { topics } = scene.options;
    await scene.publishNotes(40);
    const extractor = fakeExtractor({
      onCall: (notes) => {
        if (notes.some(({ documentId }) => documentId === 'doc-7')) throw new TypeError(SECRET);
      },
    });
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene, extractor);
    await eventually('all records answered', () => (watcher.records.length >= 40 ? true : undefined));
    await worker.stop();
    assert.equal((await scene.readAll(topics.results)).length, 39);
    const letters = await scene.readAll(topics.deadLetters);
    assert.deepEqual(keys(letters), ['doc-7']);
    assert.equal(headerText(letters[0]!, DEAD_LETTER_HEADERS.code), 'EXTRACTION_FAILED');
    assert.ok(!String(headerText(letters[0]!, DEAD_LETTER_HEADERS.message)).includes('Agneta'));
    assert.ok(!worker.log().includes('Agneta'));
  });

  it('stops in time while the engine is busy, leaves the rest uncommitted, and a successor completes it once', async () => {
    const { topics } = scene.options;
    await scene.publishNotes(300);
    const watcher = await scene.watch();
    const slow = fakeExtractor({ delayMs: 200 });
    const first = await startTestWorker(scene, slow);
    await eventually('some results', () => (watcher.of(topics.results).length > 0 ? true : undefined));
    await first.stop();
    await first.done;
    assert.ok(slow.closed, 'the model was freed');
    assert.ok((await scene.readAll(topics.results)).length < 300, 'it did not finish everything first');
    const second = await startTestWorker(scene);
    await eventually('all results', () => (watcher.of(topics.results).length >= 300 ? true : undefined));
    await second.stop();
    assert.deepEqual(keys(await scene.readAll(topics.results)), expectedKeys(300));
  });

  it('waits while infrastructure is down and sends nothing to the dead letters', async () => {
    const { topics } = scene.options;
    await scene.publishNotes(20);
    let down = 3;
    const extractor = fakeExtractor({
      onCall: () => {
        if (down-- > 0) throw new EpeeError('SCHEMA_REGISTRY_UNREACHABLE', 'down', { stage: 'decode' });
      },
    });
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene, extractor);
    await eventually('all results', () => (watcher.of(topics.results).length >= 20 ? true : undefined));
    await worker.stop();
    assert.equal((await scene.readAll(topics.deadLetters)).length, 0);
  });

  it('ends with the error when the model cannot go on, instead of living on without a consumer', async () => {
    await scene.publishNotes(5);
    const extractor = fakeExtractor({
      onCall: () => {
        throw new EpeeError('ENGINE_CLOSED', 'closed', { stage: 'engine' });
      },
    });
    const worker = await startTestWorker(scene, extractor);
    await assert.rejects(worker.done, { code: 'ENGINE_CLOSED' });
    assert.ok(extractor.closed);
    assert.equal((await scene.readAll(scene.options.topics.results)).length, 0);
  });

  it('serves health, readiness and metrics', async () => {
    await scene.publishNotes(10);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene);
    const get = (path: string) => fetch(`http://127.0.0.1:${worker.port}${path}`);
    await eventually('ready', async () => ((await get('/ready')).status === 200 ? true : undefined));
    await eventually('results', () => (watcher.records.length >= 10 ? true : undefined));
    assert.equal((await get('/health')).status, 200);
    const metrics = await eventually('notes counted', async () => {
      const text = await (await get('/metrics')).text();
      return /epee_worker_notes_total\{policy="fast"\} 10/.test(text) ? text : undefined;
    });
    assert.match(metrics, /epee_worker_run_layers_total 30/);
    assert.match(metrics, /epee_worker_full_layers_total 120/);
    assert.match(metrics, /epee_worker_lag_records\{/);
    await worker.stop();
  });
});
