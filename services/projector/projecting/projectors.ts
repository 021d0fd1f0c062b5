import type { EpeeError } from '@epee/errors';
import { createPartitionProjector, type PartitionProjector } from './partition-projector.ts';
import type { ProjectingDeps } from './passage.ts';

/** The projectors of a topic's partitions. */
export interface Projectors {
  /** The projector of a partition, made when it is first asked for. */
  of(partition: number): PartitionProjector;
  /** Forgets all partitions but these: the others are another member's now. */
  keep(partitions: ReadonlySet<number>): void;
  /** What one of them waits for; null: none waits. */
  trouble(): EpeeError | null;
}

/** Makes the projectors of a topic. */
export function createProjectors(topic: string, deps: ProjectingDeps): Projectors {
  const made = new Map<number, PartitionProjector>();
  return {
    of(partition) {
      const projector = made.get(partition) ?? createPartitionProjector({ topic, partition }, deps);
      made.set(partition, projector);
      return projector;
    },
    keep(partitions) {
      for (const partition of made.keys()) {
        if (partitions.has(partition)) continue;
        made.delete(partition);
        deps.metrics.left({ topic, partition });
      }
    },
    trouble: () => [...made.values()].map((projector) => projector.trouble()).find((error) => error !== null) ?? null,
  };
}
