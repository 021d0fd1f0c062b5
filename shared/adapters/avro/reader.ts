import { EpeeError } from '@epee/errors';
import type avro from 'avsc';
import { createChecker } from './checker.ts';
import { parseWriter, saysFinerTimes } from './long-type.ts';
import type { RegisteredSchema } from './registry.ts';
import { createConverter } from './resolve.ts';
import type { AvroRecord } from './shapes.ts';

const MAX_SCHEMA_CHARACTERS = 512 * 1024;

/** Reads bodies that were written with one schema as records of another. */
export type Reader = (body: Buffer) => AvroRecord;

/**
 * Makes the reader for one writer's schema, by Avro's rules (see {@link createConverter}). Times in
 * microseconds or nanoseconds become milliseconds.
 * @param readerType the type that the caller gets
 * @throws EpeeError SCHEMA_INCOMPATIBLE; the reader: AVRO_INVALID, TEXT_INVALID_UTF8
 */
export function createReader(readerType: avro.Type, written: RegisteredSchema, schemaId: number): Reader {
  const { writerType, read } = resolve(readerType, written, schemaId);
  const check = createChecker(writerType);
  return (body) => {
    check(body);
    try {
      return read(body);
    } catch (error) {
      if (error instanceof EpeeError) throw error;
      // avsc's message may hold the value, so it is dropped.
      throw new EpeeError('AVRO_INVALID', `A value written with schema ${schemaId} does not fit ${readerType.name}`, {
        stage: 'decode',
        details: { schemaId },
      });
    }
  };
}

function resolve(
  readerType: avro.Type,
  { schema, references }: RegisteredSchema,
  schemaId: number,
): { readonly writerType: avro.Type; readonly read: Reader } {
  try {
    const characters = [...references, schema].reduce((sum, { length }) => sum + length, 0);
    if (characters > MAX_SCHEMA_CHARACTERS) throw new RangeError('schema too long');
    const writerType = parseWriter(schema, references);
    // A record of this release needs no conversion, unless its writer counts times otherwise.
    if (writerType.equals(readerType) && !saysFinerTimes(schema)) return { writerType, read: (body) => readerType.fromBuffer(body) };
    const convert = createConverter(writerType, readerType);
    return { writerType, read: (body) => convert(writerType.fromBuffer(body)) as AvroRecord };
  } catch (cause) {
    throw new EpeeError('SCHEMA_INCOMPATIBLE', `Records written with schema ${schemaId} cannot be read as ${readerType.name}`, {
      stage: 'decode',
      details: { schemaId },
      hint: 'A producer may have written another kind of record to this topic.',
      cause,
    });
  }
}
