import { createImageEngine, type EngineOptions } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { checkPolicy, type LoadedModel, type Outcome } from '@epee/model';
import type { DecodeLimits } from './decode.ts';
import { createImageReader, type ImageReader } from './image-reader.ts';
import type { Patience } from './patience.ts';
import type { ReferenceStore } from './reference-store.ts';

/** An image reader that owns its model. */
export interface OpenImageReader extends ImageReader {
  readonly model: LoadedModel;
  /** Waits for the running batches, then frees the model. */
  close(): Promise<void>;
}

/** Options of opening an image reader. */
export interface OpenReaderOptions {
  /** The package of the image model, and how it runs. */
  readonly engine: EngineOptions;
  readonly limits: DecodeLimits;
  readonly references: ReferenceStore | null;
  /** How long a store that does not answer is waited for; closed with the reader. @default one attempt, whose error rejects the call */
  readonly patience?: Patience;
  /** Policy that every task of the model must have. */
  readonly policy: string;
  /** Called with each batch of answers. */
  readonly onOutcomes?: (outcomes: readonly Outcome[]) => void;
}

/**
 * Loads an image model.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID, MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED;
 * POLICY_UNKNOWN where a task lacks the policy
 */
export async function openImageReader({
  engine: options,
  limits,
  references,
  patience,
  policy,
  onOutcomes,
}: OpenReaderOptions): Promise<OpenImageReader> {
  const engine = await createImageEngine(options).catch((error: unknown) => {
    throw forImages(error);
  });
  const { model } = engine;
  try {
    checkPolicy(model, { policy, stage: 'config' });
  } catch (error) {
    await engine.close();
    throw error;
  }
  const reader = createImageReader({
    engine: {
      model,
      run: async (rows, followed, turn) => {
        const outcomes = await engine.run(rows, followed, turn);
        onOutcomes?.(outcomes);
        return outcomes;
      },
    },
    limits,
    references,
    ...(patience && { patience }),
    nowMs: () => Date.now(),
  });
  const close = () => {
    patience?.close();
    return engine.close();
  };
  return { ...reader, model, close };
}

/** Replaces the engine's hint, which names the option of the text model. */
function forImages(error: unknown): unknown {
  if (!(error instanceof EpeeError) || error.code !== 'MODEL_MISSING') return error;
  const { code, stage, details, message } = error;
  const hint = 'Set EPEE_IMAGE_MODEL_DIR to the folder of a complete model package, or to nothing to read no images.';
  return new EpeeError(code, message, { stage, details, hint, cause: error });
}
