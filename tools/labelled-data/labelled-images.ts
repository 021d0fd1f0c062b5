import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { EpeeError } from '@epee/errors';
import { FULL_DEPTH } from '@epee/exits';
import { bytesOf, type DecodeLimits, pixelsOf } from '@epee/imaging';
import { eventOfFile, type ImageFile, mapInOrder, ownFiles, placed } from '@epee/input';
import type { ImageInput } from '@epee/model';
import { countSteps, type Watch } from '@epee/terminal';
import type { Placed } from './labelled-file.ts';
import { type ImageItem, staysBelow } from './labelled-item.ts';
import { type LabelledRow, PORTION, portionsOf } from './labelled-row.ts';

/** The images of a labelled file, decoded when their turn comes. */
export interface LabelledImages {
  /**
   * Rows of a task, one per item, in their order; all their pixels are in memory.
   * @throws EpeeError of the first image that cannot be read, with file, line and field in front:
   *   IMAGE_EMPTY, IMAGE_UNREADABLE, IMAGE_TOO_LARGE, IMAGE_TIMEOUT, FILE_INVALID (not there, or
   *   outside the folder of the labelled file)
   */
  rows(items: readonly Placed<ImageItem>[], task: string): Promise<LabelledRow[]>;
  /** The same in portions of bounded size. */
  portions(items: readonly Placed<ImageItem>[], task: string): AsyncGenerator<LabelledRow[]>;
}

/** How labelled images are read. */
export interface LabelledImagesOptions {
  /** The labelled file: its images lie below its folder. */
  readonly path: string;
  /** What the model wants. */
  readonly input: ImageInput;
  readonly limits: DecodeLimits;
}

/** Most pixel values of a portion, 4 bytes each. */
const PORTION_VALUES = 8 * 1024 * 1024;
/** Images that are decoded at a time, as in the pipeline. */
const IMAGES_AT_A_TIME = 2;

/** Reads the images of a labelled file with the limits, decoding and resizing of the pipeline. */
export function createLabelledImages({ path, input, limits }: LabelledImagesOptions): LabelledImages {
  const portion = Math.max(1, Math.min(PORTION, Math.floor(PORTION_VALUES / (input.width * input.height * input.channels))));
  const defaults = { source: 'epee-evaluate', version: '1', receivedAtMs: 0, maxPixels: limits.maxPixels };

  const rowOf = ({ where, item, document }: Placed<ImageItem>, task: string): Promise<LabelledRow> =>
    inPlace(where, async () => {
      const image = await eventOfFile(await fileOf(item, path), defaults);
      const pixels = await pixelsOf(image, await bytesOf(image, ownFiles), { input, limits });
      return { id: item.id, document, task, label: item.label, row: { id: where, task, pixels, policy: FULL_DEPTH } };
    });

  const rows: LabelledImages['rows'] = async (items, task) => {
    const decoded: LabelledRow[] = [];
    for await (const row of mapInOrder(each(items), IMAGES_AT_A_TIME, (item) => rowOf(item, task))) decoded.push(row);
    return decoded;
  };

  return {
    rows,
    async *portions(items, task) {
      for (const some of portionsOf(items, portion)) yield await rows(some, task);
    },
  };
}

/**
 * SHA-256 of the files of labelled images, hex, in their order.
 * @param path the labelled file
 * @throws EpeeError FILE_INVALID with file, line and field; the signal's reason
 */
export async function imageDigests(
  images: readonly Pick<Placed<ImageItem>, 'where' | 'item'>[],
  path: string,
  { startProgress, signal }: Watch,
): Promise<string[]> {
  const progress = startProgress('read images');
  const steps = countSteps(progress, 'images');
  const digests: string[] = [];
  try {
    for (const { where, item } of images) {
      signal.throwIfAborted();
      digests.push(await inPlace(where, async () => sha256Of((await fileOf(item, path)).path)));
      steps(1, images.length);
    }
  } finally {
    progress.end();
  }
  return digests;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The file of an image; links must not lead out of the folder either. */
async function fileOf({ image }: ImageItem, labelledFile: string): Promise<ImageFile> {
  const folder = await realpath(dirname(labelledFile));
  const path = await realpath(join(folder, image));
  if (!staysBelow(relative(folder, path))) throw invalid('leads out of the folder of the labelled file, through a link');
  const file = await stat(path);
  if (!file.isFile()) throw invalid('is not a file');
  // The name that it has as a document plays no part here.
  return { path, documentId: 'image', bytes: file.size };
}

/** The path itself may tell of a patient: messages name the line. */
async function inPlace<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw placed(error, `${where} $.image`);
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const invalid = (problem: string) => new EpeeError('FILE_INVALID', problem, { stage: 'cli' });
