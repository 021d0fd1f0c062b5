import assert from 'node:assert/strict';
import { BATCH_HEADER } from '@epee/stream';
import { type JobsScene, openJobsScene } from './jobs-support/scene.ts';
import { eventually } from './worker-support/scene.ts';

const BATCH_NOTES = 800;

describe('worker with batch notes', function () {
  this.timeout(120_000);
  let scene: JobsScene;

  before(async () => {
    scene = await openJobsScene({ partitions: 1 });
  });

  after(() => scene?.close());

  it("answers notes that come in meanwhile before it is through with a batch import, and says which results are the import's", async () => {
    const { topics, codec } = scene;
    const batchNotes = Array.from({ length: BATCH_NOTES }, (_, at) => {
      const note = scene.note(at);
      return { key: note.documentId, value: codec.encodeNote(note), headers: { [BATCH_HEADER]: 'batch-1' } };
    });
    await scene.producer.send(topics.batchNotes, batchNotes);
    const watcher = await scene.watch();
    await scene.startWorker(100);
    await eventually('first results', () => (watcher.of(topics.results).length > 0 ? true : undefined));
    await scene.publishNotes(40, 10_000);
    const results = await eventually('all results', () => {
      const seen = watcher.of(topics.results);
      return seen.length >= BATCH_NOTES + 40 ? seen : undefined;
    });
    const isBatch = results.map(({ headers }) => String(headers[BATCH_HEADER] ?? '') === 'batch-1');
    assert.equal(isBatch.filter(Boolean).length, BATCH_NOTES);
    const behind = isBatch.slice(isBatch.lastIndexOf(false)).filter(Boolean).length;
    assert.ok(behind > BATCH_NOTES / 4, `only ${behind} batch notes were answered after the others`);
  });
});
