import { EpeeError } from '@epee/errors';

/** Bytes that one compressed send may have once it is decompressed. A few hundred kilobytes can be made to hold gigabytes. */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/** RECORD_TOO_LARGE: a send that would grow beyond the cap. */
export function tooLarge(codec: string, bytes: bigint | number | null): EpeeError {
  const size = bytes === null ? 'more' : `${bytes} bytes`;
  return new EpeeError(
    'RECORD_TOO_LARGE',
    `A ${codec}-compressed send holds ${size}, but at most ${MAX_DECOMPRESSED_BYTES} bytes are read`,
    {
      stage: 'decode',
      details: { codec, maxBytes: MAX_DECOMPRESSED_BYTES, ...(bytes === null ? {} : { bytes: String(bytes) }) },
      hint: 'Find the producer that wrote it and let it write smaller batches.',
    },
  );
}

/** RECORD_FRAMING_INVALID: bytes that the codec cannot read. */
export function unreadable(codec: string, cause?: unknown): EpeeError {
  return new EpeeError('RECORD_FRAMING_INVALID', `A ${codec}-compressed send cannot be decompressed`, {
    stage: 'decode',
    details: { codec },
    cause,
  });
}
