import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { QUEUE_PREFIX } from '@epee/queue';
import { Redis } from 'ioredis';
import { KILL_POINTS } from './jobs-support/kill-points.ts';
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

  for (const point of KILL_POINTS) {
    it(`sends each note once although the jobs service is killed at the end of the step "${point}"`, async () => {
      const count = 300;
      const path = scene.put('notes.jsonl.gz', gzipSync(rowsOf(count)));
      const mortal = scene.startJobs({ EPEE_TEST_KILL_AT: point });
      await scene.startWorker();
      const id = await scene.submit([path]);
      assert.deepEqual(await mortal.ended, { code: null, signal: 'SIGKILL' }, mortal.log());
      const { sent } = (await scene.store.get(id))!;
      assert.ok(sent < count, 'it was killed before it was through');
      scene.startJobs();
      const job = await scene.untilState(id, 'done', 120_000);
      assert.deepEqual([job.sent, job.extracted, job.unreadable], [count, count, 0]);
      assert.deepEqual((await keysOf(scene.topics.batchNotes)).sort(), idsOf(count).sort());
      assert.deepEqual((await keysOf(scene.topics.results)).sort(), idsOf(count).sort());
    });
  }

  it('sends nothing twice when a service that was frozen in the middle of its work wakes up after another has taken over', async () => {
    const count = 4000;
    const path = scene.put('notes.jsonl', rowsOf(count));
    const zombie = scene.startJobs();
    await scene.startWorker();
    const id = await scene.submit([path]);
    await scene.until(id, 'some are sent', ({ sent }) => sent > 0);
    process.kill(zombie.pid, 'SIGSTOP');
    const before = (await scene.store.get(id))!.sent;
    scene.startJobs();
    await scene.until(id, 'the other has sent more', ({ sent }) => sent > before + 500);
    process.kill(zombie.pid, 'SIGCONT');
    const job = await scene.untilState(id, 'done', 120_000);
    assert.deepEqual([job.sent, job.extracted], [count, count]);
    assert.deepEqual((await keysOf(scene.topics.batchNotes)).sort(), idsOf(count).sort());
    assert.equal((await zombie.kill('SIGTERM')).code, 0, zombie.log());
  });

  it('keeps texts, names and ids out of the queue, all keys of Redis and the log', async () => {
    const marker = 'Quxmarker';
    const row = (more: object) =>
      `${JSON.stringify({ id: `${marker}-id`, text: `${marker} took aspirin.`, patientRef: `${marker}-patient`, ...more })}\n`;
    scene.put(`in/${marker}.txt`, `${marker} has a rash.`);
    scene.put('in/a.jsonl', `${row({})}${row({ text: [marker] })}{"${marker}":\n${row({ id: `${marker}\u0000` })}`);
    scene.put('in/b.csv', `id,text\n${marker},"${marker}\n${marker}" ${marker}\n`);
    const jobs = scene.startJobs({ EPEE_LOG_LEVEL: 'debug' });
    // Without a worker the last chunks stay where they can be looked at.
    const id = await scene.submit([`${scene.folder}/in`], { chunkRows: 1, notesPerSecond: 1 });
    const seen: string[] = [];
    const redis = new Redis(scene.redis.url);
    try {
      for (let state = 'importing'; state === 'importing'; state = (await scene.store.get(id))!.state) {
        for (const key of await redis.keys('*')) {
          assert.ok(!key.includes(marker), key);
          if (key.startsWith(QUEUE_PREFIX)) seen.push(((await redis.dumpBuffer(key)) ?? Buffer.alloc(0)).toString('latin1'));
        }
        await sleep(20);
      }
    } finally {
      redis.disconnect();
    }
    assert.ok(
      seen.some((content) => content.includes(id)),
      'it has looked while something was in the queue',
    );
    assert.ok(!seen.join('').includes(marker));
    const { sent, unreadable } = (await scene.store.get(id))!;
    assert.deepEqual([sent, unreadable], [2, 4]);
    assert.ok(!jobs.log().includes(marker), jobs.log());
    for (const { headers } of await scene.readAll(scene.topics.batchNotes)) {
      assert.ok(!JSON.stringify(Object.entries(headers).map(([name, value]) => [name, String(value)])).includes(marker));
    }
  });
});
