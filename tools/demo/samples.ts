import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EpeeError } from '@epee/errors';
import { findNoteFiles, readNoteFile } from '@epee/notes';

/** A sample note. */
export interface Sample {
  readonly documentId: string;
  readonly text: string;
}

/** A sample image: a drawn stand-in, no patient's. */
export interface SampleImage {
  readonly documentId: string;
  readonly mediaType: 'image/png' | 'image/jpeg';
  readonly bytes: Buffer;
}

const SAMPLES = fileURLToPath(new URL('../../deploy/samples', import.meta.url));

/** The project's own sample notes, in the order of their names. @throws EpeeError FILE_INVALID where one cannot be read */
export async function readSamples(maxTextBytes: number, folder: string = SAMPLES): Promise<Sample[]> {
  const { files, problems } = findNoteFiles([folder]);
  if (problems[0] !== undefined) throw problems[0];
  const samples: Sample[] = [];
  for (const file of files) {
    for await (const row of readNoteFile(file, { maxTextBytes })) {
      if ('error' in row) throw new EpeeError('FILE_INVALID', row.error.message, { stage: 'cli', cause: row.error });
      samples.push({ documentId: file.documentId, text: String(row.fields.text) });
    }
  }
  return samples;
}

/** The project's own sample images, in the order of their names. */
export async function readSampleImages(folder: string = SAMPLES): Promise<SampleImage[]> {
  const { files } = findNoteFiles([folder], { images: true });
  return Promise.all(
    files
      .filter(({ kind }) => kind === 'image')
      .map(async ({ path, documentId }) => ({
        documentId,
        mediaType: path.endsWith('.png') ? ('image/png' as const) : ('image/jpeg' as const),
        bytes: await readFile(path),
      })),
  );
}
