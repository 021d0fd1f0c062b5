import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Codec, createCodec, fileRegistry, openRegistry } from '@epee/avro';
import { EpeeError, type ErrorCode } from '@epee/errors';
import fc from 'fast-check';
import { memoryRegistry, NOTE, notes, results } from './fixtures.ts';

const schemaText = (file: string) => readFileSync(new URL(`../../../../schemas/${file}`, import.meta.url), 'utf8');
const NOTE_SCHEMA = schemaText('clinical-note.avsc');
const RESULT_SCHEMA = schemaText('extraction-result.avsc');

async function errorOf(work: () => unknown): Promise<EpeeError> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof EpeeError, String(error));
    return error;
  }
  assert.fail('nothing was thrown');
}

const withNoteField = (name: string, change: (field: { type: unknown }) => object | null) => {
  const schema = JSON.parse(NOTE_SCHEMA);
  schema.fields = schema.fields.flatMap((field: { name: string; type: unknown }) => (field.name === name ? (change(field) ?? []) : field));
  return JSON.stringify(schema);
};

describe('codec', () => {
  let codec: Codec;
  before(async () => {
    codec = await createCodec(await fileRegistry());
  });

  it('gives back every note', () =>
    fc.assert(
      fc.asyncProperty(notes, async (note) => assert.deepStrictEqual(await codec.decodeNote(codec.encodeNote(note)), note)),
      { numRuns: 200 },
    ));

  it('gives back every result, as plain objects', () =>
    fc.assert(
      fc.asyncProperty(results, async (result) => assert.deepStrictEqual(await codec.decodeResult(codec.encodeResult(result)), result)),
      { numRuns: 200 },
    ));

  it('writes Confluent frames: a zero byte, the schema id, the body', () => {
    assert.deepEqual([...codec.encodeNote(NOTE).subarray(0, 5)], [0, 0, 0, 0, 4]);
  });

  it('keeps versions beyond 2^53 exact', async () => {
    for (const version of [0n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      assert.equal((await codec.decodeNote(codec.encodeNote({ ...NOTE, version }))).version, version);
    }
  });

  const faults: [string, ErrorCode, (good: Buffer) => Buffer | null][] = [
    ['no value', 'RECORD_EMPTY', () => null],
    ['an empty value', 'RECORD_EMPTY', () => Buffer.alloc(0)],
    ['another first byte', 'RECORD_FRAMING_INVALID', (good) => Buffer.concat([Buffer.from([1]), good.subarray(1)])],
    ['plain JSON', 'RECORD_FRAMING_INVALID', () => Buffer.from('{"text":"Planted text"}')],
    ['fewer bytes than the header', 'RECORD_FRAMING_INVALID', (good) => good.subarray(0, 4)],
    [
      'an id that the registry does not know',
      'SCHEMA_UNKNOWN',
      (good) => Buffer.concat([Buffer.from([0, 0, 0, 3, 231]), good.subarray(5)]),
    ],
    ['a negative id', 'SCHEMA_UNKNOWN', (good) => Buffer.concat([Buffer.from([0, 255, 255, 255, 255]), good.subarray(5)])],
    ['the id of another record', 'SCHEMA_INCOMPATIBLE', (good) => Buffer.concat([Buffer.from([0, 0, 0, 0, 2]), good.subarray(5)])],
    ['a cut body', 'AVRO_INVALID', (good) => good.subarray(0, -1)],
    ['a body with more behind it', 'AVRO_INVALID', (good) => Buffer.concat([good, Buffer.from([0])])],
    ['no body', 'AVRO_INVALID', (good) => good.subarray(0, 5)],
    [
      'text that is not UTF-8',
      'TEXT_INVALID_UTF8',
      (good) => {
        const broken = Buffer.from(good);
        broken[broken.indexOf('Planted') + 1] = 0xff;
        return broken;
      },
    ],
  ];
  for (const [what, code, spoil] of faults) {
    it(`refuses ${what}: ${code}`, async () => {
      const error = await errorOf(() => codec.decodeNote(spoil(codec.encodeNote(NOTE))));
      assert.equal(error.code, code);
      assert.ok(!`${error.message}${JSON.stringify(error.details)}`.includes('lanted'), 'no text in the error');
      assert.equal(error.cause instanceof Error && error.cause.message.includes('lanted'), false);
    });
  }

  it('names the field where a body breaks', async () => {
    const error = await errorOf(() => codec.decodeNote(codec.encodeNote(NOTE).subarray(0, 40)));
    assert.match(error.message, /at text, byte \d+: a string needs \d+ bytes, but \d+ remain/);
  });

  it('refuses values over its limit: RECORD_TOO_LARGE', async () => {
    const small = await createCodec(await fileRegistry(), { maxBytes: 40 });
    const error = await errorOf(() => small.decodeNote(small.encodeNote(NOTE)));
    assert.equal(error.code, 'RECORD_TOO_LARGE');
    assert.match(error.message, /has \d+ bytes; 40 are allowed/);
  });

  it('names the field that does not fit when writing, never its value', async () => {
    const error = await errorOf(() => codec.encodeNote({ ...NOTE, noteType: ['Planted text'] as unknown as string }));
    assert.equal(error.code, 'RECORD_INVALID');
    assert.match(error.message, /^noteType does not fit the schema/);
    assert.ok(!error.message.includes('lanted') && error.cause === undefined);
    for (const receivedAtMs of [1.5, Number.NaN, 2 ** 60]) {
      assert.equal((await errorOf(() => codec.encodeNote({ ...NOTE, receivedAtMs }))).details.field, 'receivedAtMs');
    }
    assert.equal((await errorOf(() => codec.encodeNote({ ...NOTE, version: 2n ** 63n }))).details.field, 'version');
  });
});

describe('codec and schemas that changed', () => {
  it('reads a note of a newer schema with one field more, which is left out', async () => {
    const newer = withNoteField('text', (field) => [field, { name: 'language', type: ['null', 'string'], default: null }]);
    const writer = await createCodec(memoryRegistry([NOTE_SCHEMA, RESULT_SCHEMA]));
    const body = writer.encodeNote(NOTE).subarray(5);
    const withLanguage = Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), body.subarray(0, -6), Buffer.from([0]), body.subarray(-6)]);
    const reader = await createCodec(memoryRegistry([NOTE_SCHEMA, RESULT_SCHEMA, newer]));
    assert.deepStrictEqual(await reader.decodeNote(withLanguage), NOTE);
  });

  it('fills a field that an older schema lacks with its default', async () => {
    const older = withNoteField('source', () => null);
    const registry = memoryRegistry([NOTE_SCHEMA, RESULT_SCHEMA, older]);
    const codec = await createCodec(registry);
    const full = codec.encodeNote(NOTE);
    const source = full.indexOf('ward') - 1;
    const withoutSource = Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), full.subarray(5, source), full.subarray(source + 5)]);
    assert.deepStrictEqual(await codec.decodeNote(withoutSource), { ...NOTE, source: 'unknown' });
  });

  it('refuses a schema that cannot be read as a note: SCHEMA_INCOMPATIBLE', async () => {
    for (const schema of ['"string"', 'not json', '{"type":"record"}', withNoteField('text', () => null), ' '.repeat(600 * 1024)]) {
      const codec = await createCodec(memoryRegistry([NOTE_SCHEMA, RESULT_SCHEMA, schema]));
      const error = await errorOf(() => codec.decodeNote(Buffer.from([0, 0, 0, 0, 3, 0])));
      assert.equal(error.code, 'SCHEMA_INCOMPATIBLE');
    }
  });

  it('asks the registry once for an id, also when many records wait for it', async () => {
    const registry = memoryRegistry([NOTE_SCHEMA, RESULT_SCHEMA]);
    const codec = await createCodec(registry);
    const value = codec.encodeNote(NOTE);
    await Promise.all(Array.from({ length: 20 }, () => codec.decodeNote(value)));
    assert.deepEqual(registry.asked, [1]);
  });

  it('asks again for an id that was unknown, since it may have been registered meanwhile', async () => {
    const schemas = [NOTE_SCHEMA, RESULT_SCHEMA];
    const codec = await createCodec(memoryRegistry(schemas));
    const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), codec.encodeNote(NOTE).subarray(5)]);
    assert.equal((await errorOf(() => codec.decodeNote(value))).code, 'SCHEMA_UNKNOWN');
    schemas.push(NOTE_SCHEMA);
    assert.deepStrictEqual(await codec.decodeNote(value), NOTE);
  });
});

describe('file registry', () => {
  it('knows the current schemas and nothing else', async () => {
    const registry = await openRegistry(null);
    assert.equal(await registry.idOf('notes-value', NOTE_SCHEMA), 4);
    assert.equal(await registry.idOf('results-value', RESULT_SCHEMA), 5);
    assert.equal(await registry.schemaOf(99), null);
    assert.equal((await errorOf(() => registry.idOf('notes-value', '"string"'))).code, 'SCHEMA_INCOMPATIBLE');
  });
});
