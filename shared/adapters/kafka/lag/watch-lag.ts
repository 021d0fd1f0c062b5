import { createLagAge, type LagAge, type Offset, type TopicPartition } from '@epee/stream';
import type { Surroundings } from '@epee/work';
import type { Kafka, KafkaAdmin, KafkaConsumer, PartitionEnds } from '../types.ts';

/** How far behind its partition's end a group is now. */
export interface Lag extends TopicPartition {
  readonly group: string;
  /** Offsets between the position and the end. Markers at the end of a partition are passed and count nothing. */
  readonly records: bigint;
  /** Of those, offsets behind an open transaction: nobody can read them until it ends. */
  readonly blocked: bigint;
  /** Milliseconds that the oldest of them has been there, as far as that was seen. */
  readonly ageMs: number;
}

/** Who reads a topic. */
export interface Reading {
  readonly group: string;
  readonly topic: string;
  /** A member of the group: the partitions that it owns are told, from its own position on. Without one all partitions are, from the committed offset on. */
  readonly member?: Pick<KafkaConsumer, 'positions'>;
}

/** Tells lags. */
export interface LagWatch {
  /** Of the partitions that the members own now, as far as their ends are known. */
  owned(): readonly Lag[];
  /** Of all partitions of the groups that are watched without a member. */
  groups(): readonly Lag[];
  stop(): Promise<void>;
}

/** What watching needs. */
export interface LagWatchOptions {
  readonly kafka: Pick<Kafka, 'admin'>;
  readonly readings: readonly Reading[];
  readonly surroundings: Pick<Surroundings, 'nowMs' | 'monotonicMs'>;
  /** Milliseconds between looks at the ends. @default 5000 */
  readonly everyMs?: number;
  /** A look failed; it is repeated. */
  onTrouble?(error: unknown): void;
}

const LOOK_EVERY_MS = 5000;
/** New partitions of a member are looked at so soon. */
const TICK_MS = 1000;

/** Looks at the ends of the partitions again and again, whether or not anything is read or committed meanwhile. */
export function watchLag(options: LagWatchOptions): LagWatch {
  const { kafka, readings, surroundings, everyMs = LOOK_EVERY_MS, onTrouble } = options;
  const view = createView(surroundings);
  let admin: KafkaAdmin | null = null;
  let dueMs = 0;
  let isTroubled = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function look(): Promise<void> {
    const isWanted = !isTroubled && readings.some((reading) => view.lacks(reading));
    if (surroundings.monotonicMs() < dueMs && !isWanted) return;
    try {
      admin ??= await kafka.admin();
      for (const topic of new Set(readings.map((reading) => reading.topic))) view.sawEnds(topic, await admin.ends(topic));
      for (const reading of readings.filter(needsCommitted))
        view.sawCommitted(reading, await admin.committed(reading.group, reading.topic));
      isTroubled = false;
    } catch (error) {
      isTroubled = true;
      onTrouble?.(error);
      await admin?.close().catch(() => undefined);
      admin = null;
    }
    dueMs = surroundings.monotonicMs() + everyMs;
  }

  let looking = Promise.resolve();
  const tick = () => {
    looking = look().finally(() => {
      if (!stopped) timer = setTimeout(tick, Math.min(TICK_MS, everyMs));
    });
  };
  tick();
  return {
    owned: () => readings.filter(({ member }) => member !== undefined).flatMap(view.lagsOf),
    groups: () => readings.filter(({ member }) => member === undefined).flatMap(view.lagsOf),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
      await admin?.close().catch(() => undefined);
    },
  };
}

/** A member knows its own positions as soon as it has read something. */
const needsCommitted = ({ member }: Reading): boolean =>
  member === undefined || member.positions().some(({ position }) => position === null);

/** What was seen last. */
function createView({ nowMs, monotonicMs }: LagWatchOptions['surroundings']) {
  const ends = new Map<string, ReadonlyMap<number, PartitionEnds>>();
  const committed = new Map<string, ReadonlyMap<number, Offset | null>>();
  const ages = new Map<string, LagAge>();
  const ageOf = (name: string): LagAge => {
    const age = ages.get(name) ?? createLagAge();
    ages.set(name, age);
    return age;
  };
  const keyOf = ({ group, topic }: Reading) => `${group} ${topic}`;
  const owned = ({ topic, member }: Reading) => member!.positions().filter((each) => each.topic === topic);

  function lagOf(
    reading: Reading,
    end: PartitionEnds,
    known: { readonly position: Offset | null; readonly highWatermark: Offset | null; readonly oldestMs: number | null } | null,
  ): Lag {
    const { group, topic } = reading;
    const from = known?.position ?? committed.get(keyOf(reading))?.get(end.partition) ?? end.low;
    const position = from > end.low ? from : end.low;
    const seen = known?.highWatermark ?? end.high;
    const high = seen > end.high ? seen : end.high;
    const age = ageOf(`${keyOf(reading)} ${end.partition}`);
    age.observe(high, monotonicMs());
    const records = high > position ? high - position : 0n;
    const readable = end.stable > position ? end.stable : position;
    const sinceRecordMs = known?.oldestMs == null || records === 0n ? 0 : Math.max(0, nowMs() - known.oldestMs);
    return {
      group,
      topic,
      partition: end.partition,
      records,
      blocked: end.high > readable ? end.high - readable : 0n,
      ageMs: Math.max(age.ageMs(position, monotonicMs()), sinceRecordMs),
    };
  }

  return {
    /** Whether a member owns a partition whose end was not looked at yet. */
    lacks: (reading: Reading) =>
      reading.member !== undefined && owned(reading).some(({ partition }) => !ends.get(reading.topic)?.has(partition)),
    sawEnds: (topic: string, found: readonly PartitionEnds[]) => void ends.set(topic, new Map(found.map((end) => [end.partition, end]))),
    sawCommitted: (reading: Reading, found: readonly { readonly partition: number; readonly offset: Offset | null }[]) =>
      void committed.set(keyOf(reading), new Map(found.map(({ partition, offset }) => [partition, offset]))),
    lagsOf(reading: Reading): Lag[] {
      const of = ends.get(reading.topic);
      if (of === undefined) return [];
      if (reading.member === undefined)
        return committed.has(keyOf(reading)) ? [...of.values()].map((end) => lagOf(reading, end, null)) : [];
      return owned(reading).flatMap((known) => {
        const end = of.get(known.partition);
        return end === undefined ? [] : [lagOf(reading, end, known)];
      });
    },
  };
}
