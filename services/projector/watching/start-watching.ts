import type { Assignment } from '@epee/kafka';
import type { Logger } from '@epee/telemetry';
import type { ProjectorMetrics } from '../projector-metrics.ts';
import { findLosses, type WatchDeps } from './find-losses.ts';

/** How {@link findLosses} is repeated. */
export interface WatchOptions {
  assignment(): Assignment;
  readonly everyMs: number;
  readonly metrics: Pick<ProjectorMetrics, 'rewind'>;
  readonly log: Logger;
}

/**
 * Looks for losses soon after every new assignment and every `everyMs`, one look at a time. A look
 * that fails is repeated.
 */
export function startWatching(deps: WatchDeps, { assignment, everyMs, metrics, log }: WatchOptions): { stop(): void } {
  let looking = false;
  let lookedAtEpoch = 0;
  let sinceMs = 0;
  const tickMs = Math.min(1000, everyMs);

  async function look(): Promise<void> {
    const { epoch, partitions } = assignment();
    if (looking || partitions.length === 0 || (epoch === lookedAtEpoch && sinceMs < everyMs)) return;
    looking = true;
    try {
      for (const { from, ...of } of await findLosses({ epoch, partitions }, deps)) {
        metrics.rewind(of);
        log.warn('Redis lacks records that were projected before; reading them again', { ...of, offset: from });
      }
      lookedAtEpoch = epoch;
      sinceMs = 0;
    } catch (error) {
      log.debug('Could not compare Redis with the group', {}, error);
    } finally {
      looking = false;
    }
  }

  const timer = setInterval(() => {
    sinceMs += tickMs;
    void look();
  }, tickMs);
  return { stop: () => clearInterval(timer) };
}
