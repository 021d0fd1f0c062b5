import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MARKER = 'prepared.json';

/**
 * The data folder of one server. It counts as prepared once its marker is written, which is the
 * last step. Everything else in it (of an interrupted preparation, or of another version) is not
 * used.
 */
export interface DataFolder<T> {
  readonly path: string;
  /** The content of the marker, or undefined where the folder is not prepared. */
  readonly prepared: T | undefined;
}

/** Opens a data folder. @param fits whether this program can use the content of the marker */
export function openDataFolder<T>(path: string, fits: (marker: Partial<T>) => boolean): DataFolder<T> {
  try {
    const marker = JSON.parse(readFileSync(join(path, MARKER), 'utf8'));
    return { path, prepared: fits(marker) ? marker : undefined };
  } catch {
    return { path, prepared: undefined };
  }
}

/** Empties the folder. Data that was in use is kept as `<path>.broken` (one generation). */
export function renewDataFolder(path: string): void {
  if (existsSync(join(path, MARKER))) {
    rmSync(`${path}.broken`, { recursive: true, force: true });
    renameSync(path, `${path}.broken`);
  }
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
}

/** Marks a folder as prepared. */
export function markPrepared<T>(path: string, marker: T): void {
  writeFileSync(join(path, `${MARKER}.new`), JSON.stringify(marker));
  renameSync(join(path, `${MARKER}.new`), join(path, MARKER));
}
