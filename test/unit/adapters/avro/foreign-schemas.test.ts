import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { createCodec } from '../../../../shared/adapters/avro/codec.ts';
import { parseWithBigints } from '../../../../shared/adapters/avro/long-type.ts';
import { createReader } from '../../../../shared/adapters/avro/reader.ts';
import { noteOf } from '../../../support/records.ts';

const OWN = JSON.parse(readFileSync(new URL('../../../../schemas/clinical-note.avsc', import.meta.url), 'utf8'));
const reader = parseWithBigints(JSON.stringify(OWN));
const NOTE = {
  documentId: 'n1',
  version: 3,
  source: 's',
  patientRef: 'p',
  encounterRef: null,
  noteType: 'visit',
  documentStatus: 'final',
  sourceIds: [{ system: 'MSH-10', value: 'A1' }],
  noteTimeMs: 1_600_000_000_123,
  retraction: null,
  text: 'Well.',
  receivedAtMs: 1_700_000_000_123,
};

type Field = { readonly name: string; readonly type: unknown };
const withFields = (change: (field: Field) => Field, more: object = {}) => ({ ...OWN, fields: OWN.fields.map(change), ...more });
const withTime = (field: Field, time: object): Field => {
  if (field.name === 'receivedAtMs') return { name: field.name, type: time };
  return field.name === 'noteTimeMs' ? { name: field.name, type: ['null', time] } : field;
};
const written = (schema: object, value: object = NOTE, references: readonly object[] = []) => {
  const registry = {};
  for (const reference of references) avro.Type.forSchema(reference as avro.Schema, { registry });
  const body = avro.Type.forSchema(schema as avro.Schema, { registry, wrapUnions: false }).toBuffer(value);
  const registered = { schema: JSON.stringify(schema), references: references.map((reference) => JSON.stringify(reference)) };
  return plain(createReader(reader, registered, 7)(body));
};

const EXPECTED = { ...NOTE, version: 3n, noteTimeMs: 1_600_000_000_123n, receivedAtMs: 1_700_000_000_123n };
/** Without avsc's own classes. */
const plain = ({ sourceIds, ...note }: Record<string, unknown>) => ({
  ...note,
  sourceIds: (sourceIds as object[]).map((sourceId) => ({ ...sourceId })),
});

const javaString = { type: 'string', 'avro.java.string': 'String' };

describe('records of other producers', () => {
  it('match by their name without its namespace', () => assert.deepEqual(written({ ...OWN, namespace: 'org.hospital.events' }), EXPECTED));

  it('may be written by Java, with unions in another order and a narrower number', () => {
    const schema = withFields(({ name, type }) => {
      if (name === 'version') return { name, type: 'int' };
      if (Array.isArray(type)) return { name, type: type.toReversed().map((branch) => (branch === 'string' ? javaString : branch)) };
      return { name, type: type === 'string' ? javaString : type };
    });
    assert.deepEqual(written(schema), EXPECTED);
  });

  it('may be a branch of a union', () => assert.deepEqual(written(['null', OWN] as unknown as object), EXPECTED));

  it('may share a topic with records of another kind', () => {
    const order = { type: 'record', name: 'Order', namespace: 'x', fields: [{ name: 'x', type: 'int' }] };
    const read = createReader(reader, { schema: JSON.stringify([OWN, order]), references: [] }, 7);
    const note = avro.Type.forSchema(OWN, { wrapUnions: false }).toBuffer(NOTE);
    assert.deepEqual(plain(read(Buffer.concat([Buffer.from([0]), note]))), EXPECTED);
    assert.throws(() => read(Buffer.from([2, 2])), { code: 'AVRO_INVALID' });
  });

  it('may be a reference that a union names, with times in microseconds', () => {
    const micros = { type: 'long', logicalType: 'timestamp-micros' };
    const value = { ...NOTE, noteTimeMs: NOTE.noteTimeMs * 1000, receivedAtMs: NOTE.receivedAtMs * 1000 };
    for (const more of [{}, { name: 'epee.records.ClinicalNote', namespace: 'ignored' }]) {
      const note = withFields((field) => withTime(field, micros), more);
      assert.deepEqual(written(['null', 'epee.records.ClinicalNote'] as unknown as object, value, [note]), EXPECTED);
    }
  });

  it('of another branch are refused, as values are', () => {
    const schema = ['null', OWN];
    const read = createReader(reader, { schema: JSON.stringify(schema), references: [] }, 7);
    assert.throws(() => read(Buffer.from([0])), { code: 'AVRO_INVALID' });
  });

  it('may use named types of other subjects', () => {
    const site = { type: 'record', name: 'Site', namespace: 'org.hospital', fields: [{ name: 'code', type: 'string' }] };
    const schema = { ...OWN, fields: [...OWN.fields, { name: 'site', type: ['null', 'org.hospital.Site'], default: null }] };
    assert.deepEqual(written(schema, { ...NOTE, site: { code: 'A' } }, [site]), EXPECTED);
  });

  for (const [logicalType, unitsPerMs] of [
    ['timestamp-micros', 1000n],
    ['local-timestamp-micros', 1000n],
    ['timestamp-nanos', 1_000_000n],
    ['local-timestamp-nanos', 1_000_000n],
  ] as const)
    it(`may count times as ${logicalType}`, () => {
      const schema = JSON.stringify(withFields((field) => withTime(field, { type: 'long', logicalType })));
      const { noteTimeMs, receivedAtMs } = EXPECTED;
      const finer = { noteTimeMs: noteTimeMs * unitsPerMs, receivedAtMs: receivedAtMs * unitsPerMs };
      const body = parseWithBigints(schema).toBuffer({ ...EXPECTED, ...finer });
      assert.deepEqual(plain(createReader(reader, { schema, references: [] }, 7)(body)), EXPECTED);
    });

  describe('with fields that may be null where ours may not', () => {
    const nullable = withFields(({ name, type }) => ({ name, type: Array.isArray(type) ? type : ['null', type] }));

    it('are read', () => assert.deepEqual(written(nullable), EXPECTED));

    it('are refused with the name of the field where one is null', () =>
      assert.throws(() => written(nullable, { ...NOTE, text: null }), {
        code: 'AVRO_INVALID',
        message: 'text was written as null, which does not fit',
        details: { field: 'text' },
      }));

    it('come from Java classes, in Confluent\u2019s wire format', async () => {
      const [note, without] = JSON.parse(readFileSync(new URL('../../../fixtures/java-avro/records.json', import.meta.url), 'utf8'));
      const codec = await createCodec({
        idOf: async () => 1,
        schemaOf: async (id) => (id === note.schemaId ? { schema: JSON.stringify(note.schema), references: [] } : null),
      });
      assert.deepEqual(await codec.decodeNote(Buffer.from(note.value, 'base64')), {
        ...noteOf(),
        documentId: 'n1',
        version: 3n,
        source: 'hospital',
        patientRef: 'p-7',
        text: 'Rash after amoxicillin. Température 38,5 °C.',
        receivedAtMs: 1_700_000_000_123,
      });
      await assert.rejects(codec.decodeNote(Buffer.from(without.value, 'base64')), {
        code: 'AVRO_INVALID',
        message: /^text was written as null/,
      });
    });
  });

  it('of another kind are refused', () => {
    const other = JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'x', type: 'int' }] });
    for (const schema of [other, '["null","string"]', '{"type":"record"}'])
      assert.throws(() => createReader(reader, { schema, references: [] }, 7), { code: 'SCHEMA_INCOMPATIBLE' });
  });
});
