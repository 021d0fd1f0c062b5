import assert from 'node:assert/strict';
import type { FetchedBatch, Kafka } from '@epee/kafka';
import { EXTRACTION_LIMITS } from '@epee/stream';
import type { NoteToRead } from '@epee/text';
import { SUB_BATCHES_AT_A_TIME } from '../../services/worker/limits.ts';
import { fakeExtractor } from './worker-support/fake-extractor.ts';
import { eventually, openScene, type Scene } from './worker-support/scene.ts';
import { startTestWorker } from './worker-support/start.ts';

/** What one fetch may hold, see the limits in docs/OPERATIONS.md. */
const FETCH_BYTES = 8 * 1024 * 1024;
const NOTES = 6000;

describe('a worker with more notes than its engine can take', function () {
  this.timeout(180_000);
  let scene: Scene;
  beforeEach(async () => {
    scene = await openScene();
  });
  afterEach(() => scene.close());

  /** Counts bytes that were fetched and are not yet done with. */
  function measured(kafka: Kafka) {
    let bytes = 0;
    let mostBytes = 0;
    const sizeOf = ({ records }: FetchedBatch) =>
      records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
    const watched: Kafka = {
      ...kafka,
      consume: (options) =>
        kafka.consume({
          ...options,
          async onBatch(batch, control) {
            bytes += sizeOf(batch);
            mostBytes = Math.max(mostBytes, bytes);
            try {
              await options.onBatch(batch, control);
            } finally {
              bytes -= sizeOf(batch);
            }
          },
        }),
    };
    return { kafka: watched, mostBytes: () => mostBytes };
  }

  it('holds a bounded number of notes and bytes, keeps its partitions, and loses none', async () => {
    const padding = ' No allergies.'.repeat(250);
    const written = Array.from({ length: NOTES }, (_, at) => {
      const note = { ...scene.note(at), text: `Note ${at}.${padding}` };
      return { key: note.documentId, value: scene.codec.encodeNote(note) };
    });
    await scene.publish(written);
    const total = written.reduce((sum, { value }) => sum + value.length, 0);
    assert.ok(total > 2.5 * FETCH_BYTES, `the flood of ${total} bytes must be more than a fetch holds`);

    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let notes = 0;
    let mostNotes = 0;
    const extractor = fakeExtractor({ onCall: () => gate });
    const counting = {
      ...extractor,
      async extract(given: readonly NoteToRead[], policy: string) {
        notes += given.length;
        mostNotes = Math.max(mostNotes, notes);
        try {
          return await extractor.extract(given, policy);
        } finally {
          notes -= given.length;
        }
      },
    };
    const { kafka, mostBytes } = measured(scene.kafka);
    const worker = await startTestWorker({ ...scene, kafka }, counting);
    try {
      const full = EXTRACTION_LIMITS.maxRecords * SUB_BATCHES_AT_A_TIME;
      await eventually('the engine is full', () => (notes === full ? true : undefined));
      // Longer than a session: a member that waits for its engine stays one.
      const { sessionTimeoutMs } = scene.options.consumer;
      const fullMs = performance.now();
      await eventually('a session has passed', () => (performance.now() - fullMs > sessionTimeoutMs ? true : undefined));
      assert.equal(notes, full, 'no note more while the engine is full');
      open();
      const results = await scene.watch([scene.options.topics.results]);
      await eventually('every note has its result', () => (results.records.length >= NOTES ? true : undefined), 120_000);
      assert.equal(new Set(results.records.map(({ key }) => String(key))).size, NOTES);
      assert.equal(results.records.length, NOTES);
      assert.equal(mostNotes, full);
      assert.ok(mostBytes() <= FETCH_BYTES + 3 * scene.options.noteMaxBytes, `${mostBytes()} bytes in flight`);
      assert.equal(worker.log().match(/Joined the group/g)?.length, 1, 'it never lost its partitions');
    } finally {
      open();
      await worker.stop();
    }
  });
});
