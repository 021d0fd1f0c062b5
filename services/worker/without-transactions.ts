import { workerConfig } from '@epee/config';
import type { BatchControl, Kafka } from '@epee/kafka';
import { runService } from '@epee/telemetry';
import { composeWorker } from './compose.ts';
import { startWorker } from './start-worker.ts';

/**
 * The worker with at-least-once writing in place of its transactions, to measure what those cost: an idempotent producer, then a commit of the offset. It exists for
 * `epee bench` alone: a crash between the two would double results.
 */
function withoutTransactions(kafka: Kafka, producer: Awaited<ReturnType<Kafka['producer']>>): Kafka {
  /** Of the batch in flight, by partition. */
  const controls = new Map<string, BatchControl>();
  const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;
  return {
    ...kafka,
    consume: (options) =>
      kafka.consume({
        ...options,
        onBatch: (batch, control) => {
          controls.set(nameOf(batch), control);
          return options.onBatch(batch, control);
        },
      }),
    transactions: (options) => ({
      ...kafka.transactions(options),
      async open() {
        const admin = await kafka.admin();
        const committed = await admin.committed(options.group, options.topic).finally(() => admin.close());
        return committed.find(({ partition }) => partition === options.partition)?.offset ?? null;
      },
      async commit(sends, next) {
        await Promise.all(sends.map(({ topic, records }) => producer.send(topic, records)));
        await controls.get(nameOf(options))!.commit(next);
      },
      close: async () => {},
    }),
  };
}

await runService({
  name: 'worker',
  configure: () => workerConfig(process.env),
  start: async (config, log) => {
    const deps = await composeWorker(config, log);
    const producer = await deps.kafka.producer();
    return startWorker(config, { ...deps, kafka: withoutTransactions(deps.kafka, producer) });
  },
});
