import type { SchemaRegistry } from '@epee/avro';
import type { ClinicalNote, ExtractionResult } from '@epee/records';
import fc from 'fast-check';

/** Objects as the programs make them, with a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
/** A name-like field. */
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const longs = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const timesMs = fc.integer({ min: 0, max: 2 ** 45 });

/** Any valid note. */
export const notes: fc.Arbitrary<ClinicalNote> = record({
  documentId: name,
  version: longs,
  source: name,
  patientRef: fc.option(name),
  encounterRef: fc.option(name),
  noteType: fc.option(name),
  text: fc.string({ unit: 'grapheme', minLength: 1 }),
  receivedAtMs: timesMs,
});

const reasons = fc.constantFrom('entropy' as const, 'patience' as const, 'final' as const);
const item = {
  start: fc.nat(),
  end: fc.nat(),
  text: fc.string({ unit: 'grapheme' }),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  exitLayer: fc.nat(24),
};

/** Any valid result. */
export const results: fc.Arbitrary<ExtractionResult> = record({
  documentId: name,
  version: longs,
  kind: fc.constantFrom('note' as const, 'image' as const),
  source: name,
  patientRef: fc.option(name),
  encounterRef: fc.option(name),
  offsetUnit: fc.constant('unicodeCodePoint' as const),
  sections: fc.array(
    record({ ...item, exitReason: fc.oneof(reasons, fc.constant('heading' as const)), label: name, heading: fc.option(name) }),
    { maxLength: 4 },
  ),
  entities: fc.array(record({ ...item, exitReason: reasons, id: name, label: name }), { maxLength: 4 }),
  events: fc.array(
    record({
      ...item,
      exitReason: reasons,
      id: name,
      type: name,
      arguments: fc.array(record({ role: name, entityId: name }), { maxLength: 3 }),
    }),
    {
      maxLength: 4,
    },
  ),
  relations: fc.array(record({ ...item, exitReason: reasons, label: name, headId: name, tailId: name }), { maxLength: 4 }),
  classifications: fc.array(
    record({ task: name, label: name, confidence: item.confidence, exitLayer: item.exitLayer, exitReason: reasons }),
    { maxLength: 2 },
  ),
  models: fc.array(record({ name, version: name, sha256: name, policy: name }), { maxLength: 2 }),
  compute: record({
    rows: fc.nat(),
    layersRun: fc.maxSafeNat(),
    layersFull: fc.maxSafeNat(),
    computeMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  }),
  processedAtMs: timesMs,
});

/** A note whose fields tests change. */
export const NOTE: ClinicalNote = {
  documentId: 'doc-1',
  version: 3n,
  source: 'ward',
  patientRef: null,
  encounterRef: null,
  noteType: 'progress',
  text: 'Planted text: rash after amoxicillin 🩺.',
  receivedAtMs: 1_700_000_000_000,
};

/** A registry in memory: ids in the order of `schemas`, from 1. */
export function memoryRegistry(schemas: readonly string[]): SchemaRegistry & { asked: number[] } {
  const asked: number[] = [];
  const normal = (schema: string) => {
    try {
      return JSON.stringify(JSON.parse(schema));
    } catch {
      return schema;
    }
  };
  return {
    asked,
    schemaOf: async (id) => {
      asked.push(id);
      const schema = schemas[id - 1];
      return schema === undefined ? null : { schema, references: [] };
    },
    idOf: async (_subject, schema) => schemas.findIndex((known) => normal(known) === normal(schema)) + 1,
  };
}
