import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { type PartitionTransactions, type RangeBatch, reaching, readRanges, topicMissing } from '@epee/kafka';
import {
  type FetchedRecord,
  nextOffset,
  planSends,
  planSubBatches,
  REPLAY_LIMITS,
  recordMaxBytes,
  sendLimitsOf,
  splitLife,
  withLife,
} from '@epee/stream';
import { type Cluster, endsOf, withReadingGroup } from '../cluster.ts';
import { PATIENCE } from '../plan/create-run.ts';
import type { ReplayPlan } from '../plan/plan.ts';
import { writeRun } from '../plan/runs-store.ts';
import { type AnswerDeps, answerRecords } from './answers.ts';
import { commitStep, insist, type StepDeps } from './commit-step.ts';
import type { OpenVariants } from './open-variants.ts';

const PARTITIONS_AT_A_TIME = 4;

/** What working on a run needs. */
export interface RunWork {
  readonly plan: ReplayPlan;
  readonly variants: OpenVariants['variants'];
  readonly config: CliConfig;
  readonly signal: AbortSignal;
  /** Is called once with the number of offsets that are left. */
  readonly onStart: (offsets: number) => void;
  /** Is called where records that are left are no longer kept by their topic. */
  readonly onGone: (partition: number, offsets: bigint) => void;
  /** Is called with the number of records that are done, and of the offsets that these took. */
  readonly onDone: (records: number, offsets: number) => void;
}

/**
 * Works through what is left of a run, then marks it finished and deletes its group. Each
 * sub-batch's answers and the run's new offset are one transaction. Whoever begins shuts out any
 * process that still works on the run.
 * @returns the finished plan
 * @throws EpeeError REPLAY_LOST, KAFKA_FENCED, KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING; the signal's
 *   reason
 */
export async function workRun({ kafka, admin }: Cluster, work: RunWork): Promise<ReplayPlan> {
  const { plan, variants, config, signal } = work;
  const { topic, group, replays } = plan;
  const positions = new Map<number, bigint>();
  /** Ids of the topic whose log the positions are places in. */
  const logIds = new Map<number, string>();
  const transactions = new Map<number, PartitionTransactions>();
  for (const { partition } of plan.ranges) transactions.set(partition, kafka.transactions({ group, topic, partition }));
  const stepDeps = (partition: number): StepDeps => ({
    transactions: transactions.get(partition)!,
    committed: () =>
      reaching(config.kafka, async () => {
        const all = await admin.committed(group, topic);
        return all.find((each) => each.partition === partition)?.offset ?? null;
      }),
    patience: PATIENCE,
  });
  try {
    // All are waited for: one that is still opening could not be closed, and the process would not
    // end.
    const opened = await Promise.allSettled(
      plan.ranges.map(async ({ partition }) => {
        const committed = await insist(() => transactions.get(partition)!.open(), PATIENCE);
        if (committed === null) throw lost(plan);
        positions.set(partition, committed);
        const { life } = splitLife(transactions.get(partition)!.metadata());
        if (life !== null) logIds.set(partition, life.id);
      }),
    );
    for (const end of opened) if (end.status === 'rejected') throw end.reason;
    const left = plan.ranges.map(({ partition, to }) => ({ partition, from: positions.get(partition)!, to: BigInt(to) }));
    work.onStart(left.reduce((sum, { from, to }) => sum + Number(to > from ? to - from : 0n), 0));
    for (const { partition, low } of await admin.offsets(topic)) {
      const range = left.find((each) => each.partition === partition);
      if (range !== undefined && range.from < low && range.from < range.to)
        work.onGone(partition, (low < range.to ? low : range.to) - range.from);
    }
    const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
    const [partitions, limit] = await Promise.all([admin.partitions(replays.topic), admin.maxMessageBytes(replays.topic)]);
    if (partitions === null) throw topicMissing(replays.topic);
    const maxBytes = recordMaxBytes(limit);
    const answering: AnswerDeps = { run: plan.id, topic, codec, variants, noteMaxBytes: config.noteMaxBytes, maxBytes };

    async function step(partition: number, records: readonly FetchedRecord[], next: bigint): Promise<void> {
      const { records: answers } = await insist(() => answerRecords(records, partition, answering), PATIENCE);
      const sends = planSends(
        { topic: replays.topic, partitions: partitions!, records: answers, keylessPartition: partition },
        sendLimitsOf(maxBytes),
      );
      const from = positions.get(partition)!;
      const id = logIds.get(partition);
      const metadata = withLife('', id === undefined ? null : { id, epoch: null });
      await commitStep(stepDeps(partition), { sends, from, next, metadata });
      positions.set(partition, next);
      work.onDone(records.length, Number(next - from));
    }

    async function onBatch({ partition, records, next, logId }: RangeBatch): Promise<void> {
      // The positions of a topic that was made anew since are places among other records.
      if (logId !== null && (logIds.get(partition) ?? logId) !== logId) throw otherTopic(plan);
      if (logId !== null) logIds.set(partition, logId);
      const sizes = records.map(({ key, value }) => (key?.length ?? 0) + (value?.length ?? 0));
      for (const { start, end } of planSubBatches(sizes, REPLAY_LIMITS)) {
        if (signal.aborted) return;
        const part = records.slice(start, end);
        await step(partition, part, end === records.length ? next : nextOffset(part.at(-1)!.offset));
      }
    }

    await withReadingGroup(admin, (readers) =>
      readRanges(kafka, { group: readers, topic, ranges: left, concurrency: PARTITIONS_AT_A_TIME, signal, onBatch }),
    );
    signal.throwIfAborted();
    // Markers at the end of a range come with no batch.
    for (const { partition, to } of left) {
      const from = positions.get(partition)!;
      if (from < to) await commitStep(stepDeps(partition), { sends: [], from, next: to });
    }
    // A commit is answered before its markers are written, and until then the topic ends, for
    // readers of committed records, before what it wrote. A new producer waits for them.
    await Promise.all([...transactions.values()].map((each) => insist(() => each.open(), PATIENCE)));
  } finally {
    await Promise.all([...transactions.values()].map((each) => each.close()));
  }
  return finishRun({ kafka, admin }, plan, config);
}

/** Marks a run finished, then deletes the group that kept its progress. */
async function finishRun({ kafka, admin }: Cluster, plan: ReplayPlan, { replays }: CliConfig): Promise<ReplayPlan> {
  const to = await endsOf(admin, plan.replays.topic);
  const finished = { ...plan, finishedAt: new Date().toISOString(), replays: { ...plan.replays, to } };
  await writeRun(kafka, replays.runsTopic, finished);
  // Should it not work, the broker drops a group without members by itself in time.
  await admin.deleteGroup(plan.group).catch(() => undefined);
  return finished;
}

const lost = ({ id }: ReplayPlan) =>
  new EpeeError('REPLAY_LOST', `Kafka no longer keeps how far the run ${id} was`, {
    stage: 'cli',
    details: { run: id },
    hint: 'Groups without members are kept for a week unless configured otherwise. Start a new run; what this one found can still be reported on.',
  });

const otherTopic = ({ id, topic }: ReplayPlan) =>
  new EpeeError('REPLAY_LOST', `Topic ${topic} was deleted and made anew since the run ${id} began`, {
    stage: 'cli',
    details: { run: id, topic },
    hint: 'Start a new run; what this one found can still be reported on.',
  });
