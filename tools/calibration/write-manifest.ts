import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest } from '@epee/engine';
import { EpeeError } from '@epee/errors';

/**
 * Replaces a package's manifest in one step: whoever reads it meanwhile sees the old one or the new
 * one.
 *
 * @param change makes the new text; it must be a valid manifest
 * @param sha256 of the manifest that the change is meant for
 * @returns SHA-256 of the new manifest, hex
 * @throws EpeeError MODEL_DIGEST_MISMATCH (it was changed meanwhile), MODEL_INVALID (the new one is
 *   none), FILE_INVALID (the folder cannot be written to)
 */
export async function writeManifest(modelDir: string, sha256: string, change: (text: string) => string): Promise<string> {
  const path = join(modelDir, 'manifest.json');
  const old = await readFile(path);
  if (digestOf(old) !== sha256) throw changed(path);
  const text = change(old.toString('utf8'));
  parseManifest(text, path);
  // A package may hold no file that its manifest does not name, unless it begins with a dot.
  const temporary = join(modelDir, `.manifest.json.${process.pid}`);
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new EpeeError('FILE_INVALID', `${path} cannot be replaced (${reason}); it is as it was`, {
      stage: 'cli',
      details: { path, reason },
      cause,
    });
  }
  return digestOf(Buffer.from(text));
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const changed = (path: string) =>
  new EpeeError('MODEL_DIGEST_MISMATCH', `${path} has changed since calibration began; it is as it was`, {
    stage: 'cli',
    hint: 'Run epee calibrate again.',
  });
