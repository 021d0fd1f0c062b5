import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createCodec, fileRegistry } from '@epee/avro';
import { createKafka } from '@epee/kafka';
import { type ClinicalNote, resultToJson } from '@epee/records';
import { createProjectionStore } from '@epee/redis';
import { sampleResult } from '../unit/services/cli/support.ts';
import { epee, startEpee } from './cli-support/program.ts';

const brokers = process.env.EPEE_TEST_KAFKA_BROKERS!;
const redisUrl = process.env.EPEE_TEST_REDIS_URL!;
/** A port on which nothing listens: low ones are never given out. */
const NOBODY = '127.0.0.1:9';

describe('epee extract', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-cli-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  const results = (stdout: string) =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('prints one result a line in the order of the notes, whatever file they come from', async () => {
    const rows = Array.from({ length: 150 }, (_, at) =>
      JSON.stringify({ id: `n${at}`, text: `Note ${at}. Rash after aspirin. `.repeat((at % 7) + 1) }),
    );
    const path = put('notes.jsonl.gz', gzipSync(rows.join('\n')));
    const { exitCode, stdout, stderr } = await epee(['extract', path, 'deploy/samples/icu-daily-note.txt']);
    assert.equal(exitCode, 0, stderr);
    const answers = results(stdout);
    assert.deepEqual(
      answers.map(({ documentId }) => documentId),
      [...Array.from({ length: 150 }, (_, at) => `n${at}`), 'icu-daily-note'],
    );
    assert.equal(answers[0].offsetUnit, 'unicodeCodePoint');
    assert.match(stderr, /151 notes in .* notes\/s, 0 failed, layers saved/);
  });

  it('reports bad rows by file and line, does the rest and exits with 1', async () => {
    const path = put(
      'bad.jsonl',
      '{"id":"a","text":"Rash."}\n{"id":\n{"id":"c","text":7}\n{"id":"d","text":"  "}\n{"id":"e","text":"Better."}\n',
    );
    const { exitCode, stdout, stderr } = await epee(['extract', path]);
    assert.equal(exitCode, 1);
    assert.deepEqual(
      results(stdout).map(({ documentId }) => documentId),
      ['a', 'e'],
    );
    assert.match(stderr, /bad\.jsonl:2: the line is not valid JSON \(FILE_INVALID\)/);
    assert.match(stderr, /bad\.jsonl:3: \$\.text must be a string, but is a number \(REQUEST_FIELD_INVALID\)/);
    assert.match(stderr, /bad\.jsonl:4: .*\(TEXT_EMPTY\)/);
  });

  it('reads a text or rows from standard input', async () => {
    const text = await epee(['extract', '-', '--quiet'], { input: 'Rash after aspirin 🦞.' });
    assert.equal(text.exitCode, 0, text.stderr);
    assert.equal(text.stderr, '');
    const [result] = results(text.stdout);
    for (const { start, end, text: found } of result.entities)
      assert.equal([...'Rash after aspirin 🦞.'].slice(start, end).join(''), found);
    const rows = await epee(['extract', '-'], { input: '{"id":"x","text":"Rash."}\n' });
    assert.equal(results(rows.stdout)[0].documentId, 'x');
  });

  it('follows policy, precision and mode', async () => {
    const path = put('a.txt', 'PLAN:\nStop aspirin. Start heparin.');
    const run = async (...flags: string[]) => results((await epee(['extract', path, ...flags])).stdout)[0];
    const full = await run('--policy', 'full');
    assert.equal(full.models[0].policy, 'full');
    assert.equal(full.compute.layersRun, full.compute.layersFull);
    const sentence = await run('--sentences', '--precision', 'int8');
    assert.deepEqual(sentence.sections, []);
    const pretty = await epee(['extract', path, '--pretty']);
    assert.match(pretty.stdout, /^a\n {2}\d+ sections?, /);
  });

  it('says which policies there are when it is asked for another', async () => {
    const { exitCode, stderr } = await epee(['extract', put('a.txt', 'x'), '--policy', 'reckless']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /policy reckless is unknown to task .*; it has full, careful, fast \(POLICY_UNKNOWN\)/);
  });

  it('answers rows while more may come, and ends with 130 when it is interrupted', async () => {
    const program = startEpee(['extract', '-'], { input: 'open' });
    try {
      program.write('{"id":"first","text":"Rash."}\n');
      await program.seen(/"documentId":"first"/);
      program.write('{"id":"second","text":"Rash."}\n');
      await program.seen(/"documentId":"second"/);
      program.write('{"text":"Rash."}\n');
      await program.seen(/"documentId":"stdin-\d{8}-\d{6}-[0-9a-f]{4}-3"/);
      program.kill('SIGINT');
      const { exitCode, stderr } = await program.ended;
      assert.equal(exitCode, 130);
      assert.match(stderr, /^interrupted after 3 notes in /m);
      assert.deepEqual(program.family(), []);
    } finally {
      program.kill('SIGKILL');
    }
  });
});

