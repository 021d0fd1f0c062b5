import { EpeeError } from '@epee/errors';

const HEADER_BYTES = 5;

/** The parts of a record value. */
export interface Frame {
  readonly schemaId: number;
  readonly body: Buffer;
}

/**
 * Splits Confluent's wire format: a zero byte, the schema id in four bytes (big-endian), the Avro
 * body.
 * @param maxBytes size limit of a value
 * @throws EpeeError RECORD_EMPTY, RECORD_TOO_LARGE, RECORD_FRAMING_INVALID
 * @see https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
export function readFrame(value: Buffer | null, maxBytes: number): Frame {
  if (value === null || value.length === 0) throw new EpeeError('RECORD_EMPTY', 'The record has no value', { stage: 'decode' });
  if (value.length > maxBytes) {
    throw new EpeeError('RECORD_TOO_LARGE', `The record's value has ${value.length} bytes; ${maxBytes} are allowed`, {
      stage: 'decode',
      details: { bytes: value.length, maxBytes },
    });
  }
  if (value.length < HEADER_BYTES) throw framing(`it has ${value.length} bytes, but its header alone needs ${HEADER_BYTES}`);
  if (value[0] !== 0) throw framing(`its first byte is ${value[0]} instead of 0`);
  return { schemaId: value.readInt32BE(1), body: value.subarray(HEADER_BYTES) };
}

/** Joins a schema id and an Avro body; the reverse of {@link readFrame}. */
export function writeFrame(schemaId: number, body: Buffer): Buffer {
  const value = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  value[0] = 0;
  value.writeInt32BE(schemaId, 1);
  body.copy(value, HEADER_BYTES);
  return value;
}

const framing = (reason: string) =>
  new EpeeError('RECORD_FRAMING_INVALID', `The record is not in Confluent's wire format: ${reason}`, {
    stage: 'decode',
    hint: 'Write records with a schema-registry serialiser, or send notes through ingest.',
  });
