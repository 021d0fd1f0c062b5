import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { epee, type Program, startEpee } from './cli-support/program.ts';
import type { Crash } from './planted-support/crashing-worker.js';
import { markersIn, newMarker } from './planted-support/markers.ts';
import { eventually, openScene, type Scene, type SeenRecord } from './worker-support/scene.ts';

const CRASHING_WORKER = fileURLToPath(new URL('./planted-support/crashing-worker.js', import.meta.url));
const redisUrl = process.env.EPEE_TEST_REDIS_URL ?? '';

describe('planted text', function () {
  this.timeout(240_000);
  /** What must show up nowhere but in values. */
  const text = newMarker('Text');
  const patient = newMarker('Patient');
  const encounter = newMarker('Encounter');
  /** The record key by design, and nowhere else. */
  const documentId = newMarker('Document');
  const all = [text, patient, encounter, documentId];
  let scene: Scene;
  let env: Record<string, string>;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'epee-planted-'));
    scene = await openScene();
    const { topics, consumer } = scene.options;
    env = {
      EPEE_KAFKA_BROKERS: process.env.EPEE_TEST_KAFKA_BROKERS ?? '',
      EPEE_REDIS_URL: redisUrl,
      EPEE_KAFKA_GROUP: consumer.group,
      EPEE_NOTES_TOPIC: topics.notes,
      EPEE_RESULTS_TOPIC: topics.results,
      EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
      EPEE_DEAD_LETTER_MARKS_TOPIC: `${topics.deadLetters}.marks`,
      EPEE_AUDIT_TOPIC: `${topics.deadLetters}.audit`,
      EPEE_INGEST_PORT: '0',
      EPEE_WORKER_PORT: '0',
      EPEE_PROJECTOR_PORT: '0',
      EPEE_LOG_LEVEL: 'debug',
      EPEE_NOTE_MAX_BYTES: '20000',
    };
  });
  after(async () => {
    for (const topic of [env.EPEE_DEAD_LETTER_MARKS_TOPIC!, env.EPEE_AUDIT_TOPIC!])
      if ((await scene.admin.partitions(topic)) !== null) await scene.admin.deleteTopics([topic]);
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const body = (over: object = {}) =>
    JSON.stringify({
      documentId,
      version: 1,
      patientRef: patient,
      encounterRef: encounter,
      text: `Rash after amoxicillin, says ${text}. Stop it.`,
      ...over,
    });

  const readAll = async (topic: string): Promise<SeenRecord[]> => {
    if ((await scene.admin.partitions(topic)) === null) return [];
    const records: SeenRecord[] = [];
    const ranges = (await scene.admin.offsets(topic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
    const onRecords = (partition: number, some: readonly SeenRecord[]) =>
      void records.push(...some.map((one) => ({ ...one, topic, partition })));
    await scene.kafka.scan({ topic, ranges, onRecords: onRecords as never });
    return records;
  };

  /** Sends good and bad notes by every way in. */
  async function sendAll(url: string): Promise<string[]> {
    const json = { 'content-type': 'application/json' };
    const answers: string[] = [];
    const post = async (path: string, init: RequestInit) =>
      void answers.push(await (await fetch(`${url}${path}`, { method: 'POST', ...init })).text());
    await post('/v1/notes', { headers: json, body: body() });
    const bad = [
      `{"text": "${text}`,
      `${text}`,
      // A field that could be a misspelt one is named to its sender; this one could not.
      body({ [`says ${text}`]: 1 }),
      body({ text: 7, patientRef: { [patient]: text } }),
      body({ text: text.repeat(2000) }),
      body({ documentId: `${documentId}\n` }),
      body({ patientRef: patient.repeat(50) }),
      body({ version: documentId }),
    ];
    for (const one of bad) await post('/v1/notes', { headers: json, body: one });
    await post('/v1/notes', { headers: { 'content-type': 'application/x-ndjson' }, body: [body({ version: 2 }), ...bad].join('\n') });
    await post('/v1/notes', { headers: { 'content-type': `text/${text}` }, body: text });
    await post('/v1/notes', { headers: { ...json, 'x-epee-policy': text }, body: body() });
    await post(`/v1/notes/${documentId}?patient=${patient}`, { headers: json, body: body() });
    // What other producers may write to the topic.
    const { codec } = scene;
    const note = { ...scene.note(1), documentId, patientRef: patient, encounterRef: encounter, text: `From elsewhere: ${text}` };
    const encoded = codec.encodeNote(note);
    await scene.publish([
      { key: documentId, value: encoded.subarray(0, encoded.length - 3) },
      { key: documentId, value: Buffer.from(text) },
      { key: documentId, value: Buffer.concat([Buffer.from([0, 0, 0, 0, 99]), Buffer.from(text)]) },
      { key: documentId, value: encoded, headers: { 'epee-policy': 'reckless' } },
      { key: documentId, value: codec.encodeNote({ ...note, version: 3n, text: ' ' }) },
      { key: documentId, value: codec.encodeNote({ ...note, version: 4n, text: text.repeat(2000) }) },
      { key: documentId, value: null },
    ]);
    return answers;
  }

  it('shows up in no log, metric, key or header, and in no output of a command', async () => {
    const services: Record<string, Program> = {};
    const outputs: Record<string, string> = {};
    const redis = new Redis(redisUrl);
    try {
      const ports: Record<string, string> = {};
      for (const name of ['ingest', 'worker', 'projector']) services[name] = startEpee(['run', name], { env });
      for (const [name, service] of Object.entries(services)) ports[name] = (await service.found(/"port":(\d+)/))[1]!;
      outputs['answers of ingest'] = (await sendAll(`http://127.0.0.1:${ports.ingest}`))
        .slice(1)
        .join('\n')
        .replaceAll(`"documentId":"${documentId}"`, '');

      const file = join(folder, 'notes.jsonl');
      writeFileSync(file, [body({ version: 5 }), `{"documentId":"${documentId}","text":7}`, `{"${text}`, body({ text: '  ' })].join('\n'));
      const ingested = await epee(['ingest', file, '--json'], { env });
      assert.equal(ingested.exitCode, 1, ingested.stderr);
      outputs['epee ingest'] = ingested.stdout + ingested.stderr;

      const command = async (...args: string[]) => {
        const { stdout, stderr, exitCode } = await epee(args, { env });
        outputs[args.slice(0, 2).join(' ')] =
          (outputs[args.slice(0, 2).join(' ')] ?? '') + (args[0] === 'results' && exitCode === 0 ? '' : stdout) + stderr;
        return { stdout, stderr, exitCode };
      };
      const letters = await eventually('all dead letters', async () => {
        const found = await readAll(env.EPEE_DEAD_LETTERS_TOPIC!);
        return found.length >= 7 ? found : undefined;
      });
      await eventually('the newest result in Redis', async () => {
        const { stdout } = await epee(['results', documentId, '--json'], { env });
        return stdout.includes('"version":5') ? true : undefined;
      });
      assert.equal((await command('results', documentId)).exitCode, 0);
      assert.equal((await command('results', `${documentId}-missing`)).exitCode, 4);
      const id = `${letters[0]!.partition}:${letters[0]!.offset}`;
      for (const args of [
        ['list'],
        ['list', '--json'],
        ['list', '--count'],
        ['show', id],
        ['show', id, '--json'],
        ['retry', '--all', '--yes'],
      ]) {
        assert.equal((await command('dead-letters', ...args)).exitCode, 0);
      }
      await eventually('letters of the second attempt', async () =>
        (await readAll(env.EPEE_DEAD_LETTERS_TOPIC!)).length >= 14 ? true : undefined,
      );

      for (const [name, port] of Object.entries(ports)) {
        for (const path of ['/metrics', '/health', '/ready'])
          outputs[`${name} ${path}`] = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
      }
      outputs['keys in Redis'] = (await redis.keys('*')).join('\n');
      outputs['groups, as Kafka names them'] = JSON.stringify(await redis.hkeys('epee:offsets:{epee:results}'));
    } finally {
      for (const service of Object.values(services)) service.kill('SIGTERM');
      for (const [name, service] of Object.entries(services)) {
        const { stdout, stderr } = await service.ended;
        outputs[`output of ${name}`] = stdout + stderr;
      }
      redis.disconnect();
    }
    assert.match(outputs['output of worker']!, /A record went to the dead letters/);
    assert.match(outputs['worker /metrics']!, /epee_worker_dead_letter_records_total\{/);
    for (const [name, output] of Object.entries(outputs)) assert.deepEqual(markersIn(output, all), [], name);

    let records = 0;
    for (const topic of [env.EPEE_NOTES_TOPIC!, env.EPEE_RESULTS_TOPIC!, env.EPEE_DEAD_LETTERS_TOPIC!, env.EPEE_DEAD_LETTER_MARKS_TOPIC!]) {
      for (const { key, headers } of await readAll(topic)) {
        records += 1;
        const inHeaders = Object.entries(headers).flatMap(([name, value]) => [name, value.toString('latin1')]);
        assert.deepEqual(markersIn(inHeaders.join('\n'), all), [], `headers on ${topic}`);
        assert.deepEqual(markersIn(key ?? '', [text, patient, encounter]), [], `keys on ${topic}`);
      }
    }
    assert.ok(records > 25, `only ${records} records were looked at`);
    assert.ok(
      markersIn((await readAll(env.EPEE_RESULTS_TOPIC!)).map(({ value }) => value!.toString('latin1')).join(), [text]).length > 0,
      'the search finds',
    );
  });

  const crashes: readonly (readonly [Crash, number | null])[] = [
    ['uncaught exception', 1],
    ['unhandled rejection', 1],
    ['defect', 1],
    ['engine error', null],
  ];
  for (const [crash, exitCode] of crashes) {
    it(`stays out of what a worker prints when it meets this with the note in hand: ${crash}`, async () => {
      const own = await openScene();
      const { topics, consumer } = own.options;
      const child = spawn(process.execPath, [CRASHING_WORKER], {
        env: {
          PATH: process.env.PATH,
          ...env,
          EPEE_KAFKA_GROUP: consumer.group,
          EPEE_NOTES_TOPIC: topics.notes,
          EPEE_RESULTS_TOPIC: topics.results,
          EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
          EPEE_TEST_CRASH: crash,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      try {
        const value = own.codec.encodeNote({ ...own.note(1), documentId, patientRef: patient, text });
        await own.publish([{ key: documentId, value }]);
        if (exitCode === null) {
          await eventually('it is a dead letter', () => (output.includes('A record went to the dead letters') ? true : undefined));
          child.kill('SIGTERM');
          assert.equal(await ended, 0);
        } else {
          assert.equal(await ended, exitCode, output);
          assert.match(output, /"level":"fatal"/);
        }
        assert.deepEqual(markersIn(output, all), []);
      } finally {
        child.kill('SIGKILL');
        await own.close();
      }
    });
  }
});
