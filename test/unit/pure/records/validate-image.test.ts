import assert from 'node:assert/strict';
import { checkImage, completeImage, type ImageFacts, type ImagingEvent, MAX_INLINE_IMAGE_BYTES, readImageJson } from '@epee/records';

const DEFAULTS = { defaultSource: 'http', receivedAtMs: 5 };
const FACTS: ImageFacts = { format: 'png', width: 28, height: 20, channels: 1 };
const bytes = Buffer.from('\x89PNG...', 'latin1');
const JSON_IMAGE = { documentId: 'i1', bytes: bytes.toString('base64') };
const REFERENCE = { uri: 'https://images.example/i1', sha256: 'a'.repeat(64), bytes: 900_000 };
const SIZES = { format: 'jpeg', width: 3000, height: 2000, channels: 3 };

describe('an image from JSON', () => {
  it('gets format and size from its bytes, and defaults for the rest', () => {
    assert.deepEqual(completeImage(readImageJson(JSON_IMAGE, DEFAULTS), FACTS), {
      ...{ documentId: 'i1', version: 1n, source: 'http', patientRef: null, encounterRef: null, modality: null },
      ...{ ...FACTS, bytes, reference: null, receivedAtMs: 5 },
    });
  });

  it('may be a reference, which needs format and size', () => {
    const given = { documentId: 'i1', version: 4, source: 'pacs', patientRef: 'p', modality: 'DX', ...SIZES, reference: REFERENCE };
    const image = completeImage(readImageJson(given, DEFAULTS), null);
    assert.deepEqual([image.reference, image.bytes, image.width, image.version, image.modality], [REFERENCE, null, 3000, 4n, 'DX']);
  });

  it('may be raw pixels, as many as its size says', () => {
    const raw = { documentId: 'i1', format: 'raw', width: 4, height: 2, channels: 3, bytes: Buffer.alloc(24).toString('base64') };
    assert.equal(completeImage(readImageJson(raw, DEFAULTS), null).bytes!.length, 24);
  });

  const long = 'x'.repeat(257);
  for (const [what, given, code, path] of [
    ['no object', [], 'REQUEST_FIELD_INVALID', '$'],
    ['no id', { bytes: JSON_IMAGE.bytes }, 'REQUEST_FIELD_INVALID', '$.documentId'],
    ['a long id', { ...JSON_IMAGE, documentId: long }, 'REQUEST_FIELD_INVALID', '$.documentId'],
    ['a control character', { ...JSON_IMAGE, modality: 'D\u0007' }, 'REQUEST_FIELD_INVALID', '$.modality'],
    ['a misspelt field', { ...JSON_IMAGE, modalty: 'DX' }, 'REQUEST_FIELD_INVALID', '$.modalty'],
    ['another form', { ...JSON_IMAGE, format: 'gif' }, 'REQUEST_FIELD_INVALID', '$.format'],
    ['no base64', { ...JSON_IMAGE, bytes: 'iVBOR*==' }, 'REQUEST_FIELD_INVALID', '$.bytes'],
    ['base64 without padding', { ...JSON_IMAGE, bytes: 'iVBORw0' }, 'REQUEST_FIELD_INVALID', '$.bytes'],
    ['bytes as a list', { ...JSON_IMAGE, bytes: [1] }, 'REQUEST_FIELD_INVALID', '$.bytes'],
    ['neither bytes nor reference', { documentId: 'i1', ...SIZES }, 'REQUEST_FIELD_INVALID', '$.bytes'],
    [
      'both',
      { ...JSON_IMAGE, ...SIZES, format: 'png', width: 28, height: 20, channels: 1, reference: REFERENCE },
      'REQUEST_FIELD_INVALID',
      '$.bytes',
    ],
    ['width as text', { ...JSON_IMAGE, width: '28' }, 'REQUEST_FIELD_INVALID', '$.width'],
    ['0 x n', { documentId: 'i1', ...SIZES, width: 0, reference: REFERENCE }, 'REQUEST_FIELD_INVALID', '$.width'],
    ['half a pixel', { documentId: 'i1', ...SIZES, height: 1.5, reference: REFERENCE }, 'REQUEST_FIELD_INVALID', '$.height'],
    ['5 channels', { documentId: 'i1', ...SIZES, channels: 5, reference: REFERENCE }, 'REQUEST_FIELD_INVALID', '$.channels'],
    ['a reference without sizes', { documentId: 'i1', format: 'png', reference: REFERENCE }, 'REQUEST_FIELD_INVALID', '$.width'],
    ['a reference without form', { documentId: 'i1', reference: REFERENCE }, 'REQUEST_FIELD_INVALID', '$.format'],
    ['a reference that is text', { documentId: 'i1', ...SIZES, reference: 'x' }, 'REQUEST_FIELD_INVALID', '$.reference'],
    [
      'another scheme',
      { documentId: 'i1', ...SIZES, reference: { ...REFERENCE, uri: 's3://b/i' } },
      'REQUEST_FIELD_INVALID',
      '$.reference.uri',
    ],
    [
      'no digest',
      { documentId: 'i1', ...SIZES, reference: { ...REFERENCE, sha256: 'abc' } },
      'REQUEST_FIELD_INVALID',
      '$.reference.sha256',
    ],
    [
      'a misspelt digest',
      { documentId: 'i1', ...SIZES, reference: { ...REFERENCE, sha: 'abc' } },
      'REQUEST_FIELD_INVALID',
      '$.reference.sha',
    ],
    ['an empty reference', { documentId: 'i1', ...SIZES, reference: { ...REFERENCE, bytes: 0 } }, 'IMAGE_EMPTY', '$.reference.bytes'],
    ['no bytes', { documentId: 'i1', ...FACTS, bytes: '' }, 'IMAGE_EMPTY', '$.bytes'],
    ['too many bytes', { ...JSON_IMAGE, bytes: Buffer.alloc(MAX_INLINE_IMAGE_BYTES + 3).toString('base64') }, 'IMAGE_TOO_LARGE', '$.bytes'],
    ['another width than its bytes', { ...JSON_IMAGE, width: 29 }, 'IMAGE_MISMATCH', '$.width'],
    ['another form than its bytes', { ...JSON_IMAGE, format: 'jpeg' }, 'IMAGE_MISMATCH', '$.format'],
    ['fewer raw pixels', { documentId: 'i1', format: 'raw', width: 4, height: 3, channels: 1, bytes: 'AAAA' }, 'IMAGE_MISMATCH', '$.bytes'],
  ] as const) {
    it(`is refused with ${what}: ${code} at ${path}`, () => {
      const facts = 'bytes' in given && !('format' in given && given.format === 'raw') ? FACTS : null;
      assert.throws(
        () => completeImage(readImageJson(given, DEFAULTS), facts),
        (error: Error & { code: string; details: { path: string } }) => {
          assert.deepEqual([error.code, error.details.path], [code, path], error.message);
          assert.ok(!error.message.includes('images.example') && !error.message.includes(long), 'no value in the message');
          return true;
        },
      );
    });
  }
});

describe('an image event', () => {
  const event: ImagingEvent = completeImage(readImageJson(JSON_IMAGE, DEFAULTS), FACTS);

  it('that was decoded is checked by the same rules', () => {
    checkImage(event);
    for (const [more, code] of [
      [{ height: 0 }, 'RECORD_INVALID'],
      [{ width: 65_536 }, 'RECORD_INVALID'],
      [{ format: 'unknown' as 'png' }, 'RECORD_INVALID'],
      [{ bytes: null }, 'RECORD_INVALID'],
      [{ documentId: '' }, 'RECORD_INVALID'],
      [{ version: -1n }, 'RECORD_INVALID'],
      [{ bytes: Buffer.alloc(0) }, 'IMAGE_EMPTY'],
      [{ bytes: Buffer.alloc(MAX_INLINE_IMAGE_BYTES + 1) }, 'IMAGE_TOO_LARGE'],
      [{ format: 'raw' as const }, 'IMAGE_MISMATCH'],
    ] as const)
      assert.throws(() => checkImage({ ...event, ...more }), { code }, JSON.stringify(Object.keys(more)));
  });
});
