import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CliConfig } from '@epee/config';
import { type Kafka, type PartitionRange, reaching, replayTopicSpecs, topicMissing } from '@epee/kafka';
import type { Watch } from '@epee/terminal';
import { type Cluster, endsOf } from '../cluster.ts';
import { insist, type Patience } from '../run/commit-step.ts';
import { cutRanges } from './cut-ranges.ts';
import type { RangeRequest } from './parse-range.ts';
import type { PlannedVariant, ReplayPlan } from './plan.ts';
import { settleRange, unkeptBefore } from './range.ts';
import { writeRun } from './runs-store.ts';

/** How long a run waits for Kafka. */
export const PATIENCE: Patience = {
  monotonicMs: () => performance.now(),
  random: Math.random,
  sleep: (ms) => sleep(ms),
  giveUpAfterMs: 120_000,
};

/** Records of a topic that are to be replayed; `limit` null: all of the range. */
export interface WantedRecords {
  readonly topic: string;
  readonly range: RangeRequest;
  readonly limit: number | null;
}

/**
 * The offsets that a range means on the topic as it is now. Writes nothing.
 * @throws EpeeError KAFKA_TOPIC_MISSING, REPLAY_RANGE_INVALID, REPLAY_RANGE_EMPTY
 */
export async function rangesOf(
  cluster: Cluster,
  { topic, range, limit }: WantedRecords,
  { signal, say }: Pick<Watch, 'signal'> & { readonly say: (text: string) => void },
): Promise<PartitionRange[]> {
  const { admin } = cluster;
  if ((await admin.partitions(topic)) === null) throw topicMissing(topic);
  const kept = [...(await admin.offsets(topic))].sort((one, other) => one.partition - other.partition);
  const ranges = await settleRange(range, { topic, kept, offsetsAt: (timeMs) => admin.offsetsAt(topic, timeMs) });
  const unkept = unkeptBefore(range, ranges, kept);
  if (unkept !== null) say(unkept);
  return limit === null ? ranges : cutRanges(cluster, { topic, ranges, limit, signal });
}

/** What a new run does. */
export interface NewRun extends Pick<ReplayPlan, 'topic' | 'precision'> {
  readonly ranges: readonly PartitionRange[];
  readonly variants: readonly PlannedVariant[];
}

/**
 * Writes down a new run: its beginnings as committed offsets of its own group, then its record on
 * the topic of runs. A run that is not written down to the end does not exist.
 */
export async function createRun(
  { kafka, admin }: Cluster,
  config: CliConfig,
  { topic, ranges, variants, precision }: NewRun,
): Promise<ReplayPlan> {
  const { topics, replays } = config;
  const { partitions, replication } = topics;
  await admin.ensureTopics(
    replayTopicSpecs({ replays: replays.topic, replayRuns: replays.runsTopic, partitions, replication }, config.noteMaxBytes),
  );
  // A topic that was just made may have no leader yet.
  const from = await insist(() => reaching(config.kafka, () => endsOf(admin, replays.topic)), PATIENCE);
  const now = new Date();
  const id = runId(now);
  const plan: ReplayPlan = {
    formatVersion: 1,
    id,
    createdAt: now.toISOString(),
    finishedAt: null,
    topic,
    ranges: ranges.map(({ partition, from, to }) => ({ partition, from: String(from), to: String(to) })),
    variants: variants.map(({ id, policy, modelDir, model }) => ({ id, policy, modelDir, model })),
    precision,
    group: `${config.group}.replay.${id}`,
    replays: { topic: replays.topic, from, to: null },
  };
  await Promise.all(ranges.map((range) => commitBeginning(kafka, plan, range)));
  await writeRun(kafka, replays.runsTopic, plan);
  return plan;
}

async function commitBeginning(kafka: Kafka, { group, topic }: ReplayPlan, { partition, from }: PartitionRange): Promise<void> {
  const transactions = kafka.transactions({ group, topic, partition });
  try {
    await transactions.open();
    await transactions.commit([], from);
  } finally {
    await transactions.close();
  }
}

/** Sorts by time, and two runs of one second differ: `20260301-083000-4f2a`. */
function runId(now: Date): string {
  const [day, time] = now.toISOString().slice(0, 19).split('T');
  return `${day!.replaceAll('-', '')}-${time!.replaceAll(':', '')}-${randomBytes(2).toString('hex')}`;
}
