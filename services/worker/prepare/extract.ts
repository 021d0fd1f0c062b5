import type { EpeeError } from '@epee/errors';
import type { FetchedBatch } from '@epee/kafka';
import type { Turn } from '@epee/model';
import type { Range, TopicPartition } from '@epee/stream';
import type { Logger, Waits } from '@epee/telemetry';
import { retry, type Surroundings } from '@epee/work';
import type { Lane } from '../lanes/lane.ts';
import type { WorkerMetrics } from '../worker-metrics.ts';
import { type Destination, type Output, outputOf } from './outputs.ts';

/** Makes of a range of a batch what is to be written. Stops early when aborted. */
export type ExtractRange = (batch: FetchedBatch, range: Range, abandon: AbortSignal) => Promise<Output>;

/** What extracting needs. */
export interface ExtractDeps {
  readonly results: Destination;
  readonly deadLetters: Destination;
  readonly surroundings: Surroundings;
  readonly metrics: Pick<WorkerMetrics, 'stage'>;
  readonly log: Logger;
  /** Called before each wait for infrastructure, so that waiting does not count as being stuck. */
  readonly onWait?: (of: TopicPartition) => void;
  readonly waits: Pick<Waits, 'begin'>;
}

/** Makes the function that extracts. While infrastructure is down it waits and tries again: the records are not at fault then. */
export function createExtract({ prepare }: Pick<Lane, 'prepare'>, deps: ExtractDeps): ExtractRange {
  const { results, deadLetters, surroundings, metrics, log } = deps;
  return async (batch, { start, end }, abandon) => {
    const begunMs = surroundings.monotonicMs();
    const records = batch.records.slice(start, end);
    const wait = deps.waits.begin();
    const onTrouble = (error: EpeeError, attempts: number, retryInMs: number) => {
      wait.on(error);
      log.warn('Cannot work on records; trying again', { attempts, retryInMs }, error);
      deps.onWait?.(batch);
    };
    const asker = { turn: turnOf(batch, start), abandon, onTrouble };
    const prepared = await retry(() => prepare(records, asker), { surroundings, abandon, onTrouble }).finally(wait.over);
    metrics.stage('extract', (surroundings.monotonicMs() - begunMs) / 1000);
    return outputOf(prepared, { origin: batch, results, deadLetters, timeMs: surroundings.nowMs() });
  };
}

/** Partitions take turns in the engine; of one, what comes first in it goes first. */
const turnOf = ({ topic, partition, records }: FetchedBatch, start: number): Turn => ({
  user: `${topic}/${partition}`,
  place: Number(records[start]?.offset ?? 0n),
});
