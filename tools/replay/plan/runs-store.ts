import { EpeeError } from '@epee/errors';
import { type Kafka, readRanges } from '@epee/kafka';
import { type Cluster, withReadingGroup } from '../cluster.ts';
import { planFromValue, planToValue, type ReplayPlan } from './plan.ts';

/** Writes a run's record, or a newer one. @throws EpeeError KAFKA_UNREACHABLE, KAFKA_SEND_FAILED */
export async function writeRun(kafka: Pick<Kafka, 'producer'>, runsTopic: string, plan: ReplayPlan): Promise<void> {
  const producer = await kafka.producer();
  try {
    await producer.send(runsTopic, [{ key: plan.id, value: planToValue(plan) }]);
  } finally {
    await producer.close();
  }
}

/** All runs, oldest first; none where the topic does not exist. */
export async function readRuns({ kafka, admin }: Cluster, runsTopic: string): Promise<ReplayPlan[]> {
  if ((await admin.partitions(runsTopic)) === null) return [];
  const ranges = (await admin.offsets(runsTopic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
  const plans = new Map<string, ReplayPlan>();
  await withReadingGroup(admin, (group) =>
    readRanges(kafka, {
      group,
      topic: runsTopic,
      ranges,
      onBatch: async ({ records }) => {
        for (const { value } of records) {
          const plan = planFromValue(value);
          if (plan !== null) plans.set(plan.id, plan);
        }
      },
    }),
  );
  return [...plans.values()].sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
}

/** One run by its id. @throws EpeeError REPLAY_NOT_FOUND */
export async function findRun(cluster: Cluster, runsTopic: string, id: string): Promise<ReplayPlan> {
  const runs = await readRuns(cluster, runsTopic);
  const found = runs.find((run) => run.id === id);
  if (found !== undefined) return found;
  throw new EpeeError('REPLAY_NOT_FOUND', `There is no replay run ${JSON.stringify(id.slice(0, 80))} on ${runsTopic}`, {
    stage: 'cli',
    hint:
      runs.length === 0
        ? 'There are no runs yet: epee replay run.'
        : `The newest are ${runs
            .slice(-3)
            .map((run) => run.id)
            .join(', ')}; epee replay list shows all.`,
  });
}
