import type { ImageFormat } from './types.ts';

/** Bytes that an image inside its event may have; a larger one is sent as a reference. */
export const MAX_INLINE_IMAGE_BYTES = 512 * 1024;
/** Longest side of an image, pixels: what JPEG can say (ITU-T T.81, 16-bit sizes). */
export const MAX_IMAGE_SIDE = 65_535;
/** Longest URI of a reference, characters. */
export const MAX_URI_CHARACTERS = 2048;
/** Forms of an image's bytes. */
export const IMAGE_FORMATS: readonly ImageFormat[] = ['png', 'jpeg', 'raw'];

const SHA256 = /^[0-9a-f]{64}$/;

/** What is wrong with a side or a number of channels, said after "must", or `null`. */
export function extentProblem(field: 'width' | 'height' | 'channels', value: number): string | null {
  const most = field === 'channels' ? 4 : MAX_IMAGE_SIDE;
  return Number.isInteger(value) && value >= 1 && value <= most ? null : `be a whole number from 1 to ${most}, but is ${value}`;
}

/** What is wrong with a SHA-256, said after "must", or `null`. */
export const sha256Problem = (value: string): string | null =>
  SHA256.test(value) ? null : `be 64 lower-case hexadecimal digits, but has ${value.length} characters or others than those`;

/** What is wrong with a reference's URI, said after "must", or `null`. Never quoted: a path may name a patient. */
export function uriProblem(value: string): string | null {
  if (value.length === 0 || value.length > MAX_URI_CHARACTERS) return `have 1 to ${MAX_URI_CHARACTERS} characters, but has ${value.length}`;
  return /^(file|https?):\/\//i.test(value) ? null : 'begin with file://, http:// or https://, but does not';
}
