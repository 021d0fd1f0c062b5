import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Bytes of UTF-8 as text; undefined where they are not valid. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What a gzip stream unpacks to. Ends with an error where its source does or is closed early. */
export function unzipped(raw: Readable): Readable {
  const gunzip = createGunzip();
  raw.on('error', (error) => gunzip.destroy(error));
  raw.on('close', () => {
    if (!raw.readableEnded) gunzip.destroy();
  });
  return raw.pipe(gunzip);
}
