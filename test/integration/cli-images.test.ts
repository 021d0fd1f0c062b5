import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createCodec, fileRegistry } from '@epee/avro';
import { encodePng } from '@epee/imaging';
import { createKafka } from '@epee/kafka';
import { type ImagingEvent, MAX_INLINE_IMAGE_BYTES, resultToJson } from '@epee/records';
import { createProjectionStore } from '@epee/redis';
import { JPEG, pngClaiming, pngOf } from '../unit/adapters/imaging/images.ts';
import { sampleResult } from '../unit/services/cli/support.ts';
import { epee } from './cli-support/program.ts';

const brokers = process.env.EPEE_TEST_KAFKA_BROKERS!;
const redisUrl = process.env.EPEE_TEST_REDIS_URL!;

/** A PNG of over 512 KiB: noise does not compress. */
function largePng(): Promise<Buffer> {
  let state = 2_463_534_242;
  const data = Uint8Array.from({ length: 900 * 900 }, () => {
    // xorshift32 (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  });
  return encodePng({ data, width: 900, height: 900, channels: 1 });
}

describe('epee with images', () => {
  let folder: string;

  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'epee-cli-images-')));
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'a.png'), await pngOf(40, 30));
    writeFileSync(join(folder, 'sub/b.JPG'), JPEG);
    writeFileSync(join(folder, 'large.png'), await largePng());
    writeFileSync(join(folder, 'note.txt'), 'Rash after aspirin.');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const putBad = () => {
    writeFileSync(join(folder, 'bomb.png'), pngClaiming(60_000, 60_000));
    writeFileSync(join(folder, 'cut.png'), JPEG.subarray(0, 12));
    writeFileSync(join(folder, 'empty.png'), '');
  };

  describe('extract', () => {
    it('reads images beside notes, each in its place, and reports bad ones by their file', async () => {
      putBad();
      const { exitCode, stdout, stderr } = await epee(['extract', folder, '--policy', 'full']);
      assert.equal(exitCode, 1, stderr);
      const results = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        results.map(({ documentId, kind }) => [documentId, kind]),
        [
          ['a.png', 'image'],
          ['large.png', 'image'],
          ['note', 'note'],
          ['sub/b.JPG', 'image'],
        ],
      );
      const [{ task, exitLayer, exitReason }] = results[0].classifications;
      assert.deepEqual([task, exitLayer, exitReason, results[0].models[0].name], ['finding', 3, 'final', 'tiny-vit']);
      assert.match(stderr, /bomb\.png: The image has 60000 x 60000 .*\(IMAGE_TOO_LARGE\)/);
      assert.match(stderr, /cut\.png: .*\(IMAGE_UNREADABLE\)/);
      assert.match(stderr, /empty\.png: .*\(IMAGE_EMPTY\)/);
      assert.match(stderr, /1 note, 3 images in .*, 3 failed, layers saved/);
    });

    it('loads no model of notes for images alone, and shows the class to people', async () => {
      const { exitCode, stdout, stderr } = await epee(['extract', join(folder, 'a.png'), '--pretty'], {
        env: { EPEE_MODEL_DIR: '/no/such/model' },
      });
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^a\.png\n {2}finding: (normal|pneumonia|effusion) [01]\.\d\d \(layer [1-3] of 3\)\n/);
    });

    it('says which option names no model', async () => {
      const path = join(folder, 'a.png');
      const off = await epee(['extract', path], { env: { EPEE_IMAGE_MODEL_DIR: '' } });
      assert.equal(off.exitCode, 2);
      assert.match(off.stderr, /EPEE_IMAGE_MODEL_DIR is empty.*\(CONFIG_INVALID\)/);
      const missing = await epee(['extract', path], { env: { EPEE_IMAGE_MODEL_DIR: '/no/such/model' } });
      assert.equal(missing.exitCode, 2);
      assert.match(missing.stderr, /\(MODEL_MISSING\)\n +Set EPEE_IMAGE_MODEL_DIR/);
      const policy = await epee(['extract', path, '--policy', 'reckless']);
      assert.match(policy.stderr, /policy reckless is unknown to task finding of model .*; it has full, careful, fast \(POLICY_UNKNOWN\)/);
    });
  });

  describe('ingest', () => {
    const run = randomUUID().slice(0, 8);
    const topic = (kind: string) => `test.cli-images.${run}.${kind}`;
    const env = {
      ...{ EPEE_KAFKA_BROKERS: brokers, EPEE_NOTES_TOPIC: topic('notes'), EPEE_IMAGES_TOPIC: topic('images') },
      ...{ EPEE_RESULTS_TOPIC: topic('results'), EPEE_DEAD_LETTERS_TOPIC: topic('dead') },
    };
    const kafka = createKafka({ brokers: [brokers], clientId: 'test', tls: null, sasl: null });

    after(async () => {
      const admin = await kafka.admin();
      await admin.deleteTopics(['notes', 'images', 'results', 'dead'].map(topic));
      await admin.close();
    });

    it('publishes small images inside their events and refers to large ones', async () => {
      putBad();
      const { exitCode, stdout, stderr } = await epee(['ingest', folder, '--source', 'radiology', '--note-version', '2', '--json'], {
        env,
      });
      assert.equal(exitCode, 1, stderr);
      const totals = JSON.parse(stdout);
      assert.deepEqual(
        [totals.published, totals.images, totals.referred, totals.failed, totals.imagesTopic],
        [1, 3, 1, 3, topic('images')],
      );
      assert.match(stderr, /cut\.png: .*\(IMAGE_UNREADABLE\)/);
      const events = await imagesOnTopic(3);
      const small = events.get('a.png')!;
      assert.deepEqual(
        [small.version, small.source, small.format, small.width, small.height, small.channels],
        [2n, 'radiology', 'png', 40, 30, 1],
      );
      assert.deepEqual(small.bytes, await pngOf(40, 30));
      assert.equal(events.get('sub/b.JPG')!.format, 'jpeg');
      const content = await largePng();
      assert.ok(content.length > MAX_INLINE_IMAGE_BYTES);
      assert.deepEqual(
        [events.get('large.png')!.bytes, events.get('large.png')!.reference],
        [
          null,
          {
            uri: pathToFileURL(join(folder, 'large.png')).href,
            sha256: createHash('sha256').update(content).digest('hex'),
            bytes: content.length,
          },
        ],
      );
    });

    it('tells people where what went, and what the worker needs for it', async () => {
      const { stdout } = await epee(['ingest', join(folder, 'large.png'), join(folder, 'a.png')], { env });
      assert.match(stdout, /^2 images on test\S+ in .*documents\/s, 0 failed\n1 image of over 512 KiB [\s\S]*EPEE_IMAGE_FOLDERS/);
    });

    async function imagesOnTopic(count: number): Promise<Map<string, ImagingEvent>> {
      const codec = await createCodec(await fileRegistry());
      const events = new Map<string, ImagingEvent>();
      const consumer = await kafka.consume({
        ...{ group: `test.cli.${randomUUID()}`, topics: [topic('images')], sessionTimeoutMs: 30_000 },
        onBatch: async ({ records, lastOffset }, control) => {
          for (const { key, value } of records) events.set(String(key), await codec.decodeImage(value));
          control.resolve(lastOffset + 1n);
        },
      });
      for (let turn = 0; turn < 600 && events.size < count; turn++) await sleep(50);
      await consumer.stop();
      return events;
    }
  });

  it('results shows the class of an image', async () => {
    const documentId = `image-${randomUUID()}`;
    const found = { task: 'chest-xray', label: 'pneumonia', confidence: 0.973, exitLayer: 2, exitReason: 'entropy' as const };
    const result = resultToJson(
      sampleResult({
        ...{ documentId, kind: 'image', sections: [], entities: [], events: [], relations: [] },
        ...{ classifications: [found], compute: { rows: 1, layersRun: 2, layersFull: 6, computeMs: 1.25 } },
      }),
    );
    const store = await createProjectionStore({ url: redisUrl, password: null, streamMaxLength: 1000 });
    const entry = { offset: 0n, documentId, version: 1n, patientRef: null, processedAtMs: 0, json: JSON.stringify(result) };
    await store.project({ topic: `test.${documentId}`, partition: 0, entries: [entry], acknowledged: null, through: 0n });
    store.close();
    const { stdout } = await epee(['results', documentId], { env: { EPEE_REDIS_URL: redisUrl } });
    assert.equal(stdout, `${documentId}\n  chest-xray: pneumonia 0.97 (layer 2 of 6)\n  1 row, 1.3 ms\n`);
  });
});
