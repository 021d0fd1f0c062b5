import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/**
 * Reads one file from a zip archive (a jar), without zip64 and encryption. Source: PKWARE APPNOTE
 * 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
 *
 * @returns the file's bytes, or undefined where the archive has no such entry
 * @throws Error when the archive is damaged
 */
export function readZipEntry(archive: string, entryName: string): Buffer | undefined {
  const zip = readFileSync(archive);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || zip.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error(`${archive} is not a zip archive`);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error(`${archive}: its directory is damaged`);
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === entryName) return readEntry(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}

function readEntry(zip: Buffer, directoryAt: number): Buffer {
  const method = zip.readUInt16LE(directoryAt + 10);
  const packedBytes = zip.readUInt32LE(directoryAt + 20);
  const local = zip.readUInt32LE(directoryAt + 42);
  const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(from, from + packedBytes);
  return method === 0 ? Buffer.from(packed) : inflateRawSync(packed);
}
