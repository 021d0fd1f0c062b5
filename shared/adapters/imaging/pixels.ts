import { normalisePixels } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import type { ImageInput } from '@epee/model';
import { checkFacts, checkRawLength, type ImagingEvent } from '@epee/records';
import { type DecodeLimits, decodeImage, inspectImage } from './decode.ts';
import type { ReferenceStore } from './reference-store.ts';

/** What making an image's pixels needs. */
export interface PixelOptions {
  /** What the model wants. */
  readonly input: ImageInput;
  readonly limits: DecodeLimits;
  /** Fetches what references lead to; `null`: every reference is refused. */
  readonly references: ReferenceStore | null;
}

/**
 * The pixels of an image as a model wants them, for an image row: fetched where it is referred to, compared with what its event says, decoded, resized, normalised.
 * @param image one that `checkImage` has passed
 * @throws EpeeError IMAGE_...: the image's own fault, or IMAGE_STORE_UNREACHABLE
 */
export async function pixelsOf(image: ImagingEvent, { input, limits, references }: PixelOptions): Promise<Float32Array> {
  const bytes = image.bytes ?? (await fetchReference(image, references));
  if (image.format === 'raw') checkRawLength(image, bytes.length);
  else checkFacts(image, await inspectImage(bytes, limits));
  return normalisePixels(await decodeImage(bytes, image, input, limits), input);
}

function fetchReference({ reference }: ImagingEvent, references: ReferenceStore | null): Promise<Buffer> {
  if (references !== null) return references.fetch(reference!);
  throw new EpeeError('IMAGE_REFERENCE_REFUSED', 'The image is referred to, but references are not followed here', { stage: 'decode' });
}
