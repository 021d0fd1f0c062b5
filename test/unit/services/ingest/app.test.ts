import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { InputRecord } from '@epee/avro';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { createLogger, createMetrics } from '@epee/telemetry';
import { createIngestApp } from '../../../../services/ingest/http/app.ts';
import type { Publish } from '../../../../services/ingest/types.ts';

const NOTE = { documentId: 'd1', version: 2, text: 'Planted text' };
const JSON_TYPE = { 'content-type': 'application/json' };
const LINES_TYPE = { 'content-type': 'application/x-ndjson' };
const downError = new EpeeError('KAFKA_SEND_FAILED', 'Sending failed', { stage: 'publish' });

describe('POST /v1/notes', () => {
  let codec: Codec;
  before(async () => {
    codec = await createCodec(await fileRegistry());
  });

  function start({
    publish,
    noteMaxBytes = 2000,
    maxInFlightBytes = 1e6,
    reachable = async () => {},
    sleep = () => new Promise(() => {}),
  }: Partial<{
    publish: Publish;
    noteMaxBytes: number;
    maxInFlightBytes: number;
    reachable: () => Promise<void>;
    sleep: (ms: number) => Promise<void>;
  }> = {}) {
    const published: InputRecord[] = [];
    const lines: string[] = [];
    let clockMs = 0;
    const ingest = createIngestApp(
      {
        noteMaxBytes,
        maxInFlightBytes,
        maxConnections: 2,
        imageMaxPixels: 1_000_000,
        policies: { notes: ['full', 'careful', 'fast'], images: null },
      },
      {
        publish: publish ?? (async (records) => void published.push(...records)),
        publishImages: async () => {},
        checkReachable: reachable,
        sleep,
        codec,
        logger: createLogger({ service: 'ingest', level: 'debug', destination: { write: (line: string) => void lines.push(line) } }),
        metrics: createMetrics(),
        nowMs: () => 1234,
        monotonicMs: () => clockMs,
      },
    );
    const post = async (payload: string | Buffer | Readable, headers: Record<string, string> = JSON_TYPE, url = '/v1/notes') => {
      const answer = await ingest.app.inject({ method: 'POST', url, headers, payload });
      assert.ok(!answer.body.includes('Planted') && !lines.join('').includes('Planted'), 'no text in answers and logs');
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
    };
    return { ...ingest, post, published, lines, tick: (ms: number) => (clockMs += ms) };
  }

  describe('with one note', () => {
    it('answers 202 with id and version after the publish', async () => {
      const { post, published } = start();
      const { status, body } = await post(JSON.stringify(NOTE));
      assert.deepEqual([status, body], [202, { documentId: 'd1', version: 2 }]);
      assert.equal(published.length, 1);
      assert.equal(published[0]!.key, 'd1');
      assert.deepEqual(await codec.decodeNote(published[0]!.value), {
        ...{ documentId: 'd1', version: 2n, source: 'http', patientRef: null, encounterRef: null, noteType: null },
        ...{ text: 'Planted text', receivedAtMs: 1234 },
      });
    });

    it('does not answer before the brokers do', async () => {
      let confirm = () => {};
      const { post } = start({ publish: () => new Promise<void>((resolve) => (confirm = resolve)) });
      let answered = false;
      const answer = post(JSON.stringify(NOTE)).then((given) => {
        answered = true;
        return given;
      });
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      assert.equal(answered, false);
      confirm();
      assert.equal((await answer).status, 202);
    });

    it('gives the same document the same key', async () => {
      const { post, published } = start();
      await post(JSON.stringify(NOTE));
      await post(JSON.stringify({ ...NOTE, version: 3 }));
      assert.deepEqual(
        published.map(({ key }) => key),
        ['d1', 'd1'],
      );
    });

    it('answers versions beyond 2^53 as text', async () => {
      const { body } = await start().post(JSON.stringify({ ...NOTE, version: '9007199254740993' }));
      assert.equal(body.version, '9007199254740993');
    });

    it('refuses invalid JSON with the place: 400 REQUEST_JSON_INVALID', async () => {
      const { status, body } = await start().post('{"text": Planted}');
      assert.deepEqual([status, body.code], [400, 'REQUEST_JSON_INVALID']);
      assert.match(body.message, /line 1, column 10 \(position 9\)/);
    });

    it('refuses a field of the wrong type with its path: 400 REQUEST_FIELD_INVALID', async () => {
      const { status, body } = await start().post(JSON.stringify({ ...NOTE, text: ['Planted'] }));
      assert.deepEqual([status, body.code, body.path], [400, 'REQUEST_FIELD_INVALID', '$.text']);
    });

    it('refuses text that is not UTF-8 or empty: 400', async () => {
      const { post } = start();
      assert.equal(
        (await post(Buffer.concat([Buffer.from('{"text":"'), Buffer.from([0xff]), Buffer.from('"}')]))).body.code,
        'TEXT_INVALID_UTF8',
      );
      const empty = await post(JSON.stringify({ ...NOTE, text: '  ' }));
      assert.deepEqual([empty.status, empty.body.code, empty.body.path], [400, 'TEXT_EMPTY', '$.text']);
    });

    it('refuses what is too large: 413 REQUEST_TOO_LARGE, declared or not', async () => {
      const { post, published } = start();
      const large = JSON.stringify({ ...NOTE, text: 'Planted '.repeat(300) });
      for (const payload of [large, Readable.from([Buffer.from(large)])]) {
        const { status, body } = await post(payload);
        assert.deepEqual([status, body.code], [413, 'REQUEST_TOO_LARGE']);
      }
      assert.equal(published.length, 0);
    });

    it('refuses other media types, charsets and compressed bodies: 415 REQUEST_MEDIA_TYPE_UNSUPPORTED', async () => {
      const { post } = start();
      for (const headers of [
        {},
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/jsonx' },
        { 'content-type': 'application/json; charset=latin1' },
        { ...JSON_TYPE, 'content-encoding': 'gzip' },
      ]) {
        const { status, body } = await post(JSON.stringify(NOTE), headers as Record<string, string>);
        assert.deepEqual([status, body.code], [415, 'REQUEST_MEDIA_TYPE_UNSUPPORTED'], JSON.stringify(headers));
      }
      assert.equal((await post(JSON.stringify(NOTE), { 'content-type': 'Application/JSON; charset="UTF-8"' })).status, 202);
    });

    it('answers 503 INGEST_UNAVAILABLE with Retry-After while Kafka does not confirm', async () => {
      const { post, lines } = start({ publish: () => Promise.reject(downError) });
      const { status, headers, body } = await post(JSON.stringify(NOTE));
      assert.deepEqual([status, body.code], [503, 'INGEST_UNAVAILABLE']);
      assert.ok(Number(headers['retry-after']) > 0);
      assert.match(lines.join(''), /"level":"warn".*KAFKA_SEND_FAILED/);
    });

    it('answers 503 INGEST_OVERLOADED with Retry-After while too much is in flight, and takes notes again after', async () => {
      let confirm = () => {};
      const publish = () => new Promise<void>((resolve) => (confirm = resolve));
      const { post } = start({ publish, noteMaxBytes: 100, maxInFlightBytes: 100 });
      const first = post(JSON.stringify(NOTE));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      const { status, headers, body } = await post(JSON.stringify(NOTE));
      assert.deepEqual([status, body.code], [503, 'INGEST_OVERLOADED']);
      assert.ok(Number(headers['retry-after']) > 0);
      confirm();
      assert.equal((await first).status, 202);
      const again = post(JSON.stringify(NOTE));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      confirm();
      assert.equal((await again).status, 202);
    });

    it('hides the cause of its own failures: 500 INTERNAL', async () => {
      const broken = { encodeNote: () => assert.fail('Planted'), encodeImage: () => assert.fail('Planted') };
      const { app } = createIngestApp(
        { noteMaxBytes: 1000, maxInFlightBytes: 1000, maxConnections: 2, imageMaxPixels: 1000 },
        {
          ...{
            publish: async () => {},
            publishImages: async () => {},
            checkReachable: async () => {},
            codec: broken,
            metrics: createMetrics(),
            nowMs: () => 0,
            monotonicMs: () => 0,
          },
          logger: createLogger({ service: 'ingest', level: 'silent' }),
        },
      );
      const answer = await app.inject({ method: 'POST', url: '/v1/notes', headers: JSON_TYPE, payload: JSON.stringify(NOTE) });
      assert.deepEqual(
        [answer.statusCode, answer.json()],
        [500, { code: 'INTERNAL', message: 'The server failed; its log has the cause' }],
      );
    });
  });

  describe('with a policy', () => {
    it('that the model does not have, are refused before anything is published', async () => {
      const { post, published } = start();
      for (const [payload, type] of [
        [JSON.stringify(NOTE), JSON_TYPE],
        [`${JSON.stringify(NOTE)}\n`, LINES_TYPE],
      ] as const) {
        const { status, body } = await post(payload, { ...type, 'x-epee-policy': 'nightly' });
        assert.deepEqual([status, body.code], [400, 'POLICY_UNKNOWN']);
        assert.match(body.message, /^policy nightly is unknown: the model package has full, careful, fast$/);
      }
      assert.equal(published.length, 0);
    });

    it('from the header or the query goes into the record header', async () => {
      const { post, published } = start();
      await post(JSON.stringify(NOTE), { ...JSON_TYPE, 'x-epee-policy': 'careful' });
      await post(JSON.stringify(NOTE), JSON_TYPE, '/v1/notes?policy=full');
      await post(`${JSON.stringify(NOTE)}\n`, { ...LINES_TYPE, 'x-epee-policy': 'fast' });
      await post(JSON.stringify(NOTE));
      assert.deepEqual(
        published.map(({ headers }) => headers),
        [{ 'epee-policy': 'careful' }, { 'epee-policy': 'full' }, { 'epee-policy': 'fast' }, {}],
      );
    });

    it('of another form, given twice or misspelt is refused: 400 REQUEST_FIELD_INVALID', async () => {
      const { post, published } = start();
      for (const [headers, query] of [
        [{ 'x-epee-policy': 'Fast!' }, ''],
        [{}, '?policy='],
        [{}, '?policy=a&policy=b'],
        [{ 'x-epee-policy': 'fast' }, '?policy=fast'],
        [{}, '?polcy=fast'],
      ] as const) {
        const { status, body } = await post(JSON.stringify(NOTE), { ...JSON_TYPE, ...headers }, `/v1/notes${query}`);
        assert.deepEqual([status, body.code, body.path], [400, 'REQUEST_FIELD_INVALID', 'policy']);
      }
      assert.equal(published.length, 0);
    });
  });

  describe('with a stream of notes', () => {
    const line = (change: object) => JSON.stringify({ ...NOTE, ...change });

    it('takes every line', async () => {
      const { post, published } = start();
      const { status, body } = await post(['a', 'b', 'c'].map((documentId) => line({ documentId })).join('\n'), LINES_TYPE);
      assert.deepEqual([status, body], [202, { accepted: 3, rejectedCount: 0, rejected: [] }]);
      assert.deepEqual(
        published.map(({ key }) => key),
        ['a', 'b', 'c'],
      );
    });

    it('refuses bad lines by number, code and path, and takes the others', async () => {
      const { post, published } = start();
      const lines = [
        line({ documentId: 'a' }),
        '{',
        '',
        line({ text: 7 }),
        line({ text: 'Planted '.repeat(300) }),
        line({ documentId: 'b' }),
      ];
      const { status, body } = await post(lines.join('\r\n'), LINES_TYPE);
      assert.equal(status, 207);
      assert.deepEqual([body.accepted, body.rejectedCount], [2, 3]);
      assert.deepEqual(
        body.rejected.map(({ line: number, code, path }: { line: number; code: string; path?: string }) => [number, code, path]),
        [
          [2, 'REQUEST_JSON_INVALID', undefined],
          [4, 'REQUEST_FIELD_INVALID', '$.text'],
          [5, 'REQUEST_TOO_LARGE', undefined],
        ],
      );
      assert.deepEqual(
        published.map(({ key }) => key),
        ['a', 'b'],
      );
    });

    it('answers 400 when no line was taken or there was none', async () => {
      const { post } = start();
      assert.equal((await post('{\n{\n', LINES_TYPE)).status, 400);
      assert.deepEqual([(await post('\n\n', LINES_TYPE)).body.code, (await post('', LINES_TYPE)).status], ['REQUEST_JSON_INVALID', 400]);
    });

    it('lists the first hundred refused lines and counts all', async () => {
      const { body } = await start().post('{\n'.repeat(250), LINES_TYPE);
      assert.deepEqual([body.rejectedCount, body.rejected.length, body.rejected.at(-1).line], [250, 100, 100]);
    });

    it('says how many notes were accepted when Kafka fails midway: 503', async () => {
      let calls = 0;
      const { post } = start({ publish: () => (++calls === 1 ? Promise.resolve() : Promise.reject(downError)) });
      const { status, headers, body } = await post(`${line({})}\n`.repeat(1000), LINES_TYPE);
      assert.deepEqual([status, body.code, body.accepted], [503, 'INGEST_UNAVAILABLE', 500]);
      assert.ok(headers['retry-after']);
    });

    it('reads only as fast as Kafka accepts', async () => {
      let sent = 0;
      async function* notes() {
        for (let index = 0; index < 10_000; index++) {
          sent++;
          yield Buffer.from(`${line({ documentId: `d${index}`, text: 'Planted '.repeat(100) })}\n`);
        }
      }
      let onTheirWay = 0;
      let most = 0;
      const { post } = start({
        publish: async (records) => {
          const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
          onTheirWay += bytes;
          most = Math.max(most, onTheirWay);
          await new Promise(setImmediate);
          onTheirWay -= bytes;
        },
      });
      const { status, body } = await post(Readable.from(notes()), LINES_TYPE);
      assert.deepEqual([status, body.accepted, sent], [202, 10_000, 10_000]);
      assert.ok(most < 600_000, `${most} bytes were on their way`);
    });
  });

  describe('besides notes', () => {
    it('answers 404 REQUEST_NOT_FOUND elsewhere, without repeating the address', async () => {
      const { app } = start();
      for (const [method, url] of [
        ['GET', '/v1/notes'],
        ['POST', '/Planted'],
        ['DELETE', '/v1/notes?x=Planted'],
      ] as const) {
        const answer = await app.inject({ method, url });
        assert.deepEqual([answer.statusCode, answer.json().code], [404, 'REQUEST_NOT_FOUND']);
        assert.ok(!answer.body.includes('Planted'));
      }
    });

    it('counts notes and requests', async () => {
      const { app, post } = start();
      await post(JSON.stringify(NOTE));
      await post('{');
      const { body } = await app.inject({ url: '/metrics' });
      assert.match(body, /^epee_ingest_notes_total\{outcome="accepted",code=""\} 1$/m);
      assert.match(body, /^epee_ingest_notes_total\{outcome="rejected",code="REQUEST_JSON_INVALID"\} 1$/m);
      assert.match(body, /^epee_ingest_requests_total\{route="\/v1\/notes",status="202"\} 1$/m);
      assert.match(body, /^epee_ingest_in_flight_bytes 0$/m);
    });

    it('is ready while Kafka answers, until it stops', async () => {
      let down = false;
      const reachable = async () => {
        if (down) throw new EpeeError('KAFKA_UNREACHABLE', 'No broker of 127.0.0.1:1', { stage: 'publish' });
      };
      const { app, tick, markStopping } = start({ reachable });
      const ready = async () => (await app.inject({ url: '/ready' })).statusCode;
      assert.equal(await ready(), 200);
      down = true;
      assert.equal(await ready(), 200, 'the answer is kept for some seconds');
      tick(6000);
      assert.equal(await ready(), 503);
      down = false;
      assert.equal(await ready(), 200);
      markStopping();
      assert.equal(await ready(), 503);
      assert.equal((await app.inject({ url: '/health' })).statusCode, 200);
    });

    it('lets no caller wait longer than ten seconds for Kafka, and refuses at once while a publish is late', async () => {
      let calls = 0;
      let wake = () => {};
      let confirm = () => {};
      const { post, tick } = start({
        publish: () => {
          calls++;
          return new Promise<void>((resolve) => {
            confirm = resolve;
          });
        },
        sleep: (ms) => {
          assert.equal(ms, 10_000);
          return new Promise<void>((resolve) => {
            wake = resolve;
          });
        },
      });
      const first = post(JSON.stringify(NOTE));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      tick(10_001);
      wake();
      assert.deepEqual([(await first).status, (await first).body.code], [503, 'INGEST_UNAVAILABLE']);
      assert.equal((await post(JSON.stringify(NOTE))).status, 503);
      assert.equal(calls, 1, 'the second note was not even sent');
      confirm();
      await new Promise(setImmediate);
      const third = post(JSON.stringify(NOTE));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      confirm();
      assert.equal((await third).status, 202);
    });

    it('is no longer alive once a publish is stuck', async () => {
      const { app, post, tick } = start({ publish: () => new Promise(() => {}) });
      void post(JSON.stringify(NOTE));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      assert.equal((await app.inject({ url: '/health' })).statusCode, 200);
      tick(121_000);
      assert.equal((await app.inject({ url: '/health' })).statusCode, 503);
    });
  });
});
