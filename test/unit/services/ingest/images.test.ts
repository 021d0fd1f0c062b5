import assert from 'node:assert/strict';
import type { InputRecord } from '@epee/avro';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { MAX_INLINE_IMAGE_BYTES } from '@epee/records';
import { createLogger, createMetrics } from '@epee/telemetry';
import { createIngestApp } from '../../../../services/ingest/http/app.ts';
import type { Publish } from '../../../../services/ingest/types.ts';
import { JPEG, pngClaiming, pngOf } from '../../adapters/imaging/images.ts';

const JSON_TYPE = 'application/json';

describe('POST /v1/images', () => {
  let codec: Codec;
  let png: Buffer;
  before(async () => {
    codec = await createCodec(await fileRegistry());
    png = await pngOf(20, 10);
  });

  function start(publishImages?: Publish) {
    const published: InputRecord[] = [];
    const metrics = createMetrics();
    const { app } = createIngestApp(
      { noteMaxBytes: 2000, maxInFlightBytes: 10_000_000, maxConnections: 10, imageMaxPixels: 1_000_000 },
      {
        publish: async () => assert.fail('no note was sent'),
        publishImages: publishImages ?? (async (records) => void published.push(...records)),
        checkReachable: async () => {},
        sleep: () => new Promise(() => {}),
        codec,
        logger: createLogger({ service: 'ingest', level: 'silent' }),
        metrics,
        nowMs: () => 1234,
        monotonicMs: () => 0,
      },
    );
    const post = async (payload: Buffer | object, type = JSON_TYPE, query = '', headers: Record<string, string> = {}) => {
      const answer = await app.inject({
        ...{ method: 'POST', url: `/v1/images${query}`, headers: { 'content-type': type, ...headers } },
        payload: Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
      });
      return { status: answer.statusCode, body: answer.json() };
    };
    return { post, published, metrics };
  }

  it('takes JSON with base64 and answers 202 when Kafka has the event', async () => {
    const { post, published, metrics } = start();
    const image = { documentId: 'i1', version: 2, modality: 'DX', patientRef: 'p', bytes: png.toString('base64') };
    assert.deepEqual(await post(image, JSON_TYPE, '?policy=careful'), { status: 202, body: { documentId: 'i1', version: 2 } });
    const [record] = published;
    assert.deepEqual([record!.key, record!.headers], ['i1', { 'epee-policy': 'careful' }]);
    assert.deepEqual(await codec.decodeImage(record!.value), {
      ...{ documentId: 'i1', version: 2n, source: 'http', patientRef: 'p', encounterRef: null, modality: 'DX' },
      ...{ format: 'png', width: 20, height: 10, channels: 1, bytes: png, reference: null, receivedAtMs: 1234 },
    });
    assert.match(await metrics.text(), /epee_ingest_images_total\{outcome="accepted",code=""\} 1/);
  });

  it('accepts PNG, JPEG and raw pixels as the body, fields in the query, and references to a patient in headers', async () => {
    const { post, published } = start();
    const headers = { 'x-epee-patient-ref': 'p7', 'x-epee-encounter-ref': 'e7', 'x-epee-policy': 'full' };
    assert.equal((await post(png, 'image/png', '?documentId=a%2F1&version=3&source=pacs&modality=DX', headers)).status, 202);
    assert.equal((await post(JPEG, 'image/jpeg', '?documentId=b')).status, 202);
    assert.equal((await post(Buffer.alloc(24), 'application/octet-stream', '?documentId=c&width=4&height=2&channels=3')).status, 202);
    const [first, second, third] = await Promise.all(published.map(({ value }) => codec.decodeImage(value)));
    assert.deepEqual(
      [first!.documentId, first!.version, first!.source, first!.modality, first!.patientRef, first!.encounterRef],
      ['a/1', 3n, 'pacs', 'DX', 'p7', 'e7'],
    );
    assert.deepEqual([second!.format, second!.width, second!.channels], ['jpeg', 8, 1]);
    assert.deepEqual([third!.format, third!.width, third!.height, third!.bytes!.length], ['raw', 4, 2, 24]);
  });

  it('accepts a reference unread: the worker follows it', async () => {
    const { post, published } = start();
    const reference = { uri: 'file:///images/a.png', sha256: 'a'.repeat(64), bytes: 9_000_000 };
    assert.equal((await post({ documentId: 'r', format: 'png', width: 3000, height: 2000, channels: 1, reference })).status, 202);
    assert.deepEqual((await codec.decodeImage(published[0]!.value)).reference, reference);
  });

  it('refuses with a code what the worker would refuse, and publishes nothing', async () => {
    const { post, published, metrics } = start();
    const json = (bytes: Buffer, more = {}) => ({ documentId: 'i', bytes: bytes.toString('base64'), ...more });
    const large = Buffer.alloc(MAX_INLINE_IMAGE_BYTES + 1);
    const cases: [Awaited<ReturnType<typeof post>>, number, string][] = [
      [await post(json(Buffer.alloc(0))), 400, 'IMAGE_EMPTY'],
      [await post(Buffer.alloc(0), 'image/png', '?documentId=i'), 400, 'IMAGE_EMPTY'],
      [await post(json(Buffer.from('plain text'))), 400, 'IMAGE_UNREADABLE'],
      [await post(png.subarray(0, 20), 'image/png', '?documentId=i'), 400, 'IMAGE_UNREADABLE'],
      [await post(png, 'image/jpeg', '?documentId=i'), 400, 'IMAGE_MISMATCH'],
      [await post(JPEG, 'image/png', '?documentId=i'), 400, 'IMAGE_MISMATCH'],
      [await post(png, 'image/png', '?documentId=i&width=21'), 400, 'IMAGE_MISMATCH'],
      [await post(Buffer.alloc(5), 'application/octet-stream', '?documentId=i&width=4&height=2&channels=3'), 400, 'IMAGE_MISMATCH'],
      [await post(Buffer.alloc(24), 'application/octet-stream', '?documentId=i'), 400, 'REQUEST_FIELD_INVALID'],
      [await post(Buffer.alloc(24), 'application/octet-stream', '?documentId=i&width=0&height=2&channels=3'), 400, 'REQUEST_FIELD_INVALID'],
      [await post(pngClaiming(60_000, 60_000), 'image/png', '?documentId=i'), 413, 'IMAGE_TOO_LARGE'],
      [await post(large, 'image/png', '?documentId=i'), 413, 'IMAGE_TOO_LARGE'],
      [await post(json(Buffer.concat([png, large]))), 413, 'IMAGE_TOO_LARGE'],
      [await post(Buffer.alloc(1_000_000), JSON_TYPE), 413, 'REQUEST_TOO_LARGE'],
      [await post(Buffer.from('{'), JSON_TYPE), 400, 'REQUEST_JSON_INVALID'],
      [await post(png, 'image/png'), 400, 'REQUEST_FIELD_INVALID'],
      [await post(png, 'image/png', '?documentId=i&documentId=j'), 400, 'REQUEST_FIELD_INVALID'],
      [await post(png, 'image/png', '?documentId=i&patientRef=p'), 400, 'REQUEST_FIELD_INVALID'],
      [await post(png, 'image/png', '?documentId=i&version=x'), 400, 'REQUEST_FIELD_INVALID'],
      [await post(json(png), JSON_TYPE, '?documentId=i'), 400, 'REQUEST_FIELD_INVALID'],
      [await post(png, 'image/gif', '?documentId=i'), 415, 'REQUEST_MEDIA_TYPE_UNSUPPORTED'],
      [await post(png, 'image/png', '?documentId=i', { 'content-encoding': 'gzip' }), 415, 'REQUEST_MEDIA_TYPE_UNSUPPORTED'],
    ];
    for (const [at, [{ status, body }, expected, code]] of cases.entries())
      assert.deepEqual([status, body.code], [expected, code], `${at}: ${body.message}`);
    assert.deepEqual(published, []);
    assert.match(await metrics.text(), /epee_ingest_images_total\{outcome="rejected",code="IMAGE_EMPTY"\} 2/);
  });

  it('answers 503 where Kafka does not confirm', async () => {
    const { post } = start(async () => Promise.reject(new EpeeError('KAFKA_SEND_FAILED', 'down', { stage: 'publish' })));
    const { status, body } = await post(png, 'image/png', '?documentId=i');
    assert.deepEqual([status, body.code], [503, 'INGEST_UNAVAILABLE']);
    assert.match(body.message, /did not confirm the images/);
  });
});
