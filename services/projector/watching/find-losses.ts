import type { Assignment, KafkaAdmin, KafkaConsumer } from '@epee/kafka';
import type { ProjectionStore } from '@epee/redis';
import type { Offset, TopicPartition } from '@epee/stream';
import type { Knowledge, PartitionProjector } from '../projecting/partition-projector.ts';
import { isBehind, rewindTo } from '../rewind.ts';

/** What {@link findLosses} needs. */
export interface WatchDeps {
  readonly group: string;
  readonly topic: string;
  readonly store: Pick<ProjectionStore, 'storedOffsets'>;
  readonly consumer: Pick<KafkaConsumer, 'seek'>;
  admin(): Promise<Pick<KafkaAdmin, 'committed' | 'offsets' | 'close'>>;
  projectorOf(partition: number): PartitionProjector;
}

/** A partition that was moved back. */
export interface Loss extends TopicPartition {
  readonly from: Offset;
}

/** What is known of a partition, and how far Redis should have it. */
interface Expectation extends TopicPartition {
  /** What the projector knew when it was asked. */
  readonly known: Knowledge;
  /** First offset that need not be in Redis; null where nothing need be. */
  readonly next: Offset | null;
}

/**
 * Compares what Redis stores with what it should store, for every assigned partition that is idle,
 * and moves those back of which Redis lost something. Without it, a loss would be noticed only when
 * the partition gets its next record.
 * @throws EpeeError of Redis or Kafka
 */
export async function findLosses(assignment: Assignment, deps: WatchDeps): Promise<Loss[]> {
  const expectations = await expectationsOf(assignment, deps);
  const stored = await deps.store.storedOffsets(expectations);
  const compared = expectations.map((expectation, at) => ({ ...expectation, stored: stored[at] ?? null }));
  const anyBehind = compared.some(({ stored, next }) => next !== null && isBehind({ stored, next }));
  const low = anyBehind ? await lowOffsets(deps) : new Map<number, Offset>();
  return compared.flatMap(({ topic, partition, known, next, stored }) => {
    const projector = deps.projectorOf(partition);
    // A batch that came meanwhile knows better, and finds a loss itself.
    if (!isSame(projector.knowledge(assignment.epoch), known)) return [];
    projector.adopt(assignment.epoch, stored, known.kind === 'nothing' ? next : null);
    const from = next === null || !isBehind({ stored, next }) ? null : rewindTo({ stored, next }, low.get(partition) ?? 0n);
    if (from === null) return [];
    deps.consumer.seek({ topic, partition }, from);
    return [{ topic, partition, from }];
  });
}

/**
 * Redis should have what it acknowledged in this assignment; of a partition without a batch so far,
 * what the group has committed.
 */
async function expectationsOf({ epoch, partitions }: Assignment, deps: WatchDeps): Promise<Expectation[]> {
  const idle = partitions
    .map(({ topic, partition }) => ({ topic, partition, known: deps.projectorOf(partition).knowledge(epoch) }))
    .filter(({ known }) => known.kind !== 'busy');
  const committed = idle.some(({ known }) => known.kind === 'nothing') ? await committedOffsets(deps) : new Map<number, Offset | null>();
  return idle.map(({ topic, partition, known }) => {
    if (known.kind !== 'acknowledged') return { topic, partition, known, next: committed.get(partition) ?? null };
    return { topic, partition, known, next: known.offset === null ? null : known.offset + 1n };
  });
}

function isSame(a: Knowledge, b: Knowledge): boolean {
  return a.kind === 'acknowledged' && b.kind === 'acknowledged' ? a.offset === b.offset : a.kind === b.kind && a.kind !== 'busy';
}

const committedOffsets = (deps: WatchDeps) =>
  withAdmin(
    deps,
    async (admin) => new Map((await admin.committed(deps.group, deps.topic)).map(({ partition, offset }) => [partition, offset])),
  );

const lowOffsets = (deps: WatchDeps) =>
  withAdmin(deps, async (admin) => new Map((await admin.offsets(deps.topic)).map(({ partition, low }) => [partition, low])));

async function withAdmin<T>(
  { admin }: WatchDeps,
  work: (admin: Pick<KafkaAdmin, 'committed' | 'offsets' | 'close'>) => Promise<T>,
): Promise<T> {
  const connected = await admin();
  try {
    return await work(connected);
  } finally {
    await connected.close();
  }
}
