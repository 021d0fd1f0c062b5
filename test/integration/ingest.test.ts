import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { ingestConfig } from '@epee/config';
import type { EpeeError } from '@epee/errors';
import { openIngest } from '@epee/ingest';
import { createKafka, type Kafka, type KafkaAdmin } from '@epee/kafka';
import type { ClinicalNote } from '@epee/records';
import type { FetchedRecord } from '@epee/stream';
import { createLogger } from '@epee/telemetry';
import { startKafka } from '../../deploy/local/index.ts';
import { testKafkaOptions } from './worker-support/scene.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const JSON_TYPE = { 'content-type': 'application/json' };
const LINES_TYPE = { 'content-type': 'application/x-ndjson' };
/** A record as read, with its partition and its decoded value. */
type ReadNote = FetchedRecord & { readonly partition: number; readonly note: ClinicalNote };
/** What `fetch` takes as a body here. */
type Body = string | Buffer | ReadableStream;

const logger = createLogger({ service: 'ingest', level: 'silent' });
const note = (change: object = {}) => JSON.stringify({ documentId: 'd1', version: 1, text: 'Rash after amoxicillin 🩺', ...change });

describe('ingest on a real broker', () => {
  let topic: string;
  let codec: Codec;
  let admin: KafkaAdmin;
  const kafka = createKafka(testKafkaOptions());

  before(async () => {
    codec = await createCodec(await fileRegistry());
    admin = await kafka.admin();
  });
  after(() => admin?.close());
  beforeEach(() => {
    topic = `ingest-test-${randomUUID()}`;
  });
  afterEach(async () => {
    for (const name of [topic, `${topic}.r`, `${topic}.d`]) if ((await admin.partitions(name)) !== null) await admin.deleteTopics([name]);
  });

  const environment = (brokers = testKafkaOptions().brokers.join()) => ({
    EPEE_KAFKA_BROKERS: brokers,
    EPEE_NOTES_TOPIC: topic,
    EPEE_RESULTS_TOPIC: `${topic}.r`,
    EPEE_DEAD_LETTERS_TOPIC: `${topic}.d`,
    EPEE_TOPIC_PARTITIONS: '3',
    EPEE_INGEST_PORT: '0',
  });

  async function withIngest(work: (url: string, port: number) => Promise<void>, brokers?: string): Promise<void> {
    const ingest = await openIngest(ingestConfig(environment(brokers)), logger);
    try {
      await work(`http://127.0.0.1:${ingest.address.port}/v1/notes`, ingest.address.port);
    } finally {
      await ingest.stop();
      await ingest.done;
    }
  }

  /** Everything that the topic holds, read until `count` records are there. */
  async function readAll(count: number, from: Kafka = kafka): Promise<ReadNote[]> {
    const read: ReadNote[] = [];
    let finish = () => {};
    const complete = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const group = `ingest-test-${randomUUID()}`;
    const consumer = await from.consume({
      ...{ group, topics: [topic], sessionTimeoutMs: 10_000 },
      onBatch: async ({ records, partition, lastOffset }, control) => {
        for (const record of records) read.push({ ...record, partition, note: await codec.decodeNote(record.value) });
        control.resolve(lastOffset + 1n);
        if (read.length >= count) finish();
      },
    });
    await Promise.race([complete, consumer.done]);
    await consumer.stop();
    return read;
  }

  const post = async (url: string, body: Body, headers: Record<string, string> = JSON_TYPE) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    } as RequestInit);
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: (await answer.json()) as Record<string, unknown> };
  };

  it('puts one note on the topic before it answers, under its documentId and with its policy', () =>
    withIngest(async (url) => {
      assert.equal((await post(url, note(), { ...JSON_TYPE, 'x-epee-policy': 'careful' })).status, 202);
      const held = await admin.offsets(topic);
      assert.equal(
        held.reduce((sum, { low, high }) => sum + high - low, 0n),
        1n,
      );
      const [record] = await readAll(1);
      assert.equal(record!.key?.toString(), 'd1');
      assert.equal(record!.note.text, 'Rash after amoxicillin 🩺');
      assert.equal(record!.headers['epee-policy']?.toString(), 'careful');
    }));

  it('sends versions of one document to one partition, in the order in which they came', () =>
    withIngest(async (url) => {
      for (let version = 1; version <= 5; version++) await post(url, note({ version }));
      const records = await readAll(5);
      assert.equal(new Set(records.map(({ partition }) => partition)).size, 1);
      assert.deepEqual(
        records.map((record) => record.note.version),
        [1n, 2n, 3n, 4n, 5n],
      );
    }));

  it('takes a stream of thousands of notes, refuses the bad ones and loses none of the others', () =>
    withIngest(async (url) => {
      const count = 5000;
      async function* lines() {
        for (let index = 0; index < count; index++)
          yield Buffer.from(`${index % 1000 === 999 ? '{"documentId":' : note({ documentId: `d${index}` })}\n`);
      }
      const { status, body } = await post(url, Readable.toWeb(Readable.from(lines())) as ReadableStream, LINES_TYPE);
      assert.deepEqual([status, body.accepted, body.rejectedCount], [207, count - 5, 5]);
      const records = await readAll(count - 5);
      assert.equal(records.length, count - 5);
      assert.equal(new Set(records.map(({ key }) => key?.toString())).size, count - 5);
    }));

  it('refuses 1 MB by its declared length alone: 413 while the body is still being sent', () =>
    withIngest(async (_url, port) => {
      const socket = connect(port, '127.0.0.1');
      socket.write('POST /v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n{"text":"');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
      assert.match(answer.toString(), /REQUEST_TOO_LARGE/);
      socket.destroy();
    }));

  it('lets a caller that has sent too much read the 413, declared or not', () =>
    withIngest(async (url) => {
      const large = Buffer.from(note({ text: 'x'.repeat(3_000_000) }));
      assert.equal((await post(url, large)).status, 413);
      const undeclared = Readable.toWeb(Readable.from([large.subarray(0, 1_500_000), large.subarray(1_500_000)])) as ReadableStream;
      assert.equal((await post(url, undeclared)).status, 413);
      assert.equal((await post(url, note())).status, 202);
    }));

  it('takes the largest note', () =>
    withIngest(async (url) => {
      const text = 'x'.repeat(1024 * 1024 - note({ text: '' }).length);
      assert.equal((await post(url, note({ text }))).status, 202);
      assert.equal((await readAll(1))[0]!.note.text.length, text.length);
    }));

  it('goes on when a caller breaks off in the middle', () =>
    withIngest(async (url, port) => {
      for (const type of ['application/json', 'application/x-ndjson']) {
        const broken = request({ port, host: '127.0.0.1', path: '/v1/notes', method: 'POST', headers: { 'content-type': type } });
        broken.on('error', () => {});
        broken.write(`${note()}\n{"docu`);
        await new Promise((resolve) => setImmediate(resolve));
        broken.destroy();
      }
      assert.equal((await post(url, note())).status, 202);
    }));

  it('answers 503 with Retry-After while the broker is down, loses nothing that it took, and takes notes again after', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'epee-ingest-'));
    let broker = await startKafka({ dir });
    const { port } = broker;
    try {
      await withIngest(async (url) => {
        assert.equal((await post(url, note())).status, 202);
        await broker.stop();
        const { status, retryAfter, body } = await post(url, note({ version: 2 }));
        assert.deepEqual([status, body.code], [503, 'INGEST_UNAVAILABLE']);
        assert.ok(Number(retryAfter) > 0);
        broker = await startKafka({ dir, port });
        assert.equal(broker.port, port, 'the broker is back at its address');
        const deadline = performance.now() + 60_000;
        while ((await post(url, note({ version: 3 }))).status !== 202) assert.ok(performance.now() < deadline, 'ingest did not recover');
        const ownKafka = createKafka({ brokers: [broker.bootstrap], clientId: 'ingest-test', tls: null, sasl: null });
        const versions = (await readAll(2, ownKafka)).map((record) => record.note.version);
        assert.ok(versions.includes(1n) && versions.includes(3n));
      }, broker.bootstrap);
    } finally {
      await broker.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('does not start without a broker, and says which one: KAFKA_UNREACHABLE', async () => {
    await assert.rejects(openIngest(ingestConfig(environment('127.0.0.1:1')), logger), (error: EpeeError) => {
      assert.equal(error.code, 'KAFKA_UNREACHABLE');
      assert.match(error.message, /127\.0\.0\.1:1/);
      return true;
    });
  });

  describe('as a process', () => {
    const started: ChildProcess[] = [];
    afterEach(() => {
      for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    });

    function run(env: Record<string, string>) {
      const path = process.env.PATH ?? '';
      const child = spawn(process.execPath, ['services/ingest/main.js'], {
        cwd: ROOT,
        env: { PATH: path, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      started.push(child);
      let log = '';
      child.stderr.on('data', (chunk) => {
        log += chunk;
      });
      return { child, exit: once(child, 'exit'), log: () => log };
    }

    async function portOf(log: () => string): Promise<number> {
      const deadline = performance.now() + 60_000;
      while (performance.now() < deadline) {
        const port = /"port":(\d+)/.exec(log())?.[1];
        if (port !== undefined) return Number(port);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.fail(`ingest did not start: ${log()}`);
    }

    it('ends with 1 and names the problem when an option is wrong or no broker answers', async () => {
      const invalid = run({ ...environment(), EPEE_KAFKA_BROKER: 'x' });
      assert.deepEqual(await invalid.exit, [1, null]);
      assert.match(invalid.log(), /CONFIG_INVALID.*EPEE_KAFKA_BROKER is not an option; did you mean EPEE_KAFKA_BROKERS/);
      const unreachable = run(environment('127.0.0.1:1'));
      assert.deepEqual(await unreachable.exit, [1, null]);
      assert.match(unreachable.log(), /KAFKA_UNREACHABLE.*127\.0\.0\.1:1/);
    });

    it('stops on SIGTERM after the request in hand, with 0, and logs no text', async () => {
      const { child, exit, log } = run(environment());
      const port = await portOf(log);
      const sending = request({ port, host: '127.0.0.1', path: '/v1/notes', method: 'POST', headers: JSON_TYPE });
      const whole = note();
      sending.write(whole.slice(0, 20));
      const ready = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status;
      assert.equal(await ready(), 200);
      child.kill('SIGTERM');
      sending.end(whole.slice(20));
      const [answer] = await once(sending, 'response');
      assert.equal(answer.statusCode, 202);
      answer.resume();
      assert.deepEqual(await exit, [0, null]);
      assert.match(log(), /"stopped"/);
      assert.ok(!log().includes('amoxicillin') && !log().includes('"d1"'));
      assert.equal((await readAll(1)).length, 1);
    });
  });
});
