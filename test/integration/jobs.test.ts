import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { idsOf, type JobsScene, openJobsScene, rowsOf } from './jobs-support/scene.ts';

describe('batch imports', function () {
  this.timeout(180_000);
  let scene: JobsScene;

  beforeEach(async () => {
    scene = await openJobsScene();
  });

  afterEach(() => scene?.close());

  const keysOf = async (topic: string) => (await scene.readAll(topic)).map(({ key }) => String(key));

  it('imports a folder of texts, rows, CSV and gzip, and tells what could not be read by file and line', async () => {
    scene.put('in/a.txt', 'No allergies.');
    scene.put('in/b/c.txt', 'Rash after aspirin.');
    scene.put('in/notes.jsonl', `${rowsOf(120)}not json\n{"id":"x","text":7}\n`);
    scene.put('in/more.ndjson.gz', gzipSync(rowsOf(130, 'gz')));
    scene.put('in/table.csv', 'id,text,version\nc-1,"Two\nlines, one record",3\nc-2,not finite,\nc-3\n');
    scene.startJobs();
    await scene.startWorker();
    const id = await scene.submit([`${scene.folder}/in`]);
    const job = await scene.untilState(id, 'done');
    assert.deepEqual(
      [job.sent, job.unreadable, job.extracted, job.deadLetters, job.deadLettersByCode],
      [254, 3, 253, 1, { ENGINE_NON_FINITE: 1 }],
    );
    assert.deepEqual(job.totals?.files, 5);
    assert.equal(job.position?.readBytes, job.totals?.bytes);
    const problems = (await scene.store.problems(id)).map(({ where, code }) => `${where.replace(`${scene.folder}/`, '')} ${code}`);
    assert.deepEqual(problems, [
      'in/notes.jsonl:121 FILE_INVALID',
      'in/notes.jsonl:122 REQUEST_FIELD_INVALID',
      'in/table.csv:5 FILE_INVALID',
    ]);
    const expected = ['a', 'b/c', ...idsOf(120), ...idsOf(130, 'gz'), 'c-1'];
    assert.deepEqual((await keysOf(scene.topics.results)).sort(), expected.sort());
    assert.deepEqual(await keysOf(scene.topics.deadLetters), ['c-2']);
    assert.deepEqual(job.layersRun, 3 * 253);
  });

  it('sends each note once although the jobs service, Redis and the worker are killed again and again', async () => {
    const count = 6000;
    scene.put('in/one.jsonl', rowsOf(count / 2, 'one'));
    scene.put('in/two.jsonl.gz', gzipSync(rowsOf(count / 2, 'two')));
    let jobs = scene.startJobs();
    await scene.startWorker();
    const id = await scene.submit([`${scene.folder}/in`]);
    for (const share of [0.1, 0.25, 0.4, 0.55, 0.7, 0.85]) {
      await scene.until(id, `${share} of the notes sent`, (job) => job.sent >= share * count);
      if (share === 0.4) {
        await scene.redis.kill();
        await scene.redis.restart();
      } else {
        assert.deepEqual(await jobs.kill(), { code: null, signal: 'SIGKILL' });
        jobs = scene.startJobs();
      }
    }
    const job = await scene.untilState(id, 'done', 120_000);
    assert.deepEqual([job.sent, job.unreadable, job.extracted, job.deadLetters], [count, 0, count, 0]);
    const expected = [...idsOf(count / 2, 'one'), ...idsOf(count / 2, 'two')].sort();
    assert.deepEqual((await keysOf(scene.topics.batchNotes)).sort(), expected);
    assert.deepEqual((await keysOf(scene.topics.results)).sort(), expected);
    assert.deepEqual(await jobs.kill('SIGTERM'), { code: 0, signal: null }, jobs.log());
  });
});
