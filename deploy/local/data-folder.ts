import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MARKER = 'prepared.json';

/**
 * The folder of one server's data. It counts as prepared only when its marker was written, which happens last; anything else found there (the rest of an
 * interrupted preparation, or data of another version) is not used.
 */
export interface DataFolder<T> {
  readonly path: string;
  /** What the marker says, or undefined where the folder is not prepared. */
  readonly prepared: T | undefined;
}

/** Looks at a data folder; `fits` says whether the marker's content can be used by this program. */
export function openDataFolder<T>(path: string, fits: (marker: Partial<T>) => boolean): DataFolder<T> {
  try {
    const marker = JSON.parse(readFileSync(join(path, MARKER), 'utf8'));
    return { path, prepared: fits(marker) ? marker : undefined };
  } catch {
    return { path, prepared: undefined };
  }
}

/** Makes an empty folder of it. What was there and had been in use is kept beside it as `<path>.broken` (one generation), the rest is deleted. */
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
