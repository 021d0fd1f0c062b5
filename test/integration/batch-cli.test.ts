import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCodec, fileRegistry } from '@epee/avro';
import { Redis } from 'ioredis';
import { sampleResult } from '../unit/services/cli/support.ts';
import { epee, startEpee } from './cli-support/program.ts';
import { type JobsScene, openJobsScene, rowsOf } from './jobs-support/scene.ts';
import { eventually } from './worker-support/scene.ts';

describe('epee batch', function () {
  this.timeout(300_000);
  let scene: JobsScene;

  before(async () => {
    scene = await openJobsScene();
    scene.startJobs({ EPEE_JOBS_MAX_AHEAD_NOTES: '400' });
    await scene.startWorker();
  });

  after(() => scene?.close());

  const run = (...args: string[]) => epee(['batch', ...args], { env: scene.env });
  const idIn = (text: string) => /batch-\d{8}-\d{6}-[0-9a-z]{4}/.exec(text)![0];

  it('imports, reports and exports as lines, CSV and Parquet', async () => {
    const path = scene.put('one/notes.jsonl', `${rowsOf(30)}{"id":"bad"}\n`);
    const { exitCode, stdout, stderr } = await run('import', path, '--policy', 'careful');
    assert.equal(exitCode, 1, stderr);
    const id = idIn(stderr);
    assert.match(stdout, new RegExp(`^${id}: done, .* notes/s\n {2}files +1\n {2}sent +30 notes, policy careful\n {2}extracted +30\n`));
    assert.match(
      stdout,
      /unreadable +1 row\n.*notes\.jsonl:31: \$\.text is missing; it must be a string \(REQUEST_FIELD_INVALID\)\n {2}layers saved +75\.0 %/,
    );

    const report = JSON.parse((await run('report', id, '--json')).stdout);
    assert.deepEqual(
      [
        report.formatVersion,
        report.state,
        report.sent,
        report.extracted,
        report.unreadable,
        report.layersSaved,
        report.unreadableRows.length,
      ],
      [1, 'done', 30, 30, 1, 0.75, 1],
    );
    const listed = (await run('list')).stdout;
    assert.match(listed, /^import +state +sent +results +dead +bad rows\n {2}time \(UTC\) +policy +files\n/);
    assert.match(listed, new RegExp(`^${id} {2}done +30 +30 .*\\n {2}\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d {2}careful +notes\\.jsonl`, 'm'));

    const out = join(scene.folder, 'export');
    const exported = await run('export', id, '--output', out, '--json');
    assert.equal(exported.exitCode, 0, exported.stderr);
    assert.equal(JSON.parse(exported.stdout).results, 30);
    assert.deepEqual(
      readdirSync(out).sort(),
      ['entities', 'events', 'relations', 'sections']
        .flatMap((name) => [`${name}.csv`, `${name}.parquet`])
        .concat('results.jsonl')
        .sort(),
    );
    const lines = readFileSync(join(out, 'results.jsonl'), 'utf8').trimEnd().split('\n');
    assert.equal(new Set(lines.map((line) => JSON.parse(line).documentId)).size, 30);
    assert.ok(lines.every((line) => JSON.parse(line).models[0].policy === 'careful'));
    const again = await run('export', id, '--output', out);
    assert.equal(again.exitCode, 1);
    assert.match(again.stderr, /export is there already.*\(FILE_INVALID\)/);
  });

  it('exports only the results of the import, also where others stand around them', async () => {
    const codec = await createCodec(await fileRegistry());
    const path = scene.put('two/a.txt', 'No allergies.');
    await scene.producer.send(scene.topics.results, [{ key: 'other', value: codec.encodeResult(sampleResult({ documentId: 'other' })) }]);
    const id = idIn((await run('import', path)).stderr);
    const out = join(scene.folder, 'export-two');
    assert.equal((await run('export', id, '--output', out, '--tables', 'none')).exitCode, 0);
    assert.deepEqual(readdirSync(out), ['results.jsonl']);
    assert.equal(JSON.parse(readFileSync(join(out, 'results.jsonl'), 'utf8')).documentId, 'a');
  });

  it('leaves the import running when the watching command is interrupted or killed, pauses, resumes and watches again', async () => {
    const path = scene.put('three/notes.jsonl', rowsOf(3000, 'three'));
    const watching = startEpee(['batch', 'import', path, '--rate', '400'], { env: scene.env });
    await watching.seen(/batch-.* begins/);
    watching.kill('SIGINT');
    const { exitCode, stderr } = await watching.ended;
    assert.equal(exitCode, 130);
    const id = idIn(stderr);
    assert.match(stderr, new RegExp(`${id} runs on without this command. To watch it again: epee batch status ${id} --watch`));
    await scene.until(id, 'some are sent', ({ sent }) => sent > 0);
    assert.match((await run('pause', id)).stdout, /is paused: nothing more is sent/);
    assert.match((await run('pause', id)).stdout, /already/);
    const paused = await eventually('it has come to rest', async () => {
      const job = await scene.store.get(id);
      return job!.sent === job!.extracted ? job! : undefined;
    });
    assert.ok(paused.state === 'paused' && paused.sent < 3000, `${paused.state} ${paused.sent}`);
    assert.match((await run('status', id)).stdout, new RegExp(`^${id} {2}paused`));
    assert.equal((await run('resume', id)).exitCode, 0);
    const second = startEpee(['batch', 'status', id, '--watch'], { env: scene.env });
    await scene.until(id, 'it goes on', ({ sent }) => sent > paused.sent);
    second.kill('SIGKILL');
    await second.ended;
    const end = await run('status', id, '--watch', '--json');
    assert.equal(end.exitCode, 0, end.stderr);
    assert.equal(JSON.parse(end.stdout).extracted, 3000);
    const keys = (await scene.readAll(scene.topics.results)).map(({ key }) => String(key)).filter((key) => key.startsWith('three-'));
    assert.deepEqual([keys.length, new Set(keys).size], [3000, 3000]);
    const done = await run('pause', id);
    assert.equal(done.exitCode, 2);
    assert.match(done.stderr, /is done; only one that is importing can pause \(JOB_STATE_INVALID\)/);
  });

  it('cancels: nothing more is sent, watching says so with its own exit code, and it cannot be resumed', async () => {
    const path = scene.put('four/notes.jsonl', rowsOf(3000, 'four'));
    const id = (await run('import', path, '--rate', '100', '--detach')).stdout.trim();
    await scene.until(id, 'some are sent', ({ sent }) => sent > 0);
    const watching = startEpee(['batch', 'status', id, '--watch'], { env: scene.env });
    assert.match((await run('cancel', id)).stdout, /is cancelled/);
    const { exitCode, stderr } = await watching.ended;
    assert.equal(exitCode, 11);
    assert.match(stderr, /was cancelled \(JOB_CANCELLED\)/);
    assert.equal((await run('resume', id)).exitCode, 11);
    const { sent } = (await scene.store.get(id))!;
    assert.ok(sent < 3000);
    assert.equal((await run('report', id)).exitCode, 11);
  });

  const paths = {
    missing: () => join(scene.folder, 'nowhere'),
    foreign: () => '/etc/hostname',
    empty: () => {
      scene.put('five/x.pdf', 'x');
      return join(scene.folder, 'five');
    },
    column: () => scene.put('six.csv', 'id,note\na,b\n'),
  };
  for (const [what, path, words] of [
    ['a path that does not exist', paths.missing, /nowhere does not exist, as the jobs service sees it \(JOB_INPUT_INVALID\)/],
    ['a path outside the allowed folders', paths.foreign, /lies outside the folders .*\(JOB_FOLDER_REFUSED\)\n.*EPEE_JOBS_FOLDERS/],
    ['a folder without notes', paths.empty, /five holds no file that ends in \.txt, .*\(JOB_INPUT_INVALID\)/],
    [
      'a CSV file without the column',
      paths.column,
      /six\.csv:1: none of the 2 columns is named text.*\(JOB_INPUT_INVALID\)\n.*--column text=NAME/,
    ],
  ] as const) {
    it(`refuses ${what} with exit code 10, before anything is sent`, async () => {
      const { exitCode, stderr } = await run('import', path());
      assert.equal(exitCode, 10, stderr);
      assert.match(stderr, words);
      assert.equal((await scene.store.get(idIn(stderr)))!.sent, 0);
    });
  }

  it('goes on with a failed import once its cause is cured', async () => {
    const path = join(scene.folder, 'seven.jsonl');
    const { exitCode, stderr } = await run('import', path);
    assert.equal(exitCode, 10);
    const id = idIn(stderr);
    scene.put('seven.jsonl', rowsOf(5, 'seven'));
    assert.equal((await run('resume', id)).exitCode, 0);
    assert.equal((await scene.untilState(id, 'done')).extracted, 5);
  });

  it('acts within seconds of work when it is paused, also below the most notes that may wait', async () => {
    const path = scene.put('eight/notes.jsonl', rowsOf(2000, 'eight'));
    const id = (await run('import', path, '--detach')).stdout.trim();
    await scene.until(id, 'some are extracted', ({ extracted }) => extracted > 0);
    assert.match((await run('pause', id)).stdout, /is paused: nothing more is sent/);
    const rested = await eventually('it has come to rest', async () => {
      const job = await scene.store.get(id);
      return job!.state === 'paused' && job!.sent === job!.extracted ? job! : undefined;
    });
    assert.ok(rested.sent < 2000, `${rested.sent} were sent`);
    assert.match((await run('cancel', id)).stdout, /is cancelled: nothing more is sent$/m);
    assert.equal((await scene.store.get(id))!.extracted, rested.extracted);
  });

  it('answers unknown ids with exit code 4 and a Redis that is not there with 3', async () => {
    for (const command of [['status'], ['report'], ['pause'], ['cancel'], ['export', '--output', join(scene.folder, 'never')]]) {
      const { exitCode, stderr } = await run(command[0]!, 'batch-none', ...command.slice(1));
      assert.equal(exitCode, 4, stderr);
      assert.match(stderr, /There is no batch import "batch-none" \(JOB_NOT_FOUND\)/);
    }
    assert.ok(!existsSync(join(scene.folder, 'never')));
    const { exitCode } = await epee(['batch', 'list'], { env: { ...scene.env, EPEE_REDIS_URL: 'redis://127.0.0.1:9' } });
    assert.equal(exitCode, 3);
  });
});

