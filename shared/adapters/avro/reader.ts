import { EpeeError } from '@epee/errors';
import avro from 'avsc';
import { createChecker } from './checker.ts';
import type { RegisteredSchema } from './registry.ts';
import type { AvroRecord } from './shapes.ts';

const MAX_SCHEMA_CHARACTERS = 512 * 1024;
/** Units of a millisecond, by the logical types that say a time more finely. */
const UNITS_PER_MS: Readonly<Record<string, bigint>> = {
  'timestamp-micros': 1000n,
  'local-timestamp-micros': 1000n,
  'timestamp-nanos': 1_000_000n,
  'local-timestamp-nanos': 1_000_000n,
};

/** The parts of a writer's schema that are read here. */
interface WrittenRecord {
  readonly fields?: readonly { readonly name: string; readonly type: { readonly logicalType?: string } }[];
}
type WrittenSchema = WrittenRecord | readonly WrittenRecord[];

/** Reads bodies that were written with one schema as records of another. */
export type Reader = (body: Buffer) => AvroRecord;

/**
 * Makes the reader for one writer's schema, by the rules of the Avro specification (1.12, "Schema
 * Resolution"): names match without their namespaces or by alias, fields may come in any order, and
 * a union gives the branch that was written. Times in microseconds or nanoseconds become
 * milliseconds where the reader's field has these.
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

function resolve(
  readerType: avro.Type,
  { schema, references }: RegisteredSchema,
  schemaId: number,
): { writerType: avro.Type; read: Reader } {
  try {
    const texts = [...references, schema];
    if (texts.reduce((sum, { length }) => sum + length, 0) > MAX_SCHEMA_CHARACTERS) throw new RangeError('schema too long');
    const options = { omitRecordMethods: true, registry: {} };
    const writerType = texts.map((text) => avro.Type.forSchema(JSON.parse(text), options)).at(-1)!;
    return { writerType, read: readerOf(readerType, writerType, JSON.parse(schema)) };
  } catch (cause) {
    throw new EpeeError('SCHEMA_INCOMPATIBLE', `Records written with schema ${schemaId} cannot be read as ${readerType.name}`, {
      stage: 'decode',
      details: { schemaId },
      hint: 'A producer may have written another kind of record to this topic.',
      cause,
    });
  }
}

/** @param json the writer's schema: avsc does not keep the logical types that it does not know */
function readerOf(readerType: avro.Type, writerType: avro.Type, json: WrittenSchema): Reader {
  if (Array.isArray(json)) return branchReader(readerType, writerType as avro.types.UnwrappedUnionType, json);
  // avsc's declarations leave this option out.
  const options = { ignoreNamespaces: true } as object;
  const resolver = (readerType.createResolver as (type: avro.Type, options: object) => unknown)(writerType, options);
  const inMilliseconds = millisecondsOf(json as WrittenRecord);
  return (body) => inMilliseconds(readerType.fromBuffer(body, resolver as never));
}

/** A union of a record with others at the root: avsc wants every branch to fit, the specification the one that was written. */
function branchReader(readerType: avro.Type, { types }: { readonly types: readonly avro.Type[] }, json: readonly WrittenRecord[]): Reader {
  const readers = types.map((type, at) => (type.typeName === 'record' ? readerOf(readerType, type, json[at]!) : null));
  if (readers.every((reader) => reader === null)) throw new TypeError('no branch is a record');
  const index = avro.Type.forSchema('int');
  return (body) => {
    const { value, offset } = index.decode(body, 0);
    const read = readers[value];
    if (read === null || read === undefined) throw new TypeError('the branch that was written is no record');
    return read(body.subarray(offset));
  };
}

/** Turns the times of a record that its writer counts more finely into milliseconds. */
function millisecondsOf({ fields = [] }: WrittenRecord): (record: AvroRecord) => AvroRecord {
  const finer = fields.flatMap(({ name, type }) => {
    const units = UNITS_PER_MS[type.logicalType ?? ''];
    return units === undefined ? [] : [{ name, units }];
  });
  return (record) => {
    for (const { name, units } of finer) if (typeof record[name] === 'bigint') record[name] /= units;
    return record;
  };
}
