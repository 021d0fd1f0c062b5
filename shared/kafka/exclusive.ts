import { EpeeError } from '@epee/errors';
import type kafkajs from 'kafkajs';
import { isFenced, reasonOf, unreachable } from './errors.ts';
import { sendAll } from './sending.ts';
import { withDeadline } from './timing.ts';
import { COMMIT_DEADLINE_MS, createProducer, initialise, OPEN_DEADLINE_MS } from './transactions.ts';
import type { ExclusiveWriter, KafkaOptions } from './types.ts';

/** A writer that shuts out every other with its transactional id, see {@link ExclusiveWriter}. */
export function createExclusiveWriter(options: KafkaOptions, transactionalId: string): ExclusiveWriter {
  let producer: kafkajs.Producer | null = null;

  const close = async () => {
    const old = producer;
    producer = null;
    await old?.disconnect().catch(() => undefined);
  };

  const failure = (error: unknown): EpeeError => {
    const fenced = isFenced(error);
    const what = fenced ? 'was refused: another writer took over' : `has an unknown outcome (${reasonOf(error)})`;
    return new EpeeError(fenced ? 'KAFKA_FENCED' : 'KAFKA_OUTCOME_UNKNOWN', `The transaction ${transactionalId} ${what}`, {
      stage: 'publish',
      details: { transactionalId, reason: reasonOf(error) },
      cause: error,
    });
  };

  return {
    async open() {
      await close();
      const fresh = createProducer(options, transactionalId);
      try {
        await withDeadline(initialise(fresh), OPEN_DEADLINE_MS, () => new Error('timeout'));
      } catch (error) {
        void fresh.disconnect().catch(() => undefined);
        throw unreachable(options.brokers, error);
      }
      producer = fresh;
    },
    async write(sends) {
      const using = producer;
      if (using === null) throw failure(new Error('not open'));
      try {
        const written = async () => {
          const transaction = await using.transaction();
          await sendAll(transaction, sends, options.compression ?? 'none');
          await transaction.commit();
        };
        await withDeadline(written(), COMMIT_DEADLINE_MS, () => new Error('timeout'));
      } catch (error) {
        // A failed transaction wedges the library's producer; the next `open` ends the transaction on the broker.
        if (producer === using) producer = null;
        void using.disconnect().catch(() => undefined);
        throw failure(error);
      }
    },
    close,
  };
}
