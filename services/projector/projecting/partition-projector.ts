import type { EpeeError } from '@epee/errors';
import type { BatchControl, FetchedBatch, RefusedPosition } from '@epee/kafka';
import type { Offset, TopicPartition } from '@epee/stream';
import { Abandoned, retry } from '@epee/work';
import { enterOutside } from './enter-life.ts';
import type { PartitionState, ProjectingDeps } from './passage.ts';
import { projectBatch } from './project-batch.ts';

/**
 * What a partition's projector knows in an assignment: nothing yet, that a batch is in flight, or
 * the offset that Redis has acknowledged.
 */
export type Knowledge =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'acknowledged'; readonly offset: Offset | null };

/** Projects one partition of the results topic, one batch at a time. */
export interface PartitionProjector {
  onBatch(batch: FetchedBatch, control: BatchControl): Promise<void>;
  /** Answers where the partition resumes whose position is outside of the log. */
  onOutOfRange(refused: RefusedPosition, control: Pick<BatchControl, 'heartbeat'>): Promise<Offset>;
  knowledge(epoch: number): Knowledge;
  /**
   * Takes over what was read from Redis for an idle partition.
   * @param committed the group's offset: what lies before was handled once. Null: none, or what was
   * known of it stays
   */
  adopt(epoch: number, stored: Offset | null, committed: Offset | null): void;
  /** What it waits for. */
  trouble(): EpeeError | null;
}

/** Makes the projector of a partition of which nothing is known. */
export function createPartitionProjector(of: TopicPartition, deps: ProjectingDeps): PartitionProjector {
  const state: PartitionState = { epoch: null, acknowledged: null, life: null, handled: null };
  const waits = createWaits(of, deps);
  let isBusy = false;
  const busily = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    isBusy = true;
    try {
      return await work();
    } catch (error) {
      if (error instanceof Abandoned) return otherwise;
      throw error;
    } finally {
      isBusy = false;
      waits.over();
    }
  };
  return {
    onBatch: (batch, control) =>
      busily(() => projectBatch({ of, batch, control, state, insist: waits.insistWith(control) }, deps), undefined),
    onOutOfRange: (refused, control) =>
      busily(() => enterOutside(refused, { of, state, insist: waits.insistWith(control) }, deps), refused.position),
    knowledge(epoch) {
      if (isBusy) return { kind: 'busy' };
      return state.epoch === epoch ? { kind: 'acknowledged', offset: state.acknowledged } : { kind: 'nothing' };
    },
    adopt(epoch, stored, committed) {
      if (state.epoch !== epoch) {
        state.handled = null;
        state.life = null;
      }
      state.epoch = epoch;
      state.acknowledged = stored;
      state.handled = committed ?? state.handled;
    },
    trouble: waits.trouble,
  };
}

/** Repeats work while Redis or the broker is away, and knows what is waited for. */
function createWaits(of: TopicPartition, { metrics, log, surroundings }: ProjectingDeps) {
  let trouble: EpeeError | null = null;
  const set = (error: EpeeError | null) => {
    trouble = error;
    metrics.paused(of, error !== null);
  };
  return {
    trouble: () => trouble,
    over: () => set(null),
    insistWith:
      ({ heartbeat, active }: Pick<BatchControl, 'heartbeat'> & Partial<Pick<BatchControl, 'active'>>) =>
      <T>(work: () => Promise<T>): Promise<T> =>
        retry(work, {
          surroundings,
          waiting: { heartbeat },
          ...(active === undefined ? {} : { active }),
          onTrouble: (error, attempt, retryInMs) => {
            set(error);
            if (attempt === 1) log.warn('Waiting', { ...of, code: error.code, retryInMs }, error);
          },
          onRecovery: () => {
            set(null);
            log.info('Resuming', { ...of });
          },
        }),
  };
}
