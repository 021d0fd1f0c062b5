import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { MAX_DECOMPRESSED_BYTES, tooLarge, unreadable } from './cap.ts';

const compressAsync = promisify(gzip);
const decompressAsync = promisify(gunzip);

/** gzip, RFC 1952. */
export const compressGzip = (data: Buffer): Promise<Buffer> => compressAsync(data);

/** @throws EpeeError RECORD_TOO_LARGE, RECORD_FRAMING_INVALID */
export async function decompressGzip(data: Buffer): Promise<Buffer> {
  try {
    return await decompressAsync(data, { maxOutputLength: MAX_DECOMPRESSED_BYTES });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge('gzip', null) : unreadable('gzip', error);
  }
}
