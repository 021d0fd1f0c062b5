import type { Kafka, KafkaConsumer } from '@epee/kafka';
import { PARTITIONS_AT_A_TIME, PASS_OVER_EVERY_MS } from '../limits.ts';
import type { Liveness } from '../liveness.ts';
import { createPartitionWorker, type PartitionWorker } from '../partition/partition-worker.ts';
import type { PartitionDeps } from '../partition/passage.ts';
import { createExtract, type ExtractDeps } from '../prepare/extract.ts';
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
export async function startLane(lane: Lane, deps: LaneDeps): Promise<KafkaConsumer> {
  const { kafka, sessionTimeoutMs, liveness, log } = deps;
  const { topic, group, gate } = lane;
  const { progress } = liveness;
  const extract = createExtract(lane, { ...deps, onWait: progress });
  const workers = new Map<number, PartitionWorker>();

  const workerOf = (partition: number): PartitionWorker => {
    const known = workers.get(partition);
    if (known !== undefined) return known;
    const transactions = kafka.transactions({ group, topic, partition });
    const made = createPartitionWorker({ ...deps, transactions, extract, gate, progress });
    workers.set(partition, made);
    return made;
  };

  let epoch = 0;
  const leaveAllBut = (partitions: ReadonlySet<number>) => {
    for (const [partition, worker] of workers) {
      if (partitions.has(partition)) continue;
      workers.delete(partition);
      liveness.left({ topic, partition });
      worker.leave().catch((error) => log.debug('The producer of a partition that left did not close', { topic, partition }, error));
    }
  };

  const consumer = await kafka.consume({
    group,
    topics: [topic],
    sessionTimeoutMs,
    concurrency: PARTITIONS_AT_A_TIME,
    onAssignment(assignment) {
      epoch = assignment.epoch;
      const { partitions } = assignment;
      log.info('Joined the group', { group, partitions: partitions.length });
      leaveAllBut(new Set(partitions.map(({ partition }) => partition)));
      void warnOfForgotten(kafka, { group, topic, partitions }, log);
    },
    onRebalance: () => {
      for (const worker of workers.values()) void worker.release();
    },
    onSkipped: ({ partition }, next) => workerOf(partition).passed(next),
    onBatch: (batch, control) =>
      liveness.during({ topic, partition: batch.partition, offset: batch.fetchedFrom }, () =>
        workerOf(batch.partition).onBatch(batch, control),
      ),
    onOutOfRange: (refused, control) =>
      liveness.during({ topic, partition: refused.partition, offset: refused.position }, () =>
        workerOf(refused.partition).onOutOfRange(refused, control),
      ),
  });
  const passing = setInterval(() => {
    if (consumer.joined()) for (const worker of workers.values()) void worker.passOver(epoch);
  }, PASS_OVER_EVERY_MS);
  const stop = async () => {
    clearInterval(passing);
    await consumer.stop();
    await Promise.all([...workers.values()].map((worker) => worker.close()));
  };
  return { ...consumer, stop };
}
