import type { EpeeError } from '@epee/errors';
import { createPartitionProjector, type PartitionProjector } from './partition-projector.ts';
import type { ProjectingDeps } from './passage.ts';

/** The projectors of a topic's partitions. */
export interface Projectors {
  /** The projector of a partition, made when it is first asked for. */
  of(partition: number): PartitionProjector;
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
    trouble: () => [...made.values()].map((projector) => projector.trouble()).find((error) => error !== null) ?? null,
  };
}
