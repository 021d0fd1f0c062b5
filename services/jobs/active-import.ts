import type { PartitionTransactions } from '@epee/kafka';
import type { BatchJob, BatchPosition } from '@epee/redis';
import type { Offset } from '@epee/stream';
import { type ImportRow, readImport } from './files/import-reader.ts';

/** What stays open between the chunks of an import: its producer, and the file at the place that was reached. */
export interface ActiveImport {
  readonly transactions: PartitionTransactions;
  /** Number of the first chunk that is not published, as Kafka has it; null where it has none. */
  committed: Offset | null;
  /** The rows from a place on. Goes on where the last chunk ended, where that is the same place; else reads up to it again. */
  rowsFrom(position: BatchPosition | null): AsyncIterator<ImportRow>;
  /** Says where the rows now stand. */
  standsAt(position: BatchPosition | null): void;
  close(): Promise<void>;
}

/** Opens nothing by itself. */
export function createActiveImport(
  { paths, csv }: Pick<BatchJob, 'paths' | 'csv'>,
  { transactions, committed, maxTextBytes }: { transactions: PartitionTransactions; committed: Offset | null; maxTextBytes: number },
): ActiveImport {
  let rows: AsyncGenerator<ImportRow> | null = null;
  let place = '';
  return {
    transactions,
    committed,
    rowsFrom(position) {
      if (rows === null || place !== JSON.stringify(position)) {
        void rows?.return(undefined);
        rows = readImport(paths, position, { csv, maxTextBytes });
      }
      return rows;
    },
    standsAt(position) {
      place = JSON.stringify(position);
    },
    async close() {
      await rows?.return(undefined);
      rows = null;
      await transactions.close();
    },
  };
}
