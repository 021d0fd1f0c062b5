import { crc32, deflateSync } from 'node:zlib';
import { encodePng } from '@epee/imaging';
import type { ImagingEvent } from '@epee/records';

/** A PNG of a size, its pixels a ramp. */
export const pngOf = (width: number, height: number, channels: 1 | 3 = 1): Promise<Buffer> =>
  encodePng({ data: ramp(width * height * channels), width, height, channels });

/** Bytes 0, 1, ... 250, 0, ... */
export const ramp = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at % 251);

/**
 * A PNG whose header says any size, with compressed rows of zeros: 1 bit per pixel, so a small file
 * holds very many.
 */
export function pngClaiming(width: number, height: number, compressed: Buffer = deflateSync(Buffer.alloc(1))): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([1, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', compressed), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** A JPEG of 8 x 8 grey pixels. */
export const JPEG = Buffer.from(
  '/9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z',
  'base64',
);

/** An imaging event of raw pixels, 4 x 3 grey. */
export const eventOf = (more: Partial<ImagingEvent> = {}): ImagingEvent => ({
  documentId: 'image-1',
  version: 1n,
  source: 'test',
  patientRef: null,
  encounterRef: null,
  modality: 'DX',
  format: 'raw',
  width: 4,
  height: 3,
  channels: 1,
  bytes: Buffer.from(ramp(12)),
  reference: null,
  receivedAtMs: 7,
  ...more,
});

/** The event of a PNG. */
export const pngEvent = async (width: number, height: number, more: Partial<ImagingEvent> = {}): Promise<ImagingEvent> =>
  eventOf({ format: 'png', width, height, bytes: await pngOf(width, height), ...more });
