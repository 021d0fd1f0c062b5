import assert from 'node:assert/strict';
import { createCodec, fileRegistry } from '@epee/avro';
import fc from 'fast-check';
import { eventOf } from '../imaging/images.ts';

const reference = fc.record(
  { uri: fc.string({ unit: 'grapheme' }), sha256: fc.string(), bytes: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) },
  { noNullPrototype: true },
);
const images = fc
  .record({
    documentId: fc.string({ unit: 'grapheme' }),
    version: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    modality: fc.option(fc.string()),
    format: fc.constantFrom('png' as const, 'jpeg' as const, 'raw' as const),
    width: fc.integer(),
    bytes: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
    reference: fc.option(reference),
  })
  .map(eventOf);

describe('codec of images', () => {
  it('gives back any event that was encoded', async () => {
    const codec = await createCodec(await fileRegistry());
    await fc.assert(
      fc.asyncProperty(images, async (event) => assert.deepStrictEqual(await codec.decodeImage(codec.encodeImage(event)), event)),
    );
  });

  it('refuses a note where an image should be, and any cut or swollen body', async () => {
    const codec = await createCodec(await fileRegistry());
    const good = codec.encodeImage(eventOf());
    for (let length = 5; length < good.length; length++)
      await assert.rejects(codec.decodeImage(good.subarray(0, length)), { code: 'AVRO_INVALID' }, `cut at ${length}`);
    await assert.rejects(codec.decodeImage(Buffer.concat([good, Buffer.from([0])])), { code: 'AVRO_INVALID' });
    await assert.rejects(codec.decodeNote(good), { code: 'SCHEMA_INCOMPATIBLE' });
  });
});
