import { EpeeError } from '@epee/errors';
import { type ImageEngine, type ImageInput, type ImageRow, type Outcome, policyOf, type Turn } from '@epee/model';
import { checkImage, type ExtractionResult, type ImagingEvent } from '@epee/records';
import { createGate, recordFailure, recordVerdict } from '@epee/stream';
import { assembleImageResult } from './assemble.ts';
import type { DecodeLimits } from './decode.ts';
import type { Patience, Waiter } from './patience.ts';
import { bytesOf, pixelsOf } from './pixels.ts';
import type { ReferenceStore } from './reference-store.ts';

/** An imaging event with the policy that it names. */
export type ImageToRead = ImagingEvent & { readonly policyName?: string };

/** The collaborators of an image reader. */
export interface ImageReaderParts {
  readonly engine: Pick<ImageEngine, 'model' | 'run'>;
  readonly limits: DecodeLimits;
  /** Fetches images by reference; `null`: every reference is refused. */
  readonly references: ReferenceStore | null;
  /** How long a store that does not answer is waited for. @default one attempt, whose error rejects the call */
  readonly patience?: Patience;
  /** Milliseconds since 1970 UTC, for `processedAtMs`. */
  readonly nowMs: () => number;
}

/** Who asks an image reader. */
export interface ReadOptions extends Waiter {
  /** Whose turn it is in the engine. @default one user for all */
  readonly turn?: Turn;
}

/** Turns images into results. */
export interface ImageReader {
  /**
   * Reads images together, so that their rows share batches. Each image gives one row per task of
   * the model.
   *
   * @param policyName policy of images that name none
   * @param options who asks
   * @returns for each image, in order, its result or its error: RECORD_INVALID, POLICY_UNKNOWN,
   * IMAGE_..., EXTRACTION_FAILED, or the engine's error for its row. An image that fails does not
   * affect the others.
   * @throws EpeeError with no image as cause: IMAGE_STORE_UNREACHABLE (try again), ENGINE_CLOSED
   */
  read(images: readonly ImageToRead[], policyName: string, options?: ReadOptions): Promise<(ExtractionResult | EpeeError)[]>;
}

/** Images that all calls together decode at a time: each one holds its bytes and its pixels. */
const IMAGES_AT_A_TIME = 2;

/** Rows of an image, one per task. */
interface Decoded {
  readonly rows: readonly ImageRow[];
}

/** How one image of a call is read. */
interface Reading extends Waiter {
  readonly index: number;
  readonly policyName: string;
}

/** Makes an image reader from a loaded image model. */
export function createImageReader({ engine, limits, references, patience, nowMs }: ImageReaderParts): ImageReader {
  const { model } = engine;
  const input = imageInput(model.image, model.name);
  const gate = createGate(IMAGES_AT_A_TIME);

  function pixelsWith(image: ImageToRead, waiter: Waiter): Promise<Float32Array> {
    const fetched = () => bytesOf(image, references);
    const decoded = (bytes: Buffer) => pixelsOf(image, bytes, { input, limits });
    if (image.reference === null || patience === undefined) return gate.run(async () => decoded(await fetched()));
    // An image that is fetched takes no place of others meanwhile: its store may not answer.
    const work = async () => {
      const bytes = await fetched();
      return gate.run(() => decoded(bytes));
    };
    return patience.attempt(image.reference, work, waiter);
  }

  async function decode(image: ImageToRead, { index, policyName, ...waiter }: Reading): Promise<Decoded> {
    checkImage(image);
    const policies = model.tasks.map((task) => policyOf(task, { policy: policyName, stage: 'decode' }));
    const pixels = await pixelsWith(image, waiter);
    return { rows: model.tasks.map(({ name }, at) => ({ id: `${index}/${name}`, task: name, pixels, policy: policies[at]! })) };
  }

  return {
    async read(images, policyName, { turn, ...waiter } = {}) {
      const named = (image: ImageToRead) => image.policyName ?? policyName;
      const decoded = await settleAll(
        images.map((image, index) => attempt(() => decode(image, { ...waiter, index, policyName: named(image) }))),
      );
      const rows = decoded.flatMap((image) => (image instanceof EpeeError ? [] : image.rows));
      const outcomes = rows.length === 0 ? [] : await engine.run(rows, { entropyThreshold: 'off', patience: 'off' }, turn);
      let next = 0;
      return decoded.map((image, index) => {
        if (image instanceof EpeeError) return image;
        const own = outcomes.slice(next, next + image.rows.length);
        next += image.rows.length;
        return resultOf(images[index]!, own, named(images[index]!));
      });
    },
  };

  function resultOf(image: ImageToRead, outcomes: readonly Outcome[], policy: string): ExtractionResult | EpeeError {
    const failed = outcomes.find((outcome) => outcome.kind === 'failed');
    return failed?.error ?? assembleImageResult(image, outcomes, { model, policy, processedAtMs: nowMs() });
  }
}

/**
 * Waits for all before it rejects, so that nothing of a failed call still runs at the next attempt.
 */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** An error that the image causes becomes its answer; any other error is thrown. */
async function attempt<T>(work: () => Promise<T>): Promise<T | EpeeError> {
  try {
    return await work();
  } catch (error) {
    if (recordVerdict(error) !== 'dead-letter') throw error;
    if (error instanceof EpeeError) return error;
    const { code, stage, message } = recordFailure(error, 'decode');
    return new EpeeError(code, message, { stage, cause: error });
  }
}

function imageInput(image: ImageInput | undefined, name: string): ImageInput {
  if (image !== undefined) return image;
  throw new EpeeError('MODEL_INVALID', `Model ${name} reads no images`, { stage: 'config' });
}
