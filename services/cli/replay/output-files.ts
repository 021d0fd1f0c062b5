import { existsSync, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EpeeError } from '@epee/errors';

/**
 * Checks before the work that a file can be written where it is wanted.
 * @throws EpeeError FILE_NOT_FOUND, USAGE_INVALID
 */
export function checkOutput(flag: string, path: string | null): void {
  if (path === null) return;
  const folder = dirname(path);
  if (!existsSync(folder))
    throw new EpeeError('FILE_NOT_FOUND', `${flag} ${path}: the folder ${folder} does not exist`, { stage: 'cli', details: { path } });
  if (existsSync(path) && statSync(path).isDirectory())
    throw new EpeeError('USAGE_INVALID', `${flag} ${path} is a folder`, { stage: 'cli', details: { path } });
}

/** Writes a file whole or not at all. @throws EpeeError FILE_INVALID */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new EpeeError('FILE_INVALID', `${path} cannot be written (${reason})`, { stage: 'cli', details: { path, reason }, cause });
  }
}
