import type { FetchedBatch } from '@epee/kafka';
import { backoffMs, type Gate, INFRASTRUCTURE_BACKOFF, type Range, recordVerdict } from '@epee/stream';
import { Abandoned } from './abandoned.ts';
import { type Destination, type Output, outputOf } from './outputs.ts';
import { type Prepared, prepare } from './prepare.ts';
import { prepareImages } from './prepare-images.ts';
import type { Surroundings, WorkerDeps, WorkerOptions } from './types.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** What extracting needs. */
export interface ExtractDeps extends Pick<WorkerDeps, 'codec' | 'extractor' | 'images' | 'log'> {
  readonly options: Pick<WorkerOptions, 'policy' | 'topicPolicies' | 'noteMaxBytes'> & Partial<Pick<WorkerOptions, 'topics'>>;
  readonly results: Destination;
  readonly deadLetters: Destination;
  readonly surroundings: Surroundings;
  /** Bounds the sub-batches of all partitions that are in the engine. */
  readonly gate: Pick<Gate, 'run'>;
  readonly metrics: WorkerMetrics;
  /** Told before each wait for infrastructure, so that waiting does not count as being stuck. */
  readonly onWait?: () => void;
}

/**
 * Makes the function that turns a range of a batch into what is to be written. While infrastructure is down it waits and tries again; records are not at fault then.
 */
export function createExtract(deps: ExtractDeps): (batch: FetchedBatch, range: Range, abandon: AbortSignal) => Promise<Output> {
  const { options, results, deadLetters, surroundings, gate, metrics } = deps;
  const { topicPolicies = {} } = options;

  const policyOf = (topic: string) => (Object.hasOwn(topicPolicies, topic) ? topicPolicies[topic]! : options.policy);

  async function insist(batch: FetchedBatch, { start, end }: Range, abandon: AbortSignal): Promise<Prepared[]> {
    const records = batch.records.slice(start, end);
    for (let attempt = 1; ; attempt++) {
      if (abandon.aborted) throw new Abandoned();
      try {
        const work = { ...deps, ...options, policy: policyOf(batch.topic), resultMaxBytes: results.maxBytes };
        if (deps.images === undefined || batch.topic !== options.topics?.images) return await prepare(records, work);
        return await prepareImages(records, { ...work, images: deps.images });
      } catch (error) {
        if (recordVerdict(error) !== 'wait') throw error;
        const ms = backoffMs(attempt, INFRASTRUCTURE_BACKOFF, surroundings.random);
        deps.log.warn('Cannot work on records; trying again', { attempts: attempt, retryInMs: ms }, error);
        deps.onWait?.();
        await surroundings.sleep(ms);
      }
    }
  }

  return (batch, range, abandon) => {
    // Batch imports wait for whoever waits now.
    const patient = batch.topic === options.topics?.batchNotes;
    return gate.run(async () => {
      const begunMs = surroundings.monotonicMs();
      const prepared = await insist(batch, range, abandon);
      metrics.stage('extract', (surroundings.monotonicMs() - begunMs) / 1000);
      return outputOf(prepared, { origin: batch, results, deadLetters, timeMs: surroundings.nowMs() });
    }, patient);
  };
}