describe('epee ingest', () => {
  let folder: string;
  const run = randomUUID().slice(0, 8);
  const topic = (kind: string) => `test.cli.${run}.${kind}`;
  const env = {
    EPEE_KAFKA_BROKERS: brokers,
    EPEE_NOTES_TOPIC: topic('notes'),
    EPEE_RESULTS_TOPIC: topic('results'),
    EPEE_DEAD_LETTERS_TOPIC: topic('dead'),
  };
  const kafka = createKafka({ brokers: [brokers], clientId: 'test', tls: null, sasl: null });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-cli-'));
  });

  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    const admin = await kafka.admin();
    await admin.deleteTopics([topic('notes'), topic('results'), topic('dead')]);
    await admin.close();
  });

  async function notesOnTopic(count: number): Promise<{ note: ClinicalNote; key: string; headers: unknown }[]> {
    const codec = await createCodec(await fileRegistry());
    const notes: { note: ClinicalNote; key: string; headers: unknown }[] = [];
    const consumer = await kafka.consume({
      group: `test.cli.${randomUUID()}`,
      topics: [topic('notes')],
      sessionTimeoutMs: 30_000,
      onBatch: async ({ records, lastOffset }, control) => {
        for (const { key, value, headers } of records) notes.push({ note: await codec.decodeNote(value), key: String(key), headers });
        control.resolve(lastOffset + 1n);
      },
    });
    try {
      for (let turn = 0; turn < 600 && notes.length < count; turn++) await sleep(50);
    } finally {
      await consumer.stop();
    }
    return notes;
  }

  it('publishes what files hold, reports the rest and tells the totals', async () => {
    writeFileSync(
      join(folder, 'ward.jsonl'),
      '{"id":"a","text":"Rash.","version":3,"patientRef":"p1"}\nnothing\n{"id":"b","text":"Better.","label":null}\n',
    );
    writeFileSync(join(folder, 'letter.txt'), 'Dear Dr. Oake,\r\nno rash.');
    const { exitCode, stdout, stderr } = await epee(
      ['ingest', folder, '--source', 'ward-4b', '--note-version', '2', '--policy', 'careful', '--json'],
      { env },
    );
    assert.equal(exitCode, 1, stderr);
    const totals = JSON.parse(stdout);
    assert.deepEqual([totals.published, totals.failed, totals.topic], [3, 1, topic('notes')]);
    assert.match(stderr, /ward\.jsonl:2: the line is not valid JSON \(FILE_INVALID\)/);
    const notes = (await notesOnTopic(3)).sort((x, y) => (x.key < y.key ? -1 : 1));
    assert.deepEqual(
      notes.map(({ key, note: { documentId, version, source, patientRef, text } }) => [key, documentId, version, source, patientRef, text]),
      [
        ['a', 'a', 3n, 'ward-4b', 'p1', 'Rash.'],
        ['b', 'b', 2n, 'ward-4b', null, 'Better.'],
        ['letter', 'letter', 2n, 'ward-4b', null, 'Dear Dr. Oake,\r\nno rash.'],
      ],
    );
  });

  it('says which broker cannot be reached, and exits with 3', async () => {
    const { exitCode, stderr } = await epee(['ingest', folder], { env: { ...env, EPEE_KAFKA_BROKERS: NOBODY } });
    assert.equal(exitCode, 3);
    assert.match(stderr, /^epee: .*127\.0\.0\.1:9 .*\(KAFKA_UNREACHABLE\)$/m);
    assert.doesNotMatch(stderr, / {4}at /);
  });
});

