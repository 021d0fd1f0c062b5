import type { EpeeError } from '@epee/errors';
import type { ImageToRead } from '@epee/imaging';
import type { ExtractionResult } from '@epee/records';
import type { FetchedRecord } from '@epee/stream';
import { encode, type Failed, failed, type Prepared, type PrepareOptions, policyNameOf } from './prepare.ts';
import type { ImageWork } from './types.ts';

/** What preparing images needs. */
export interface PrepareImagesOptions extends Pick<PrepareOptions, 'policy' | 'resultMaxBytes'> {
  readonly codec: Pick<PrepareOptions['codec'], 'encodeResult'>;
  readonly images: ImageWork;
}

type Decoded = { readonly record: FetchedRecord; readonly image: ImageToRead };

/**
 * Decodes records and reads their images, as `prepare` does with notes.
 * @returns one entry a record, in their order
 * @throws EpeeError whatever is no record's fault: an image store that does not answer (try again), an engine that is closed
 */
export async function prepareImages(records: readonly FetchedRecord[], options: PrepareImagesOptions): Promise<Prepared[]> {
  const decoded = await Promise.all(records.map((record) => decode(record, options.images)));
  const good = decoded.filter((entry): entry is Decoded => 'image' in entry);
  const images = good.map(({ image }) => image);
  const answers: readonly (ExtractionResult | EpeeError)[] =
    images.length === 0 ? [] : await options.images.reader.read(images, options.policy);
  let next = 0;
  return decoded.map((entry) => ('failure' in entry ? entry : encode(entry.record, answers[next++]!, options)));
}

async function decode(record: FetchedRecord, { decode: decodeImage }: ImageWork): Promise<Decoded | Failed> {
  if (record.failure !== undefined) return { record, failure: record.failure };
  try {
    const image = await decodeImage(record.value);
    const policyName = policyNameOf(record);
    return { record, image: policyName === null ? image : { ...image, policyName } };
  } catch (error) {
    return failed(record, error, 'decode');
  }
}
