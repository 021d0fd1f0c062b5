import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { type ImageReader, openImageReader } from '@epee/imaging';
import type { NoteInput } from '@epee/input';
import { ownFiles } from '@epee/input';
import type { Extractor } from '@epee/text';
import { openExtractor } from './open-extractor.ts';

/** The models that an input needs. */
export interface OpenExtractors {
  readonly notes: Extractor;
  readonly images: ImageReader | null;
  /** Waits for what runs, then frees the models. */
  close(): Promise<void>;
}

/**
 * Loads the model that reads notes and the one that reads images, each only where the input holds some.
 *
 * @param onPrecision is called with the precision that a measurement chose for the notes' model
 * @throws EpeeError as {@link openExtractor}; CONFIG_INVALID where there are images, but no model for them
 */
export async function openExtractors(
  config: CliConfig,
  input: Pick<NoteInput, 'holdsNotes' | 'holdsImages'>,
  onPrecision?: Parameters<typeof openExtractor>[1],
): Promise<OpenExtractors> {
  // Without any good file the command still says so for a model that is missing.
  const notes = input.holdsNotes || !input.holdsImages ? await openExtractor(config, onPrecision) : null;
  try {
    const images = input.holdsImages ? await openImages(config) : null;
    return {
      notes: notes?.extractor ?? { extract: async () => [] },
      images,
      close: async () => void (await Promise.all([notes?.close(), images?.close()])),
    };
  } catch (error) {
    await notes?.close();
    throw error;
  }
}

function openImages({ images, policy }: CliConfig) {
  const { engine, limits } = images;
  if (engine !== null) return openImageReader({ engine, limits, references: ownFiles, policy });
  throw new EpeeError('CONFIG_INVALID', 'EPEE_IMAGE_MODEL_DIR is empty, so that images cannot be read', {
    stage: 'config',
    hint: 'Let it name the package of an image model.',
  });
}
