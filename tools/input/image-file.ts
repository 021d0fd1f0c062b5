import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EpeeError } from '@epee/errors';
import { inspectImage, type ReferenceStore } from '@epee/imaging';
import { completeImage, type ImagingEvent, MAX_INLINE_IMAGE_BYTES } from '@epee/records';

/** A PNG or JPEG file, found but not read. */
export interface ImageFile {
  readonly path: string;
  /** The file's name with its ending; in a folder its path from that folder, with `/`. */
  readonly documentId: string;
  /** Size on disk. */
  readonly bytes: number;
}

/** What events from files are completed with. */
export interface ImageFileDefaults {
  readonly source: string;
  readonly version: string;
  readonly receivedAtMs: number;
  /** Width x height that is allowed. */
  readonly maxPixels: number;
}

/** Largest file that is read. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Makes the event of a file: the image inside it, or a `file:` reference to it where it is larger than an event takes.
 * @throws EpeeError with the file in front of the message: IMAGE_EMPTY, IMAGE_UNREADABLE, IMAGE_TOO_LARGE, REQUEST_FIELD_INVALID, FILE_INVALID
 */
export async function imageOfFile(file: ImageFile, defaults: ImageFileDefaults): Promise<ImagingEvent> {
  try {
    return await eventOfFile(file, defaults);
  } catch (error) {
    throw placed(error, file.path);
  }
}

/**
 * As {@link imageOfFile}, for whoever knows a better place than the file: see {@link placed}.
 * @throws EpeeError as there, without the file; the system's errors as they are
 */
export async function eventOfFile(file: ImageFile, { source, version, receivedAtMs, maxPixels }: ImageFileDefaults): Promise<ImagingEvent> {
  if (file.bytes > MAX_FILE_BYTES) throw fileTooLarge(file.bytes);
  const content = await readFile(file.path);
  const facts = await inspectImage(content, { maxPixels });
  const isSmall = content.length <= MAX_INLINE_IMAGE_BYTES;
  const draft = {
    documentId: file.documentId,
    version: BigInt(version),
    source,
    patientRef: null,
    encounterRef: null,
    modality: null,
    ...facts,
    bytes: isSmall ? content : null,
    reference: isSmall ? null : await referenceTo(file.path, content),
    receivedAtMs,
  };
  return completeImage(draft, facts);
}

/** Reads the files of this machine that {@link imageOfFile} refers to, whatever folder they lie in: the user has named them. */
export const ownFiles: ReferenceStore = { fetch: ({ uri }) => readFile(fileURLToPath(uri)) };

async function referenceTo(path: string, content: Buffer) {
  const uri = pathToFileURL(await realpath(path)).href;
  return { uri, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
}

const fileTooLarge = (bytes: number) =>
  new EpeeError('IMAGE_TOO_LARGE', `the file has ${bytes} bytes, ${MAX_FILE_BYTES} are allowed`, { stage: 'cli', details: { bytes } });

/** The same error with the place of the image in front. */
export function placed(error: unknown, path: string): EpeeError {
  if (error instanceof EpeeError) {
    const { code, stage, details, hint } = error;
    return new EpeeError(code, `${path}: ${error.message}`, { stage, details, ...(hint === undefined ? {} : { hint }), cause: error });
  }
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new EpeeError('FILE_INVALID', `${path} cannot be read (${reason})`, { stage: 'cli', details: { path, reason }, cause: error });
}
