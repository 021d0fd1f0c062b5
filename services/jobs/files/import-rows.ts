import type { BatchPosition } from '@epee/redis';
import { type ImportRow, readImport } from './import-reader.ts';
import type { ReadOptions } from './read-file.ts';

/** The rows of an import, kept open at the position that was reached. */
export interface ImportRows {
  /** The rows after a position. Reads up to it again, unless the rows are there already. */
  from(position: BatchPosition | null): AsyncIterator<ImportRow>;
  /** Is called with the position that the rows have reached. */
  reached(position: BatchPosition | null): void;
  close(): Promise<void>;
}

/** Makes the rows of an import. No file is opened before the first row is asked for. */
export function openRows(paths: readonly string[], options: ReadOptions): ImportRows {
  let rows: AsyncGenerator<ImportRow> | null = null;
  let place = '';
  return {
    from(position) {
      if (rows === null || place !== JSON.stringify(position)) {
        void rows?.return(undefined);
        rows = readImport(paths, position, options);
      }
      return rows;
    },
    reached(position) {
      place = JSON.stringify(position);
    },
    async close() {
      await rows?.return(undefined);
      rows = null;
    },
  };
}
