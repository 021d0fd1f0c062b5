import type { PartitionTransactions } from '@epee/kafka';
import type { BatchJob } from '@epee/redis';
import type { Offset } from '@epee/stream';
import { type ImportRows, openRows } from '../files/import-rows.ts';
import type { SendingDeps } from './types.ts';

/** What stays open between the chunks of an import: its producer and its rows. */
export interface ActiveImport {
  readonly transactions: PartitionTransactions;
  /** Number of the first chunk that is not published, as Kafka has it; null: Kafka has none. */
  committed: Offset | null;
  readonly rows: ImportRows;
}

/** The imports that this process has open. */
export interface ActiveImports {
  /** Opens an import, unless this process had it before as well. Ends what a former owner began. */
  open(job: BatchJob): Promise<ActiveImport>;
  /** Closes an import, where it is open. */
  leave(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Makes an empty set of open imports. */
export function createActiveImports(deps: Pick<SendingDeps, 'kafka' | 'topic' | 'owner' | 'options'>): ActiveImports {
  const active = new Map<string, ActiveImport>();

  async function leave(id: string): Promise<void> {
    const known = active.get(id);
    active.delete(id);
    await known?.rows.close();
    await known?.transactions.close();
  }

  return {
    async open(job) {
      const known = active.get(job.id);
      if (known !== undefined && job.owner === deps.owner) return known;
      await leave(job.id);
      const opened = await openImport(job, deps);
      active.set(job.id, opened);
      return opened;
    },
    leave,
    close: async () => void (await Promise.all([...active.keys()].map(leave))),
  };
}

/** Opening the producer ends a transaction of a former owner, whoever that was. */
async function openImport(
  { id, paths, csv }: BatchJob,
  { kafka, topic, options }: Pick<SendingDeps, 'kafka' | 'topic' | 'options'>,
): Promise<ActiveImport> {
  const transactions = kafka.transactions({ group: groupOf(id, options), topic, partition: 0 });
  const committed = await transactions.open();
  return { transactions, committed, rows: openRows(paths, { csv, maxTextBytes: options.noteMaxBytes }) };
}

/** Consumer group whose committed offset is the number of the first chunk that is not published. */
export const groupOf = (id: string, { consumer }: Pick<SendingDeps['options'], 'consumer'>): string => `${consumer.group}.${id}`;
