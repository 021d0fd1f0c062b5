import type { ImageFormat } from './types.ts';

/** Size limit of an image inside its event; a larger image is sent as a reference. */
export const MAX_INLINE_IMAGE_BYTES = 512 * 1024;
/** Longest side of an image in pixels: the 16-bit sizes of JPEG (ITU-T T.81). */
export const MAX_IMAGE_SIDE = 65_535;
/** Longest URI of a reference, in characters. */
export const MAX_URI_CHARACTERS = 2048;
/** Formats of an image. */
export const IMAGE_FORMATS: readonly ImageFormat[] = ['png', 'jpeg', 'raw'];

const SHA256 = /^[0-9a-f]{64}$/;

/** What is wrong with a side or a number of channels (the words after "must"), or `null`. */
export function extentProblem(field: 'width' | 'height' | 'channels', value: number): string | null {
  const most = field === 'channels' ? 4 : MAX_IMAGE_SIDE;
  return Number.isInteger(value) && value >= 1 && value <= most ? null : `be a whole number from 1 to ${most}, but is ${value}`;
}

/** What is wrong with a SHA-256 (the words after "must"), or `null`. */
export const sha256Problem = (value: string): string | null =>
  SHA256.test(value) ? null : `be 64 lower-case hexadecimal digits, but has ${value.length === 64 ? 'other' : value.length} characters`;

/**
 * What is wrong with the URI of a reference (the words after "must"), or `null`. It is never
 * quoted, because a path may name a patient.
 */
export function uriProblem(value: string): string | null {
  if (value.length === 0 || value.length > MAX_URI_CHARACTERS) return `have 1 to ${MAX_URI_CHARACTERS} characters, but has ${value.length}`;
  return /^(file|https?):\/\//i.test(value) ? null : 'begin with file://, http:// or https://, but begins with something else';
}
