import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workerConfig } from '@epee/config';
import { createPatience, type OpenImageReader, openImageReader, openReferenceStore } from '@epee/imaging';
import type { ImagingEvent } from '@epee/records';
import { DEAD_LETTER_HEADERS, headerText, type OutgoingRecord } from '@epee/stream';
import type { ImageWork } from '@epee/worker';
import { eventOf, JPEG, pngClaiming, pngEvent, pngOf } from '../unit/adapters/imaging/images.ts';
import { eventually, openScene, type Scene, type SeenRecord } from './worker-support/scene.ts';
import { startTestWorker } from './worker-support/start.ts';

/** A package with random weights: 12 x 8 pixels in colour, one task. */
const TINY = resolve(import.meta.dirname, '../fixtures/tiny-vit');
const SECRET = 'lindqvist-agneta';

describe('worker with an image model on a real broker', () => {
  let scene: Scene;
  let base: string;
  let server: Server;
  let open: OpenImageReader;
  let serverIsDown = false;

  before(async () => {
    base = mkdtempSync(join(tmpdir(), 'epee-worker-images-'));
    mkdirSync(join(base, 'allowed'));
    server = createServer((request, response) => {
      if (request.url === '/never.png') return;
      if (request.url === '/401.png') response.writeHead(401).end();
      else if (serverIsDown) response.writeHead(503).end();
      else if (request.url === '/a.png') pngOf(40, 30).then((png) => response.end(png));
      else response.writeHead(404).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { engine } = workerConfig({ EPEE_IMAGE_MODEL_DIR: TINY, EPEE_ENGINE_THREADS: '1' }).images;
    open = await openImageReader({
      engine: engine!,
      limits: { maxPixels: 1_000_000, timeoutMs: 20_000 },
      references: openReferenceStore({
        ...{ folders: [join(base, 'allowed')], hosts: [`127.0.0.1:${port()}`] },
        ...{ maxBytes: 1_000_000, timeoutMs: 5_000 },
      }),
      policy: 'fast',
    });
  });

  after(async () => {
    await open?.close();
    server?.closeAllConnections();
    server?.close();
    rmSync(base, { recursive: true, force: true });
  });

  beforeEach(async () => {
    serverIsDown = false;
    scene = await openScene({ partitions: 2 });
  });

  afterEach(async () => {
    await scene?.admin.deleteTopics([scene.options.topics.images]);
    await scene?.close();
  });

  const port = () => (server.address() as AddressInfo).port;
  const images = (): ImageWork => ({ decode: (value) => scene.codec.decodeImage(value), reader: open, close: async () => {} });
  const record = (event: ImagingEvent, headers: Record<string, string> = {}): OutgoingRecord => ({
    key: event.documentId,
    value: scene.codec.encodeImage(event),
    headers,
  });
  const publish = (records: readonly OutgoingRecord[]) => scene.producer.send(scene.options.topics.images, records);
  const referenceTo = (uri: string, bytes: Buffer, sha256 = createHash('sha256').update(bytes).digest('hex')) => ({
    uri,
    sha256,
    bytes: bytes.length,
  });
  const keys = (records: readonly SeenRecord[]) => records.map(({ key }) => String(key)).sort();

  it('answers notes and images on one topic: PNG, JPEG, raw, inline and by reference', async () => {
    const { topics } = scene.options;
    const png = await pngOf(40, 30);
    writeFileSync(join(base, 'allowed/b.png'), png);
    const sizes = { format: 'png', width: 40, height: 30, channels: 1, bytes: null } as const;
    await publish([
      record(await pngEvent(40, 30, { documentId: 'png', version: 4n, patientRef: 'p1' })),
      record(eventOf({ documentId: 'jpeg', format: 'jpeg', width: 8, height: 8, bytes: JPEG }), { 'epee-policy': 'full' }),
      record(eventOf({ documentId: 'raw' })),
      record(eventOf({ documentId: 'file', ...sizes, reference: referenceTo(pathToFileURL(join(base, 'allowed/b.png')).href, png) })),
      record(eventOf({ documentId: 'http', ...sizes, reference: referenceTo(`http://127.0.0.1:${port()}/a.png`, png) })),
    ]);
    await scene.publishNotes(10);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene, undefined, images());
    await eventually('15 results', () => (watcher.records.length >= 15 ? true : undefined));
    await worker.stop();
    const results = await Promise.all((await scene.readAll(topics.results)).map(({ value }) => scene.codec.decodeResult(value)));
    const byId = new Map(results.map((result) => [result.documentId, result]));
    assert.equal(results.length, 15);
    for (const id of ['png', 'jpeg', 'raw', 'file', 'http']) {
      const { kind, classifications, models, compute } = byId.get(id)!;
      assert.equal(kind, 'image');
      const [found] = classifications;
      assert.ok(['normal', 'pneumonia', 'effusion'].includes(found!.label) && found!.confidence > 0 && found!.exitLayer >= 1, id);
      assert.deepEqual([models[0]!.name, models[0]!.policy, compute.rows], ['tiny-vit', id === 'jpeg' ? 'full' : 'fast', 1]);
    }
    assert.deepEqual([byId.get('png')!.version, byId.get('png')!.patientRef], [4n, 'p1']);
    assert.equal(byId.get('jpeg')!.classifications[0]!.exitLayer, 3);
    const [inline, file, http] = ['png', 'file', 'http'].map((id) => byId.get(id)!.classifications[0]!.confidence);
    assert.ok(Math.abs(inline! - file!) < 1e-5 && Math.abs(inline! - http!) < 1e-5, 'the same pixels, wherever they lay');
    assert.match(await worker.metrics.text(), /epee_worker_images_total\{policy="fast"\} 4/);
  });

  it('sends every kind of broken image to the dead letters, byte for byte and with its code, and goes on', async () => {
    const { topics } = scene.options;
    const png = await pngOf(40, 30);
    writeFileSync(join(base, 'outside.png'), png);
    writeFileSync(join(base, `allowed/${SECRET}.png`), png);
    symlinkSync(join(base, 'outside.png'), join(base, 'allowed/link.png'));
    const file = (path: string) => pathToFileURL(join(base, path)).href;
    const sizes = { format: 'png', width: 40, height: 30, channels: 1, bytes: null } as const;
    const referred = (uri: string, sha256?: string) => eventOf({ ...sizes, reference: referenceTo(uri, png, sha256) });
    const poison: Record<string, [ImagingEvent, code: string]> = {
      empty: [eventOf({ bytes: Buffer.alloc(0) }), 'IMAGE_EMPTY'],
      '0-x-n': [eventOf({ width: 0 }), 'RECORD_INVALID'],
      neither: [eventOf({ bytes: null }), 'RECORD_INVALID'],
      text: [eventOf({ ...sizes, bytes: Buffer.from(SECRET) }), 'IMAGE_UNREADABLE'],
      cut: [eventOf({ ...sizes, bytes: png.subarray(0, png.length - 30) }), 'IMAGE_UNREADABLE'],
      'png-as-jpeg': [eventOf({ ...sizes, format: 'jpeg', bytes: png }), 'IMAGE_MISMATCH'],
      'other-size': [eventOf({ ...sizes, height: 31, bytes: png }), 'IMAGE_MISMATCH'],
      'raw-size': [eventOf({ height: 4 }), 'IMAGE_MISMATCH'],
      bomb: [eventOf({ ...sizes, width: 60_000, height: 60_000, bytes: pngClaiming(60_000, 60_000) }), 'IMAGE_TOO_LARGE'],
      digest: [referred(file(`allowed/${SECRET}.png`), 'f'.repeat(64)), 'IMAGE_DIGEST_MISMATCH'],
      outside: [referred(file('outside.png')), 'IMAGE_REFERENCE_REFUSED'],
      symlink: [referred(file('allowed/link.png')), 'IMAGE_REFERENCE_REFUSED'],
      'other-host': [referred(`http://localhost:${port()}/${SECRET}.png`), 'IMAGE_REFERENCE_REFUSED'],
      metadata: [referred('http://169.254.169.254/latest/meta-data/'), 'IMAGE_REFERENCE_REFUSED'],
      'no-file': [referred(file(`allowed/none-${SECRET}.png`)), 'IMAGE_REFERENCE_MISSING'],
      'no-answer': [referred(`http://127.0.0.1:${port()}/none.png`), 'IMAGE_REFERENCE_MISSING'],
    };
    const records = Object.entries(poison).map(([documentId, [event]]) => record({ ...event, documentId }));
    await publish([
      ...records,
      { key: 'framing', value: Buffer.from(SECRET) },
      { key: 'note', value: scene.codec.encodeNote(scene.note(1)) },
      record(await pngEvent(40, 30, { documentId: 'good' })),
    ]);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene, undefined, images());
    await eventually('all answered', () => (watcher.records.length >= records.length + 3 ? true : undefined));
    await worker.stop();
    assert.deepEqual(keys(await scene.readAll(topics.results)), ['good']);
    const letters = await scene.readAll(topics.deadLetters);
    const codes = Object.fromEntries(letters.map((letter) => [String(letter.key), headerText(letter, DEAD_LETTER_HEADERS.code)]));
    const expected = Object.fromEntries(Object.entries(poison).map(([id, [, code]]) => [id, code]));
    assert.deepEqual(codes, { ...expected, framing: 'RECORD_FRAMING_INVALID', note: 'SCHEMA_INCOMPATIBLE' });
    for (const letter of letters) {
      const sent = records.find(({ key }) => key === String(letter.key));
      if (sent !== undefined) assert.deepEqual(letter.value, sent.value, String(letter.key));
      assert.equal(headerText(letter, DEAD_LETTER_HEADERS.originTopic), topics.images);
      assert.ok(
        !Object.values(letter.headers).map(String).join(' ').includes(SECRET),
        `the reference is quoted in a header of ${letter.key}`,
      );
    }
    assert.ok(!worker.log().includes(SECRET), 'the reference is quoted in the log');
  });

  it('waits while an image store does not answer, while notes go on, then goes on with nothing lost', async () => {
    const { topics } = scene.options;
    serverIsDown = true;
    const png = await pngOf(40, 30);
    const sizes = { format: 'png', width: 40, height: 30, channels: 1, bytes: null } as const;
    const reference = referenceTo(`http://127.0.0.1:${port()}/a.png`, png);
    // More sub-batches than the worker takes at a time.
    const late = Array.from({ length: 300 }, (_, at) => `late-${at}`);
    await publish(late.map((documentId) => record(eventOf({ documentId, ...sizes, reference }))));
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene, undefined, images());
    await eventually('a third try', () => (/"attempts":3/.test(worker.log()) ? true : undefined));
    assert.match(worker.log(), /IMAGE_STORE_UNREACHABLE/);
    await scene.publishNotes(20);
    await eventually('the notes', () => (watcher.of(topics.results).length === 20 ? true : undefined));
    serverIsDown = false;
    await eventually('the images', () => (watcher.of(topics.results).length === 320 ? true : undefined));
    await worker.stop();
    const found = keys(await scene.readAll(topics.results)).filter((key) => key.startsWith('late'));
    assert.deepEqual(found, late.toSorted());
    assert.equal((await scene.readAll(topics.deadLetters)).length, 0);
  });

  it('makes dead letters of what a store never gives, once the attempts are used up, and results of the other images', async () => {
    const { topics } = scene.options;
    const { engine } = workerConfig({ EPEE_IMAGE_MODEL_DIR: TINY, EPEE_ENGINE_THREADS: '1' }).images;
    const patient = await openImageReader({
      engine: engine!,
      limits: { maxPixels: 1_000_000, timeoutMs: 20_000 },
      references: openReferenceStore({ folders: [], hosts: [`127.0.0.1:${port()}`], maxBytes: 1_000_000, timeoutMs: 500 }),
      patience: createPatience({ maxAttempts: 4, maxWaitMs: 60_000 }),
      policy: 'fast',
    });
    const png = await pngOf(40, 30);
    const sizes = { format: 'png', width: 40, height: 30, channels: 1, bytes: null } as const;
    const at = (documentId: string, path: string) =>
      record(eventOf({ documentId, ...sizes, reference: referenceTo(`http://127.0.0.1:${port()}/${path}`, png) }));
    const inline = await Promise.all(Array.from({ length: 40 }, (_, index) => pngEvent(40, 30, { documentId: `inline-${index}` })));
    await publish([at('401', '401.png'), at('never', 'never.png'), at('good', 'a.png'), ...inline.map((event) => record(event))]);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene, undefined, { ...images(), reader: patient, close: () => patient.close() });
    await eventually('all answered', () => (watcher.records.length === 43 ? true : undefined));
    await worker.stop();
    assert.equal(watcher.of(topics.results).length, 41);
    const letters = watcher.of(topics.deadLetters);
    assert.deepEqual(keys(letters), ['401', 'never']);
    for (const letter of letters) assert.equal(headerText(letter, DEAD_LETTER_HEADERS.code), 'IMAGE_FETCH_FAILED');
    assert.ok((await scene.admin.lag(`${scene.options.consumer.group}-images`, topics.images)).every(({ lag }) => lag === 0n));
  });

  it('does not touch images without a model for them', async () => {
    const { topics, consumer } = scene.options;
    await publish([record(eventOf())]);
    await scene.publishNotes(3);
    const watcher = await scene.watch();
    const worker = await startTestWorker(scene);
    await eventually('the notes', () => (watcher.records.length >= 3 ? true : undefined));
    await worker.stop();
    assert.deepEqual(keys(await scene.readAll(topics.results)), ['doc-0', 'doc-1', 'doc-2']);
    assert.ok(
      (await scene.admin.lag(`${consumer.group}-images`, topics.images)).some(({ lag }) => lag !== 0n),
      'the image still waits',
    );
  });
});
