import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EpeeError } from '@epee/errors';
import { digestMismatch, missing, refused, unreachable } from './reference-errors.ts';

/** Options of reading a file. */
interface FolderRead {
  /** Absolute paths. */
  readonly folders: readonly string[];
  /** Size of the file by its event; no more is read. */
  readonly bytes: number;
}

/**
 * The file is missing or may not be read, so waiting would not help. Any other error is an error of
 * the store.
 */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'EISDIR', 'ENXIO']);

/**
 * Reads a file of an allowed folder. Its real path, with links resolved, must be inside the folder.
 * @throws EpeeError IMAGE_REFERENCE_REFUSED, IMAGE_REFERENCE_MISSING, IMAGE_STORE_UNREACHABLE
 */
export async function readFromFolders(url: URL, { folders, bytes }: FolderRead): Promise<Buffer> {
  const path = pathOf(url);
  const folder = folders.find((allowed) => isBelow(allowed, path));
  if (folder === undefined) throw refused(`The reference is in none of the ${folders.length} folders that EPEE_IMAGE_FOLDERS allows`);
  const root = await realpath(folder).catch((cause: unknown) => {
    throw unreachable(`A folder of EPEE_IMAGE_FOLDERS cannot be read (${codeOf(cause)})`, cause);
  });
  const real = await realpath(path).catch(fileError);
  if (!isBelow(root, real)) throw outside();
  // Non-blocking, because a pipe would wait for its other end. No following, because the file may
  // have become a link meanwhile.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(fileError);
  try {
    await refuseMoved(file, root);
    if (!(await file.stat()).isFile()) throw missing('The reference does not lead to a file');
    return await readAll(file, bytes).catch(fileError);
  } finally {
    await file.close();
  }
}

function pathOf(url: URL): string {
  try {
    const path = fileURLToPath(url);
    if (!path.includes('\0')) return path;
  } catch (cause) {
    throw refused('The reference is not a valid file: URI of this machine', cause);
  }
  throw refused('The reference contains a zero byte');
}

/**
 * A folder of the path may have become a link between the check and the opening. So, on Linux, the
 * path of the open file is checked, too.
 */
async function refuseMoved(file: FileHandle, root: string): Promise<void> {
  const opened = await readlink(`/proc/self/fd/${file.fd}`).catch(() => null);
  if (opened !== null && !isBelow(root, opened)) throw outside();
}

async function readAll(file: FileHandle, bytes: number): Promise<Buffer> {
  // One byte more than expected, to notice a larger file.
  const buffer = Buffer.alloc(bytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > bytes) throw digestMismatch(`The image at the reference has more than ${bytes} bytes, the size in its event`);
  return buffer.subarray(0, length);
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

const outside = () => refused('The reference leads outside the folders that EPEE_IMAGE_FOLDERS allows');

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown reason';

function fileError(cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code;
  // Only errors of system calls are classified: no other error may lead to waiting.
  if (cause instanceof EpeeError || code === undefined || (cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
  if (NOT_THERE.has(code)) throw missing(`The file of the reference does not exist or cannot be read (${code})`, cause);
  throw unreachable(`The folder of the image cannot be read (${code})`, cause);
}
