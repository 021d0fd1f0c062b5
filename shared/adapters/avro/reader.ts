import { EpeeError } from '@epee/errors';
import avro from 'avsc';
import { createChecker } from './checker.ts';
import type { AvroRecord } from './shapes.ts';

const MAX_SCHEMA_CHARACTERS = 512 * 1024;

/** Reads bodies that were written with one schema as records of another. */
export type Reader = (body: Buffer) => AvroRecord;

/**
 * Makes the reader for one writer's schema.
 * @param readerType the type that the caller gets
 * @throws EpeeError SCHEMA_INCOMPATIBLE; the reader: AVRO_INVALID, TEXT_INVALID_UTF8
 */
export function createReader(readerType: avro.Type, writerSchema: string, schemaId: number): Reader {
  const { writerType, resolver } = resolve(readerType, writerSchema, schemaId);
  const check = createChecker(writerType);
  return (body) => {
    check(body);
    try {
      return readerType.fromBuffer(body, resolver);
    } catch {
      // avsc's message may hold the value, so it is dropped. The body is valid, but one of its
      // values does not fit the reader's schema.
      throw new EpeeError('AVRO_INVALID', `A value written with schema ${schemaId} does not fit ${readerType.name}`, {
        stage: 'decode',
        details: { schemaId },
      });
    }
  };
}

function resolve(readerType: avro.Type, writerSchema: string, schemaId: number) {
  try {
    if (writerSchema.length > MAX_SCHEMA_CHARACTERS) throw new RangeError('schema too long');
    const writerType = avro.Type.forSchema(JSON.parse(writerSchema), { omitRecordMethods: true });
    return { writerType, resolver: readerType.createResolver(writerType) };
  } catch (cause) {
    throw new EpeeError('SCHEMA_INCOMPATIBLE', `Records written with schema ${schemaId} cannot be read as ${readerType.name}`, {
      stage: 'decode',
      details: { schemaId },
      hint: 'A producer may have written another kind of record to this topic.',
      cause,
    });
  }
}
