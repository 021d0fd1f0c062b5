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
  /** Fetches images by reference; `null`: every reference is refused. */
  readonly references: ReferenceStore | null;
}

/**
 * The pixels of an image for an image row: fetched (where the event has a reference), compared with
 * the event, decoded, resized and normalised.
 * @param image an image that passed `checkImage`
 * @throws EpeeError IMAGE_... where the image is the cause; IMAGE_STORE_UNREACHABLE
 */
export async function pixelsOf(image: ImagingEvent, { input, limits, references }: PixelOptions): Promise<Float32Array> {
  const bytes = image.bytes ?? (await fetchReference(image, references));
  if (image.format === 'raw') checkRawLength(image, bytes.length);
  else checkFacts(image, await inspectImage(bytes, limits));
  return normalisePixels(await decodeImage(bytes, image, input, limits), input);
}

function fetchReference({ reference }: ImagingEvent, references: ReferenceStore | null): Promise<Buffer> {
  if (references !== null) return references.fetch(reference!);
  throw new EpeeError('IMAGE_REFERENCE_REFUSED', 'The event has a reference, but references are not followed here', { stage: 'decode' });
}
