import type { SchemaRegistry } from '@epee/avro';
import { type AssertionAxis, type ClinicalNote, DOCUMENT_STATUSES, type ExtractionResult } from '@epee/records';
import fc from 'fast-check';
import { noteOf } from '../../../support/records.ts';

/** Objects as the programs make them, with a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
/** A name-like field. */
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const longs = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const timesMs = fc.integer({ min: 0, max: 2 ** 45 });

/** What notes and results say of their document. */
const ofDocument = {
  patientRef: fc.option(name),
  encounterRef: fc.option(name),
  noteType: fc.option(name),
  documentStatus: fc.option(fc.constantFrom(...DOCUMENT_STATUSES)),
  sourceIds: fc.array(record({ system: name, value: name }), { maxLength: 3 }),
  noteTimeMs: fc.option(fc.integer({ min: -(2 ** 43), max: 2 ** 45 })),
};
const retraction = record({ reason: name });

/** Any valid note. */
export const notes: fc.Arbitrary<ClinicalNote> = record({
  documentId: name,
  version: longs,
  source: name,
  ...ofDocument,
  retraction: fc.option(retraction),
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

const axis = <Value extends string>(...values: Value[]): fc.Arbitrary<AssertionAxis<Value>> =>
  record({
    value: fc.constantFrom(...values),
    source: fc.constantFrom('model', 'cue', 'section', 'default'),
    cue: fc.option(record({ start: fc.nat(), end: fc.nat() })),
  });
const assertion = fc.option(
  record({
    certainty: axis('present', 'absent', 'possible', 'hypothetical'),
    time: axis('current', 'past', 'future'),
    subject: axis('patient', 'family', 'other'),
    action: fc.option(axis('start', 'stop', 'increase', 'decrease', 'continue', 'switch', 'allergy')),
  }),
);
const number = fc.option(fc.double({ noNaN: true }));
const parsed = record({
  number,
  high: number,
  comparator: fc.option(fc.constantFrom('<', '<=', '>', '>=')),
  unit: fc.option(name),
  times: number,
  period: number,
  periodUnit: fc.option(fc.constantFrom('minute', 'hour', 'day', 'week', 'month', 'year')),
  asNeeded: fc.boolean(),
});
const code = record({ system: name, code: name, display: name, match: fc.constantFrom('exact', 'normalised', 'abbreviation') });

/** Any valid result. */
export const results: fc.Arbitrary<ExtractionResult> = record({
  documentId: name,
  version: longs,
  kind: fc.constantFrom('note' as const, 'image' as const),
  source: name,
  ...ofDocument,
  retraction: fc.option(retraction),
  offsetUnit: fc.constant('unicodeCodePoint' as const),
  sections: fc.array(
    record({
      ...item,
      exitReason: fc.oneof(reasons, fc.constant('heading' as const)),
      label: fc.option(name).map((label) => label ?? ''),
      heading: fc.option(name),
    }),
    { maxLength: 4 },
  ),
  entities: fc.array(
    record({
      ...item,
      exitReason: reasons,
      id: name,
      label: name,
      assertion,
      codes: fc.array(code, { maxLength: 2 }),
      parsed: fc.option(parsed),
    }),
    { maxLength: 4 },
  ),
  events: fc.array(
    record({
      ...item,
      exitReason: reasons,
      id: name,
      type: name,
      assertion,
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
  terminologies: fc.array(record({ system: name, version: name, sha256: name }), { maxLength: 2 }),
  compute: record({
    rows: fc.nat(),
    layersRun: fc.maxSafeNat(),
    layersFull: fc.maxSafeNat(),
    computeMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  }),
  processedAtMs: timesMs,
});

/** A note whose fields tests change. */
export const NOTE: ClinicalNote = noteOf({
  version: 3n,
  source: 'ward',
  noteType: 'progress',
  text: 'Planted text: rash after amoxicillin 🩺.',
});

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
