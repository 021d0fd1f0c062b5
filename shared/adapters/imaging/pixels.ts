import { normalisePixels } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import type { ImageInput } from '@epee/model';
import { checkFacts, checkRawLength, type ImagingEvent } from '@epee/records';
import { type DecodeLimits, decodeImage, inspectImage } from './decode.ts';
import type { ReferenceStore } from './reference-store.ts';

/** Options of {@link pixelsOf}. */
export interface PixelOptions {
  /** Size and channels that the model needs. */
  readonly input: ImageInput;
  readonly limits: DecodeLimits;
}

/**
 * The bytes of an image: those in its event, or those at its reference.
 * @param references fetches images by reference; `null`: every reference is refused
 * @throws EpeeError IMAGE_REFERENCE_..., IMAGE_TOO_LARGE, IMAGE_DIGEST_MISMATCH, IMAGE_STORE_UNREACHABLE
 */
export const bytesOf = async (image: ImagingEvent, references: ReferenceStore | null): Promise<Buffer> =>
  image.bytes ?? fetchReference(image, references);

/**
 * The pixels of an image for an image row: compared with the event, decoded, resized and normalised.
 * @param image an image that passed `checkImage`
 * @param bytes see {@link bytesOf}
 * @throws EpeeError IMAGE_... where the image is the cause
 */
export async function pixelsOf(image: ImagingEvent, bytes: Buffer, { input, limits }: PixelOptions): Promise<Float32Array> {
  if (image.format === 'raw') checkRawLength(image, bytes.length);
  else checkFacts(image, await inspectImage(bytes, limits));
  return normalisePixels(await decodeImage(bytes, image, input, limits), input);
}

function fetchReference({ reference }: ImagingEvent, references: ReferenceStore | null): Promise<Buffer> {
  if (references !== null) return references.fetch(reference!);
  throw new EpeeError('IMAGE_REFERENCE_REFUSED', 'The event has a reference, but references are not followed here', { stage: 'decode' });
}
