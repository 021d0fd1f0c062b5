import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EpeeError } from '@epee/errors';

/**
 * Checks before the work that a file can be written where it is wanted.
 * @param flag the option that names it, such as `--json`
 * @throws EpeeError FILE_NOT_FOUND, USAGE_INVALID, FILE_INVALID
 */
export function checkOutput(flag: string, path: string | null): void {
  if (path === null) return;
  const folder = dirname(path);
  if (!existsSync(folder))
    throw new EpeeError('FILE_NOT_FOUND', `${flag} ${path}: the folder ${folder} does not exist`, { stage: 'cli', details: { path } });
  if (existsSync(path) && statSync(path).isDirectory())
    throw new EpeeError('USAGE_INVALID', `${flag} ${path} is a folder`, { stage: 'cli', details: { path } });
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
  } catch (cause) {
    throw notWritable(`${flag} ${path}`, path, cause);
  }
}

/**
 * Writes a file whole or not at all. A link stays and the file that it leads to is written; what is no file, such as /dev/stdout, is written to as it is.
 * @throws EpeeError FILE_INVALID
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const exists = existsSync(path);
  const isDevice = exists && !statSync(path).isFile();
  const target = exists && !isDevice ? await realpath(path) : path;
  const beside = isDevice ? target : `${target}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text);
    if (!isDevice) await rename(beside, target);
  } catch (cause) {
    if (!isDevice) await rm(beside, { force: true });
    throw notWritable(path, path, cause);
  }
}

function notWritable(what: string, path: string, cause: unknown): EpeeError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new EpeeError('FILE_INVALID', `${what} cannot be written (${reason})`, { stage: 'cli', details: { path, reason }, cause });
}
