import type { FetchedRecord } from '@epee/stream';
import type { Asker } from '../lanes/lane.ts';
import type { ImageWork } from '../types.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';

/** What preparing images needs. */
export interface PrepareImagesOptions extends PrepareOptions {
  readonly images: ImageWork;
  readonly asker?: Asker;
}

/** Decodes records of images and reads the images, see {@link prepare}. An image store that does not answer is no record's fault. */
export function prepareImages(records: readonly FetchedRecord[], options: PrepareImagesOptions): Promise<Prepared[]> {
  const { decode, reader } = options.images;
  return prepare(records, { decode, answer: (images) => reader.read(images, options.policy, options.asker) }, options);
}