describe('epee batch on a Redis that is emptied', function () {
  this.timeout(300_000);
  let scene: JobsScene;

  before(async () => {
    scene = await openJobsScene();
  });

  after(() => scene?.close());

  it('ends with an error and an exit code, the jobs service tells, and new imports work', async () => {
    const jobs = scene.startJobs();
    const watching = startEpee(['batch', 'import', scene.put('notes.jsonl', rowsOf(2000, 'old'))], { env: scene.env });
    const [id] = await watching.found(/batch-\S+(?= begins)/);
    await scene.until(id, 'some are sent', ({ sent }) => sent > 0);
    const raw = new Redis(scene.redis.url);
    await raw.flushall();
    raw.disconnect();
    const { exitCode, stderr } = await watching.ended;
    assert.equal(exitCode, 12, stderr);
    assert.match(stderr, /Redis no longer has batch-.*: it was emptied, or restored from older data \(JOB_LOST\)/);
    await eventually('the service tells', async () => (/"level":"error".*JOB_LOST/.test(jobs.log()) ? true : undefined));
    await scene.startWorker();
    const again = await epee(['batch', 'import', scene.put('more.jsonl', rowsOf(30, 'new'))], { env: scene.env });
    assert.equal(again.exitCode, 0, again.stderr);
  });
});
