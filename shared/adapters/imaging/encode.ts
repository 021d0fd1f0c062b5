import { sharp } from './library.ts';

/** Raw pixels: 8 bits per channel, channels interleaved, row by row from the top left. */
export interface RawPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Encodes pixels as a PNG, for samples and tests. */
export function encodePng({ data, ...sizes }: RawPixels): Promise<Buffer> {
  const image = sharp(data, { raw: sizes });
  return (sizes.channels === 1 ? image.toColourspace('b-w') : image).png({ compressionLevel: 9 }).toBuffer();
}
