import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { completeResult, type StoredResultJson } from '@epee/records';
import fc from 'fast-check';
import { parseWithBigints } from '../../../../shared/adapters/avro/long-type.ts';
import { createReader } from '../../../../shared/adapters/avro/reader.ts';
import { type AvroRecord, noteToAvro, resultToAvro } from '../../../../shared/adapters/avro/shapes.ts';
import { writeFrame } from '../../../../shared/adapters/avro/wire.ts';
import { noteOf, resultOf } from '../../../support/records.ts';
import { notes, results } from './fixtures.ts';

const schemas = new URL('../../../../schemas/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, schemas), 'utf8');
const ids: Record<string, string> = JSON.parse(read('ids.json'));

/** A released schema, its id in the file registry, and records written and read by it alone. */
function release(file: string) {
  const schema = read(`released/${file}`);
  const type = parseWithBigints(schema);
  const id = Number(Object.keys(ids).find((key) => ids[key] === `released/${file}`));
  return {
    file,
    framed: (value: AvroRecord) => writeFrame(id, type.toBuffer(value)),
    body: (value: AvroRecord) => type.toBuffer(value),
    /** What a program of this release reads of a body that another release wrote. */
    readerOf: (other: string) => createReader(type, { schema: read(`released/${other}`), references: [] }, 1),
    /** The record as a program of this release knows it. */
    known: (value: AvroRecord) => plain(type.fromBuffer(type.toBuffer(value))),
  };
}

const plain = (value: unknown): AvroRecord =>
  JSON.parse(JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? `${field}n` : field)));

const NOTES = ['clinical-note.v1.avsc', 'clinical-note.v2.avsc'].map(release);
const RESULTS = ['extraction-result.v1.avsc', 'extraction-result.v2.avsc'].map(release);
const NEW_IN_NOTES = { documentStatus: null, sourceIds: [], noteTimeMs: null, retraction: null };

describe('releases of the schemas', () => {
  let codec: Codec;
  before(async () => {
    codec = await createCodec(await fileRegistry());
  });

  it('are all tried here', () => {
    const tried = [...NOTES, ...RESULTS].map(({ file }) => `released/${file}`);
    const released = Object.values(ids).filter((file) => !file.includes('imaging-event'));
    assert.deepEqual(tried.toSorted(), released.toSorted());
  });

  for (const [kind, records, releases] of [
    ['notes', notes.map(noteToAvro), NOTES],
    ['results', results.map(resultToAvro), RESULTS],
  ] as const) {
    for (const [at, older] of releases.entries()) {
      for (const newer of releases.slice(at)) {
        it(`a program of ${older.file} reads what is older in ${kind} of ${newer.file}`, () =>
          fc.assert(
            fc.property(records, (record) => {
              assert.deepEqual(plain(older.readerOf(newer.file)(newer.body(record))), older.known(record));
            }),
            { numRuns: 100 },
          ));
      }
    }
  }

  it('notes of the first release are read with nothing said of what came later', () =>
    fc.assert(
      fc.asyncProperty(notes, async (note) => {
        assert.deepStrictEqual(await codec.decodeNote(NOTES[0]!.framed(noteToAvro(note))), { ...note, ...NEW_IN_NOTES });
      }),
      { numRuns: 100 },
    ));

  it('results of the first release are read with nothing said of what came later', () =>
    fc.assert(
      fc.asyncProperty(results, async (result) => {
        const { noteType, documentStatus, sourceIds, noteTimeMs, retraction, terminologies, ...first } = result;
        const stored = {
          ...first,
          version: 0,
          entities: result.entities.map(({ assertion, codes, parsed, ...entity }) => entity),
          events: result.events.map(({ assertion, ...event }) => event),
        } satisfies StoredResultJson;
        const read = await codec.decodeResult(RESULTS[0]!.framed(resultToAvro(result)));
        assert.deepStrictEqual(read, { ...completeResult(stored), version: result.version });
      }),
      { numRuns: 100 },
    ));

  it('read a status that only a later release knows as none', async () => {
    const [note, result] = [NOTES.at(-1)!, RESULTS.at(-1)!];
    const later = { documentStatus: 'superseded' };
    assert.equal((await codec.decodeNote(note.framed({ ...noteToAvro(noteOf()), ...later }))).documentStatus, null);
    assert.equal((await codec.decodeResult(result.framed({ ...resultToAvro(resultOf()), ...later }))).documentStatus, null);
  });
});