describe('epee results', () => {
  const documentId = `cli-${randomUUID()}`;

  it('shows the latest result, and exits with 4 where there is none', async () => {
    const missing = await epee(['results', documentId], { env: { EPEE_REDIS_URL: redisUrl } });
    assert.equal(missing.exitCode, 4);
    assert.match(missing.stderr, /\(RESULT_NOT_FOUND\)/);
    const store = await createProjectionStore({ url: redisUrl, password: null, streamMaxLength: 1000 });
    const result = resultToJson(sampleResult({ documentId }));
    const entry = { offset: 0n, documentId, version: 1n, patientRef: null, processedAtMs: 0, json: JSON.stringify(result) };
    await store.project({ topic: `test.${documentId}`, partition: 0, entries: [entry], acknowledged: null, through: 0n });
    store.close();
    const json = await epee(['results', documentId, '--json'], { env: { EPEE_REDIS_URL: redisUrl } });
    assert.deepEqual(JSON.parse(json.stdout), result);
    const words = await epee(['results', documentId], { env: { EPEE_REDIS_URL: redisUrl } });
    assert.match(words.stdout, /adverse event: amoxi cillin -> Rash/);
  });

  it('says that Redis cannot be reached, and exits with 3', async () => {
    const { exitCode, stderr } = await epee(['results', 'x'], { env: { EPEE_REDIS_URL: `redis://${NOBODY}` } });
    assert.equal(exitCode, 3);
    assert.match(stderr, /127\.0\.0\.1:9 .*\(REDIS_UNREACHABLE\)/);
  });
});

describe('epee run', () => {
  const name = `test.run.${randomUUID().slice(0, 8)}`;
  const env = {
    EPEE_KAFKA_BROKERS: brokers,
    EPEE_REDIS_URL: redisUrl,
    EPEE_KAFKA_GROUP: name,
    EPEE_NOTES_TOPIC: `${name}.notes`,
    EPEE_RESULTS_TOPIC: `${name}.results`,
    EPEE_DEAD_LETTERS_TOPIC: `${name}.dead`,
    EPEE_INGEST_PORT: '0',
    EPEE_WORKER_PORT: '0',
    EPEE_PROJECTOR_PORT: '0',
  };

  for (const service of ['ingest', 'worker', 'projector']) {
    it(`runs ${service} until Ctrl-C, which npm passes on twice, and then stops it cleanly`, async () => {
      const program = startEpee(['run', service], { env });
      await program.seen(/"port":\d+/);
      program.kill('SIGINT');
      program.kill('SIGINT');
      const { exitCode, stderr } = await program.ended;
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(program.family(), []);
    });
  }

  it('ends with an error when the service cannot start', async () => {
    const { exitCode, stderr } = await epee(['run', 'worker'], { env: { ...env, EPEE_KAFKA_BROKERS: NOBODY } });
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /KAFKA_UNREACHABLE/);
  });
});

describe('epee up, status, down', () => {
  it('start a stack that stays, show it, and stop it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'epee-up-'));
    try {
      const up = startEpee(['up', '--no-docker', '--dir', folder, '--json']);
      const started = await up.ended;
      assert.equal(started.exitCode, 0, started.stderr);
      assert.notDeepEqual(up.family(), [], 'the servers outlive the command');
      const { kafkaBrokers } = JSON.parse(started.stdout);
      const status = await epee(['status', '--dir', folder, '--json']);
      assert.equal(status.exitCode, 0, status.stderr);
      const { servers, kafkaBrokers: shown } = JSON.parse(status.stdout);
      assert.equal(shown, kafkaBrokers);
      assert.ok(servers.length === 2 && servers.every(({ answering }: { answering: boolean }) => answering));
      const down = await epee(['down', '--dir', folder]);
      assert.equal(down.exitCode, 0);
      assert.match(down.stdout, /^Stopped kafka-1, redis\.$/m);
      assert.deepEqual(up.family(), []);
      assert.equal((await epee(['status', '--dir', folder])).exitCode, 3);
    } finally {
      await epee(['down', '--dir', folder]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
