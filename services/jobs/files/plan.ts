import { access, constants, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { EpeeError } from '@epee/errors';
import type { CsvOptions } from '@epee/notes';
import { readLayout } from './read-file.ts';
import { IMPORT_ENDINGS, orUnreadable, refused, unreadable, walkFiles } from './walk.ts';

/** How many files an import has, and their bytes. */
export interface FileTotals {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Looks at all files of an import before the first is read: every path must be allowed, exist and
 * hold notes, and CSV files must have the columns.
 * @param folders folders from which files may be imported
 * @throws EpeeError JOB_FOLDER_REFUSED, JOB_INPUT_INVALID
 */
export async function planFiles(
  paths: readonly string[],
  { folders, csv }: { folders: readonly string[]; csv: CsvOptions },
): Promise<FileTotals> {
  for (const path of paths) {
    await checkAllowed(path, folders);
    await orUnreadable(path, access(path, constants.R_OK));
  }
  const perRoot = paths.map(() => 0);
  let bytes = 0;
  for await (const file of walkFiles(paths)) {
    perRoot[file.root]! += 1;
    bytes += file.size;
    if (file.kind === 'csv') await checkHeader(file.absolute, () => readLayout(file, csv));
  }
  const empty = perRoot.indexOf(0);
  if (empty >= 0) throw refused(paths[empty]!, `holds no file that ends in ${IMPORT_ENDINGS.join(', ')}`);
  return { files: perRoot.reduce((sum, count) => sum + count, 0), bytes };
}

/** Links are followed first, so that none leads out of the folders. */
async function checkAllowed(path: string, folders: readonly string[]): Promise<void> {
  const real = await orUnreadable(path, realpath(path));
  for (const folder of folders) {
    const allowed = await realpath(folder).catch(() => null);
    if (allowed !== null && isWithin(real, allowed)) return;
  }
  throw new EpeeError(
    'JOB_FOLDER_REFUSED',
    `${path} lies outside the folders from which the jobs service may read: ${folders.join(', ')}`,
    {
      stage: 'ingest',
      details: { path },
      hint: 'Name its folder in EPEE_JOBS_FOLDERS of the jobs service.',
    },
  );
}

/** Whether a path is a folder or lies below it. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);

async function checkHeader(path: string, read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (cause) {
    if (!(cause instanceof EpeeError)) throw unreadable(path, cause);
    const { message, details, hint } = cause;
    throw new EpeeError('JOB_INPUT_INVALID', message, { stage: 'ingest', details, cause, ...(hint === undefined ? {} : { hint }) });
  }
}
