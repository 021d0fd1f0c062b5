import type { Kafka } from '@epee/kafka';
import type { TopicPartition } from '@epee/stream';
import { PARTITIONS_AT_A_TIME } from '../limits.ts';
import type { Liveness } from '../liveness.ts';
import { createPartitionWorker, type PartitionWorker } from '../partition/partition-worker.ts';
import type { PartitionDeps } from '../partition/passage.ts';
import { createExtract, type ExtractDeps } from '../prepare/extract.ts';
import type { LaneConsumer } from './consumers.ts';
import { warnOfForgotten } from './forgotten.ts';
import type { Lane } from './lane.ts';

/** What the lanes of a worker share. */
export interface LaneDeps
  extends Omit<PartitionDeps, 'transactions' | 'extract' | 'gate' | 'progress'>,
    Pick<ExtractDeps, 'results' | 'deadLetters'> {
  readonly kafka: Pick<Kafka, 'transactions' | 'consume' | 'admin'>;
  readonly sessionTimeoutMs: number;
  readonly liveness: Liveness;
}

/**
 * Joins a lane's group; each partition that is assigned gets a worker of its own. `stop` closes them too.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING
 */
export async function startLane(lane: Lane, deps: LaneDeps): Promise<LaneConsumer> {
  const { kafka, sessionTimeoutMs, liveness, log } = deps;
  const { topic, group, gate } = lane;
  const { progress } = liveness;
  const extract = createExtract(lane, { ...deps, onWait: progress });
  const workers = new Map<number, PartitionWorker>();

  const workerOf = ({ partition }: TopicPartition): PartitionWorker => {
    const known = workers.get(partition);
    if (known !== undefined) return known;
    const transactions = kafka.transactions({ group, topic, partition });
    const made = createPartitionWorker({ ...deps, transactions, extract, gate, progress });
    workers.set(partition, made);
    return made;
  };

  const consumer = await kafka.consume({
    group,
    topics: [topic],
    sessionTimeoutMs,
    concurrency: PARTITIONS_AT_A_TIME,
    onAssignment: ({ partitions }) => {
      log.info('Joined the group', { group, partitions: partitions.length });
      void warnOfForgotten(kafka, { group, topic, partitions }, log);
    },
    onRebalance: () => {
      for (const worker of workers.values()) void worker.release();
    },
    onBatch: (batch, control) => liveness.during(() => workerOf(batch).onBatch(batch, control)),
    onOutOfRange: (refused, control) => liveness.during(() => workerOf(refused).onOutOfRange(refused, control)),
  });
  const stop = async () => {
    await consumer.stop();
    await Promise.all([...workers.values()].map((worker) => worker.close()));
  };
  return { ...consumer, stop };
}
