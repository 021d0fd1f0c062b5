import avro from 'avsc';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** @param unitsPerValue units of the bytes that make one of the value: 1000 reads microseconds as milliseconds */
const longType = (unitsPerValue: bigint) =>
  avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE() / unitsPerValue,
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value * unitsPerValue);
      return bytes;
    },
    fromJSON: (value: number | string) => BigInt(value),
    toJSON: (value: bigint) => value.toString(),
    isValid: (value: unknown) => typeof value === 'bigint' && value >= MIN && value <= MAX,
    compare: (left: bigint, right: bigint) => (left === right ? 0 : left < right ? -1 : 1),
  });

/** Avro's long as bigint: avsc's own type reads a number and loses digits beyond 2^53. */
export const LONG_TYPE = longType(1n);

const MICROSECONDS = longType(1000n);
const NANOSECONDS = longType(1_000_000n);
/** Logical types that count a time more finely than in milliseconds. */
const FINER_TIMES: Readonly<Record<string, avro.Type>> = {
  'timestamp-micros': MICROSECONDS,
  'local-timestamp-micros': MICROSECONDS,
  'timestamp-nanos': NANOSECONDS,
  'local-timestamp-nanos': NANOSECONDS,
};

interface Written {
  readonly type?: unknown;
  readonly logicalType?: string;
}

/** Parses a schema whose longs are read and written as bigint. */
export function parseWithBigints(schema: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schema), { omitRecordMethods: true, typeHook: (part) => (isLong(part) ? LONG_TYPE : undefined) });
}

/**
 * Parses a writer's schema: longs become bigint, times milliseconds, and a value of a union says its branch (`{branch: value}`).
 * @param references schemas whose named types it uses
 */
export function parseWriter(schema: string, references: readonly string[]): avro.Type {
  const typeHook = (part: unknown) => {
    if (!isLong(part)) return undefined;
    return FINER_TIMES[(part as Written).logicalType ?? ''] ?? LONG_TYPE;
  };
  const options = { omitRecordMethods: true, wrapUnions: true, registry: {}, typeHook };
  return [...references, schema].map((text) => avro.Type.forSchema(JSON.parse(text), options)).at(-1)!;
}

const isLong = (part: unknown): boolean =>
  part === 'long' || (typeof part === 'object' && part !== null && (part as Written).type === 'long');

/** Whether a schema may say a time more finely than in milliseconds. */
export const saysFinerTimes = (schema: string): boolean => Object.keys(FINER_TIMES).some((name) => schema.includes(name));
