import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { EpeeError } from '@epee/errors';
import { deadLetter, type OutgoingRecord } from '@epee/stream';
import { epee, startEpee } from './cli-support/program.ts';
import { fakeExtractor } from './worker-support/fake-extractor.ts';
import { eventually, openScene, type Scene, type SeenRecord } from './worker-support/scene.ts';
import { startTestWorker } from './worker-support/start.ts';

const PLANTED = 'Zebediah Quackenbush';

describe('epee dead-letters', function () {
  this.timeout(240_000);
  let scene: Scene;
  let env: Record<string, string>;
  beforeEach(async () => {
    scene = await openScene();
    const { topics } = scene.options;
    env = {
      EPEE_KAFKA_BROKERS: process.env.EPEE_TEST_KAFKA_BROKERS ?? '',
      EPEE_NOTES_TOPIC: topics.notes,
      EPEE_RESULTS_TOPIC: topics.results,
      EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
      EPEE_DEAD_LETTER_MARKS_TOPIC: `${topics.deadLetters}.marks`,
      EPEE_AUDIT_TOPIC: `${topics.deadLetters}.audit`,
      EPEE_OPERATOR: 'ada',
    };
  });
  afterEach(async () => {
    const made = [env.EPEE_DEAD_LETTER_MARKS_TOPIC!, env.EPEE_AUDIT_TOPIC!];
    for (const topic of made) if ((await scene.admin.partitions(topic)) !== null) await scene.admin.deleteTopics([topic]);
    await scene.close();
  });

  const run = (...args: string[]) => epee(['dead-letters', ...args], { env });
  const good = async (...args: string[]) => {
    const ended = await run(...args);
    assert.equal(ended.exitCode, 0, ended.stderr);
    return ended.stdout;
  };
  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  /** Exact also where a topic holds one record, or markers alone. */
  const readAll = async (topic: string) => {
    const records: SeenRecord[] = [];
    const ranges = (await scene.admin.offsets(topic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
    await scene.kafka.scan({
      topic,
      ranges,
      onRecords: (partition, some) => void records.push(...some.map((record) => ({ ...record, topic, partition }))),
    });
    return records;
  };
  const letterCount = async () => (await readAll(scene.options.topics.deadLetters)).length;

  /** Dead letters as a worker writes them, of records that stand nowhere. */
  const write = async (
    count: number,
    over: Partial<{ code: 'AVRO_INVALID' | 'ENGINE_WORKER_DIED'; topic: string; value: Buffer | null }> = {},
  ) => {
    const { code = 'ENGINE_WORKER_DIED', topic = scene.options.topics.notes } = over;
    const letters: OutgoingRecord[] = Array.from({ length: count }, (_, at) => {
      const note = scene.note(at);
      const value = over.value === undefined ? scene.codec.encodeNote(note) : over.value;
      const record = { offset: BigInt(at), key: Buffer.from(note.documentId), value, headers: {}, timestampMs: 0 };
      return deadLetter({
        record,
        origin: { topic, partition: at % 3 },
        failure: { code, stage: 'engine', message: 'made up' },
        attempts: 1,
        timeMs: 1_700_000_000_000,
      });
    });
    await scene.producer.send(scene.options.topics.deadLetters, letters);
  };

  it('sends records back that fail again as attempt 2, once, and knows what it has done', async () => {
    const worker = await startTestWorker(scene);
    try {
      const policy = Buffer.from('careful').toString();
      await scene.publish([{ key: 'doc-x', value: Buffer.from(`\0\0\0\0\x01${PLANTED}`), headers: { 'epee-policy': policy } }]);
      await eventually('a dead letter', async () => ((await letterCount()) === 1 ? true : undefined));
      const [letter] = lines(await good('list', '--json'));
      assert.deepEqual([letter.state, letter.code, letter.attempts, letter.policy], ['open', 'AVRO_INVALID', 1, 'careful']);
      assert.deepEqual(JSON.parse(await good('list', '--count', '--json')).counts, [{ code: 'AVRO_INVALID', stage: 'decode', letters: 1 }]);
      assert.match(await good('retry', letter.letter), /^1 dead letter of .* retried$/m);
      await eventually('the next dead letter', async () => ((await letterCount()) === 2 ? true : undefined));

      const again = await run('retry', letter.letter);
      assert.equal(again.exitCode, 31);
      assert.match(again.stderr, /1 dead letter had been done before: \d+:\d+ \(DEAD_LETTER_DONE\)/);
      const [second, ...none] = lines(await good('list', '--json'));
      assert.deepEqual(none, []);
      assert.deepEqual([second.code, second.attempts, second.policy], ['AVRO_INVALID', 2, 'careful']);
      assert.deepEqual(
        second.history.map(({ code }: { code: string }) => code),
        ['AVRO_INVALID'],
      );
      const all = lines(await good('list', '--all', '--json'));
      assert.deepEqual(all.map(({ state }) => state).sort(), ['open', 'retried']);
      const shown = await good('show', letter.letter);
      assert.match(shown, /^state +retried by ada, /m);
      const [first, retried] = (await readAll(scene.options.topics.notes)).sort((a, b) => Number(a.offset - b.offset));
      assert.deepEqual([retried!.key, retried!.value], [first!.key, first!.value]);
      assert.equal(retried!.partition, first!.partition);
    } finally {
      await worker.stop();
    }
  });

  it('brings a result once what stood in the way is gone', async () => {
    let broken = true;
    const extractor = fakeExtractor({
      onCall: () => {
        if (broken) throw new EpeeError('ENGINE_WORKER_DIED', 'died twice', { stage: 'engine' });
      },
    });
    const worker = await startTestWorker(scene, extractor);
    try {
      await scene.publishNotes(5);
      await eventually('five dead letters', async () => ((await letterCount()) === 5 ? true : undefined));
      broken = false;
      assert.match(
        await good('retry', '--code', 'ENGINE_WORKER_DIED', '--dry-run'),
        /^5 dead letters of .* would be retried \(ENGINE_WORKER_DIED 5\)\. Nothing/,
      );
      const unconfirmed = await run('retry', '--all');
      assert.equal(unconfirmed.exitCode, 2);
      assert.match(unconfirmed.stderr, /5 dead letters would be retried .*Add --yes/s);
      assert.deepEqual((await readAll(scene.options.topics.results)).length, 0);
      assert.match(await good('retry', '--all', '--yes'), /^5 dead letters/);
      const keys = await eventually('five results', async () => {
        const results = await readAll(scene.options.topics.results);
        return results.length >= 5 ? results.map(({ key }) => String(key)).sort() : undefined;
      });
      assert.deepEqual(keys, ['doc-0', 'doc-1', 'doc-2', 'doc-3', 'doc-4']);
      const nothing = await run('retry', '--all', '--yes');
      assert.equal(nothing.exitCode, 4);
      assert.match(nothing.stderr, /No open dead letter .* nothing was done \(DEAD_LETTERS_EMPTY\)/);
    } finally {
      await worker.stop();
    }
  });

  const ids = (records: readonly SeenRecord[]) => records.map(({ key }) => String(key)).sort();
  const wanted = (count: number) => Array.from({ length: count }, (_, at) => `doc-${at}`).sort();

  it('sends each back once when two operators do so at once', async () => {
    await write(600);
    const both = await Promise.all([run('retry', '--all', '--yes', '--json'), run('retry', '--all', '--yes', '--json')]);
    for (const { exitCode, stderr } of both) assert.ok([0, 4, 32].includes(exitCode!), stderr);
    if (both.some(({ exitCode }) => exitCode === 32)) await run('retry', '--all', '--yes');
    assert.deepEqual(ids(await readAll(scene.options.topics.notes)), wanted(600));
    const done = both.filter(({ exitCode }) => exitCode === 0).map(({ stdout }) => JSON.parse(stdout).done);
    assert.ok(done.reduce((a, b) => a + b, 0) <= 600);
  });

  it('sends each back once when it is killed on the way and run again', async () => {
    await write(900);
    const { notes } = scene.options.topics;
    const ends = async () => (await scene.admin.offsets(notes)).reduce((sum, { high }) => sum + high, 0n);
    for (const least of [1n, 350n]) {
      const program = startEpee(['dead-letters', 'retry', '--all', '--yes'], { env });
      await eventually('some are sent', async () => ((await ends()) >= least ? true : undefined));
      program.kill('SIGKILL');
      await program.ended;
    }
    await run('retry', '--all', '--yes');
    assert.deepEqual(ids(await readAll(notes)), wanted(900));
    assert.equal((await run('list')).exitCode, 4);
  });

  it('discards with a reason and sends nothing', async () => {
    await write(3);
    const { letter } = lines(await good('list', '--json'))[0];
    assert.equal((await run('discard', letter)).exitCode, 2, 'a reason is needed');
    assert.match(await good('discard', letter, '--reason', 'made up'), /^1 dead letter of .* discarded$/m);
    assert.match(await good('show', letter), /discarded by ada, .*: made up$/m);
    assert.equal((await run('retry', letter)).exitCode, 31);
    assert.equal((await readAll(scene.options.topics.notes)).length, 0);
    assert.equal(lines(await good('list', '--json')).length, 2);
  });

  it('filters by code, stage, time and origin', async () => {
    await write(6);
    await write(2, { code: 'AVRO_INVALID' });
    const { notes } = scene.options.topics;
    const count = async (...flags: string[]) => {
      const { exitCode, stdout } = await run('list', '--count', '--json', ...flags);
      return exitCode === 4 ? 0 : JSON.parse(stdout).letters;
    };
    assert.equal(await count(), 8);
    assert.equal(await count('--code', 'AVRO_INVALID'), 2);
    assert.equal(await count('--code', 'AVRO_INVALID', 'ENGINE_WORKER_DIED', '--stage', 'engine'), 8);
    assert.equal(await count('--stage', 'decode'), 0);
    assert.equal(await count('--origin', notes), 8);
    assert.equal(await count('--origin', `${notes}:1:0-3`), 2);
    assert.equal(await count('--origin', `${notes}:1`), 3);
    assert.equal(await count('--since', '1h'), 8);
    assert.equal(await count('--until', '1h'), 0);
    assert.match(await good('list', '--limit', '3'), /\.\.\. and 5 more/);
  });

  it('shows no payload unless asked, and then writes it down first', async () => {
    await write(1, { value: Buffer.from(PLANTED) });
    const [{ letter }] = lines(await good('list', '--json'));
    const without = (await good('show', letter)) + (await good('show', letter, '--json')) + (await good('list'));
    assert.ok(!without.includes(PLANTED) && !without.includes(Buffer.from(PLANTED).toString('base64')) && !without.includes('doc-0'));
    assert.equal(await scene.admin.partitions(env.EPEE_AUDIT_TOPIC!), null);
    const { payload } = JSON.parse(await good('show', letter, '--with-payload', '--json'));
    assert.equal(Buffer.from(payload.valueBase64, 'base64').toString(), PLANTED);
    const [entry, ...others] = (await readAll(env.EPEE_AUDIT_TOPIC!)).map(({ value }) => JSON.parse(String(value)));
    assert.deepEqual(others, []);
    assert.deepEqual(
      [entry.operator, entry.letter, entry.action],
      ['ada', `${env.EPEE_DEAD_LETTERS_TOPIC}/${letter.replace(':', '/')}`, 'dead-letter-payload-shown'],
    );
    assert.ok(Math.abs(Date.parse(entry.time) - Date.now()) < 600_000);
  });

  it('says what is not there, each with an exit code of its own', async () => {
    const none = await run('list');
    assert.equal(none.exitCode, 4);
    assert.match(none.stderr, /There are no dead letters: .* is empty \(DEAD_LETTERS_EMPTY\)/);
    await write(1);
    for (const args of [
      ['show', '0:77'],
      ['retry', '0:77'],
      ['discard', '9:0', '--reason', 'x'],
    ]) {
      const { exitCode, stderr } = await run(...args);
      assert.equal(exitCode, 4);
      assert.match(stderr, /has no dead letter \d:\d+; nothing was done \(DEAD_LETTER_NOT_FOUND\)/);
    }
    assert.equal((await run('show', 'nonsense')).exitCode, 2);
    assert.equal((await run('retry')).exitCode, 2);
    assert.equal((await run('list', '--code', 'NO_SUCH')).exitCode, 2);
    const elsewhere = { ...env, EPEE_DEAD_LETTERS_TOPIC: `missing-${randomUUID()}` };
    const missing = await epee(['dead-letters', 'list'], { env: elsewhere });
    assert.equal(missing.exitCode, 3);
    assert.match(missing.stderr, /Topic missing-\S+ does not exist \(KAFKA_TOPIC_MISSING\)/);
  });

  it('leaves letters alone that cannot go back', async () => {
    await write(1, { topic: scene.options.topics.results });
    const { exitCode, stdout } = await run('retry', '--all', '--yes', '--json');
    assert.equal(exitCode, 1);
    const { done, refusedCount, refused } = JSON.parse(stdout);
    assert.deepEqual([done, refusedCount], [0, 1]);
    assert.match(refused[0].reason, /takes no records back/);
    assert.equal((await readAll(scene.options.topics.results)).length, 0);
    assert.equal(lines(await good('list', '--json'))[0].state, 'open');
  });
});
