import { EpeeError } from '@epee/errors';
import type { ImageInput } from '@epee/model';
import type { ImageFacts, ImagingEvent } from '@epee/records';
import { formatOf } from './formats.ts';
import { greyOf } from './grey.ts';
import { sharp } from './library.ts';

/** Limits of decoding an image. */
export interface DecodeLimits {
  /** Width x height. */
  readonly maxPixels: number;
  /** Milliseconds; the library rounds up to whole seconds. */
  readonly timeoutMs: number;
}

/**
 * Reads the header of a PNG or JPEG; decodes no pixel.
 * @throws EpeeError IMAGE_EMPTY, IMAGE_UNREADABLE, IMAGE_TOO_LARGE (more pixels than allowed)
 */
export async function inspectImage(bytes: Buffer, { maxPixels }: Pick<DecodeLimits, 'maxPixels'>): Promise<ImageFacts> {
  if (bytes.length === 0) throw new EpeeError('IMAGE_EMPTY', 'The image has no bytes', { stage: 'decode' });
  const format = formatOf(bytes);
  if (format === null) throw unreadable(`The image (${bytes.length} bytes) has the first bytes of neither a PNG nor a JPEG`);
  const { width, height, channels } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw unreadable(`The header of the ${name(format)} (${bytes.length} bytes) cannot be read: it is cut short or corrupt`, cause);
    });
  checkPixels(width, height, maxPixels);
  return { format, width, height, channels };
}

/**
 * Decodes an image for a model: grey or colour (alpha on black), rotated as its EXIF says, resized
 * to width x height (triangle filter).
 * @param image the result of {@link inspectImage}, or the size of raw pixels
 * @returns width x height x channels bytes, channels interleaved, for `normalisePixels`
 * @throws EpeeError IMAGE_UNREADABLE, IMAGE_TOO_LARGE, IMAGE_TIMEOUT
 */
export async function decodeImage(
  bytes: Buffer,
  { format, width, height, channels }: Pick<ImagingEvent, 'format' | 'width' | 'height' | 'channels'>,
  input: Pick<ImageInput, 'width' | 'height' | 'channels'>,
  { maxPixels, timeoutMs }: DecodeLimits,
): Promise<Uint8Array> {
  checkPixels(width, height, maxPixels);
  const raw = format === 'raw' ? { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } } : {};
  const image = sharp(bytes, { ...raw, limitInputPixels: maxPixels, sequentialRead: true })
    .timeout({ seconds: Math.ceil(timeoutMs / 1000) })
    .autoOrient()
    .flatten({ background: 'black' })
    .resize({ width: input.width, height: input.height, fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false })
    .toColourspace('srgb');
  try {
    const colours = await image.raw({ depth: 'uchar' }).toBuffer();
    return input.channels === 1 ? greyOf(colours) : colours;
  } catch (error) {
    throw decodeError(error, format);
  }
}

/** The error for a failure of the image library. */
export function decodeError(cause: unknown, format: ImagingEvent['format']): EpeeError {
  const reason = cause instanceof Error ? cause.message : '';
  if (reason.startsWith('timeout')) {
    return new EpeeError('IMAGE_TIMEOUT', `Decoding the ${name(format)} passed its time limit`, {
      stage: 'decode',
      hint: 'EPEE_IMAGE_TIMEOUT_MS sets the limit.',
      cause,
    });
  }
  return unreadable(`The ${name(format)} cannot be decoded: it is cut short or corrupt`, cause);
}

function checkPixels(width: number, height: number, maxPixels: number): void {
  const pixels = width * height;
  if (pixels <= maxPixels) return;
  throw new EpeeError('IMAGE_TOO_LARGE', `The image has ${width} x ${height} = ${pixels} pixels; ${maxPixels} are allowed`, {
    stage: 'decode',
    details: { width, height, maxPixels },
    hint: 'EPEE_IMAGE_MAX_PIXELS sets the limit.',
  });
}

const name = (format: ImagingEvent['format']) => ({ png: 'PNG', jpeg: 'JPEG', raw: 'raw image' })[format];

const unreadable = (message: string, cause?: unknown) => new EpeeError('IMAGE_UNREADABLE', message, { stage: 'decode', cause });
