import avro from 'avsc';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Avro's long as bigint: avsc's own type reads a number and loses digits beyond 2^53. */
export const LONG_TYPE = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: (value: bigint) => value.toString(),
  isValid: (value: unknown) => typeof value === 'bigint' && value >= MIN && value <= MAX,
  compare: (left: bigint, right: bigint) => (left === right ? 0 : left < right ? -1 : 1),
});

/** Parses a schema whose longs are read and written as bigint. */
export function parseWithBigints(schema: string): avro.Type {
  const isLong = (part: unknown) =>
    part === 'long' || (typeof part === 'object' && part !== null && (part as { type?: unknown }).type === 'long');
  return avro.Type.forSchema(JSON.parse(schema), { omitRecordMethods: true, typeHook: (part) => (isLong(part) ? LONG_TYPE : undefined) });
}
