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
  readonly name?: string;
  readonly namespace?: string;
  readonly fields?: readonly { readonly name: string; readonly type: LogicalType | readonly LogicalType[] }[];
}
interface LogicalType {
  readonly logicalType?: string;
}
/** A record, the name of one that is a reference, or a union of these. */
type WrittenSchema = WrittenRecord | string | readonly (WrittenRecord | string)[];

/** Reads bodies that were written with one schema as records of another. */
export type Reader = (body: Buffer) => AvroRecord;

/**
 * Makes the reader for one writer's schema, by the rules of the Avro specification (1.12, "Schema
 * Resolution"): names match without their namespaces or by alias, fields may come in any order, and
 * a union at the root gives the branch that was written. One difference: every branch of a field's
 * union must fit the reader's field, so a field that may be null where ours may not is refused.
 * Times in microseconds or nanoseconds become milliseconds.
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
    const named = new Map(references.map((text) => JSON.parse(text) as WrittenRecord).map((record) => [fullName(record), record]));
    return { writerType, read: readerOf(readerType, writerType, JSON.parse(schema), named) };
  } catch (cause) {
    throw new EpeeError('SCHEMA_INCOMPATIBLE', `Records written with schema ${schemaId} cannot be read as ${readerType.name}`, {
      stage: 'decode',
      details: { schemaId },
      hint: 'A producer may have written another kind of record to this topic.',
      cause,
    });
  }
}

type NamedRecords = ReadonlyMap<string, WrittenRecord>;

/** A name with dots is whole already, and its namespace is ignored (Avro 1.12, "Names"). */
const fullName = ({ name = '', namespace = '' }: WrittenRecord): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;

/** @param json the writer's schema: avsc does not keep the logical types that it does not know */
function readerOf(readerType: avro.Type, writerType: avro.Type, json: WrittenSchema, named: NamedRecords): Reader {
  if (Array.isArray(json)) return branchReader(readerType, writerType as avro.types.UnwrappedUnionType, json, named);
  // avsc's declarations leave this option out.
  const options = { ignoreNamespaces: true } as object;
  const resolver = (readerType.createResolver as (type: avro.Type, options: object) => unknown)(writerType, options);
  const inMilliseconds = millisecondsOf(typeof json === 'string' ? (named.get(json) ?? {}) : (json as WrittenRecord));
  return (body) => inMilliseconds(readerType.fromBuffer(body, resolver as never));
}

/** A union at the root: avsc wants every branch to fit, the specification the one that was written. */
function branchReader(
  readerType: avro.Type,
  { types }: { readonly types: readonly avro.Type[] },
  json: readonly (WrittenRecord | string)[],
  named: NamedRecords,
): Reader {
  const readers = types.map((type, at) => {
    try {
      return readerOf(readerType, type, json[at]!, named);
    } catch {
      // Only a record that was written as this branch is refused.
      return null;
    }
  });
  if (readers.every((reader) => reader === null)) throw new TypeError('no branch fits');
  const index = avro.Type.forSchema('int');
  return (body) => {
    const { value, offset } = index.decode(body, 0);
    const read = readers[value];
    if (read === null || read === undefined) throw new TypeError('the branch that was written does not fit');
    return read(body.subarray(offset));
  };
}

/** Turns the times of a record that its writer counts more finely into milliseconds. */
function millisecondsOf({ fields = [] }: WrittenRecord): (record: AvroRecord) => AvroRecord {
  const finer = fields.flatMap(({ name, type }) => {
    const units = [type].flat().flatMap(({ logicalType }) => UNITS_PER_MS[logicalType ?? ''] ?? [])[0];
    return units === undefined ? [] : [{ name, units }];
  });
  return (record) => {
    for (const { name, units } of finer) if (typeof record[name] === 'bigint') record[name] /= units;
    return record;
  };
}
