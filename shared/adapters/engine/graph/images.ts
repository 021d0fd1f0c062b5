import type { ImageInput } from '@epee/model';

/**
 * Turns decoded bytes into an {@link ImageRow}'s `pixels`: `(byte / 255 - mean) / std`, channel after channel.
 * @param bytes decoded and resized to the model's width and height, its channels interleaved (`sharp(...).raw()`): width x height x channels bytes
 * @throws RangeError if there are more or fewer bytes than that
 */
export function normalisePixels(bytes: Uint8Array, { width, height, channels, mean, std }: ImageInput): Float32Array {
  const size = width * height;
  if (bytes.length !== size * channels) {
    throw new RangeError(
      `${bytes.length} bytes for an image of ${width} x ${height} pixels in ${channels} channels, which has ${size * channels}`,
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
