import type { ImageInput } from '@epee/model';

/**
 * Turns decoded bytes into the `pixels` of an image row: `(byte / 255 - mean) / std`, channel after
 * channel.
 * @param bytes width x height x channels bytes at the model's size, channels interleaved
 * (`sharp(...).raw()`)
 * @throws RangeError for any other number of bytes
 */
export function normalisePixels(bytes: Uint8Array, { width, height, channels, mean, std }: ImageInput): Float32Array {
  const size = width * height;
  if (bytes.length !== size * channels) {
    throw new RangeError(
      `An image of ${width} x ${height} pixels in ${channels} channels has ${size * channels} bytes, but ${bytes.length} were given`,
    );
  }
  const pixels = new Float32Array(bytes.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let place = 0; place < size; place++) {
      pixels[channel * size + place] = (bytes[place * channels + channel]! / 255 - mean[channel]!) / std[channel]!;
    }
  }
  return pixels;
}
