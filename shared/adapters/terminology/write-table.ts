import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { EpeeError } from '@epee/errors';
import { openTable, type TableBuilder } from '@epee/terminology';
import { MAX_TABLE_BYTES } from './load-tables.ts';
import { MANIFEST, readManifest, type TableEntry } from './manifest.ts';

/** What a manifest says of a table that nobody can count. */
export type TableAbout = Pick<TableEntry, 'system' | 'version' | 'source' | 'licence'>;

/**
 * Writes a table into a folder and its manifest. A table of the same system is replaced; the others stay. A reader sees the old
 * table or the new one.
 *
 * @param effort of the compression, 0 to 11
 * @throws EpeeError TERMINOLOGY_INVALID where the table is too large or the folder's manifest is not one; FILE_INVALID where the folder
 *   cannot be written
 */
export async function writeTable(folder: string, about: TableAbout, builder: TableBuilder, effort = 6): Promise<TableEntry> {
  const bytes = tableBytes(builder, about.system);
  const { concepts, keys } = openTable(bytes, about.system);
  const packed = await promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: effort,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const sha256 = createHash('sha256').update(packed).digest('hex');
  const name = about.system.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const entry = { ...about, file: `${name}-${sha256.slice(0, 8)}.terms.br`, sha256, concepts, terms: keys };
  try {
    await replace(folder, entry, packed);
  } catch (cause) {
    if (cause instanceof EpeeError) throw cause;
    throw new EpeeError('FILE_INVALID', `${folder} cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, {
      stage: 'cli',
      cause,
    });
  }
  return entry;
}

function tableBytes(builder: TableBuilder, system: string): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  for (const chunk of batched(builder.chunks())) {
    chunks.push(Buffer.from(chunk));
    size += chunks.at(-1)!.length;
    if (size > MAX_TABLE_BYTES)
      throw new EpeeError('TERMINOLOGY_INVALID', `the table of ${system} is larger than ${MAX_TABLE_BYTES} bytes`, { stage: 'cli' });
  }
  return Buffer.concat(chunks, size);
}

/** Lines joined to pieces of some size: a buffer for each line would cost more than the line. */
function* batched(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length > 65_536) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

async function replace(folder: string, entry: TableEntry, packed: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, MANIFEST);
  const present = await readFile(path).then(
    () => true,
    () => false,
  );
  const before = present ? await readManifest(folder) : [];
  const tables = [...before.filter(({ system }) => system !== entry.system), entry].sort((a, b) => (a.system < b.system ? -1 : 1));
  await writeFile(join(folder, entry.file), packed);
  await writeFile(`${path}.new`, `${JSON.stringify({ tables }, null, 2)}\n`);
  await rename(`${path}.new`, path);
  const old = before.find(({ system }) => system === entry.system);
  if (old !== undefined && old.file !== entry.file) await unlink(join(folder, old.file)).catch(() => undefined);
}
