import type { FetchedRecord, Offset } from '@epee/stream';
import type { ConsumeOptions, FetchedBatch, PartitionPosition } from '../types.ts';

type Known = { -readonly [K in keyof PartitionPosition]: PartitionPosition[K] };

/** A consumer's options, followed, and where it is on each partition that it owns. */
export interface Positions {
  readonly options: ConsumeOptions;
  list(): readonly PartitionPosition[];
}

/** Follows a group member: what it owns, and up to where it has read. */
export function followPositions(consume: ConsumeOptions): Positions {
  const owned = new Map<string, Known>();
  const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;

  const options: ConsumeOptions = {
    ...consume,
    onAssignment(assignment) {
      const names = new Set(assignment.partitions.map(nameOf));
      for (const name of owned.keys()) if (!names.has(name)) owned.delete(name);
      for (const { topic, partition } of assignment.partitions) {
        const name = nameOf({ topic, partition });
        if (!owned.has(name)) owned.set(name, { topic, partition, position: null, highWatermark: null, oldestMs: null });
      }
      consume.onAssignment?.(assignment);
    },
    onSkipped(of, next) {
      const known = owned.get(nameOf(of));
      if (known !== undefined) known.position = next;
      consume.onSkipped?.(of, next);
    },
    async onOutOfRange(refused, control) {
      const next = (await consume.onOutOfRange?.(refused, control)) ?? refused.log.start;
      const known = owned.get(nameOf(refused));
      if (known !== undefined) Object.assign(known, { position: next, oldestMs: null });
      return next;
    },
    async onBatch(batch, control) {
      const known = owned.get(nameOf(batch));
      if (known === undefined) return consume.onBatch(batch, control);
      const move = (position: Offset) => Object.assign(known, { position, oldestMs: firstFrom(batch, position)?.timestampMs ?? null });
      move(batch.fetchedFrom);
      known.highWatermark = batch.highWatermark;
      await consume.onBatch(batch, {
        ...control,
        resolve: (next) => {
          move(next);
          control.resolve(next);
        },
        seek: (offset) => {
          move(offset);
          control.seek(offset);
        },
      });
    },
  };
  return { options, list: () => [...owned.values()] };
}

const firstFrom = ({ records }: FetchedBatch, position: Offset): FetchedRecord | undefined =>
  records.find(({ offset }) => offset >= position);
