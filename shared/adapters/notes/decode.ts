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

/** Where bytes stop being UTF-8, counted from 0, and what encoding they look like. Only for bytes that are not valid UTF-8. */
export function describeEncoding(bytes: Buffer): { readonly at: number; readonly looksLike: string } {
  return { at: firstInvalid(bytes), looksLike: encodingOf(bytes) };
}

/** The longest prefix that is UTF-8, apart from a character that its end cuts: halved until it is found. */
function firstInvalid(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isPrefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isPrefix(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Bytes that are looked at to tell an encoding. */
const SAMPLE = 1000;
/** A control character that no text has. */
const isBinary = (byte: number): boolean => (byte > 0 && byte < 9) || (byte > 13 && byte < 32);

function encodingOf(bytes: Buffer): string {
  const sample = bytes.subarray(0, SAMPLE);
  const zeros = [0, 1].map((parity) => sample.filter((byte, at) => byte === 0 && at % 2 === parity).length);
  const mark = sample.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || zeros[1]! > sample.length / 4) return 'UTF-16LE';
  if (mark === 'feff' || zeros[0]! > sample.length / 4) return 'UTF-16BE';
  return sample.some(isBinary) ? 'binary data' : 'WINDOWS-1252';
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
