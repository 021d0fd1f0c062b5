import { EpeeError } from '@epee/errors';
import type { ProbeResult } from '@epee/telemetry';
import type { IngestMetrics } from './metrics.ts';
import type { IngestDeps, Publish } from './types.ts';

/** A publish that lasts longer than this is stuck: the client library's own limit is far below. */
const STUCK_MS = 120_000;

/** The publish function of all requests, watched. */
export interface Publishing {
  /** @throws EpeeError INGEST_UNAVAILABLE */
  readonly publish: Publish;
  /** Whether nothing is stuck. */
  readonly liveness: () => ProbeResult;
  /** Waits for what is on its way, whatever becomes of it. */
  drain(): Promise<void>;
}

/** Wraps `publish`: measures it, logs its failures and turns them into INGEST_UNAVAILABLE. */
export function watchPublishing({ publish, logger, monotonicMs }: IngestDeps, metrics: IngestMetrics): Publishing {
  const running = new Map<Promise<unknown>, number>();
  return {
    publish: async (records) => {
      const startMs = monotonicMs();
      const work = publish(records);
      running.set(work, startMs);
      try {
        await work;
        metrics.publishSeconds.observe((monotonicMs() - startMs) / 1000);
      } catch (error) {
        logger.warn('notes could not be published', { records: records.length }, error);
        throw unavailable(error);
      } finally {
        running.delete(work);
      }
    },
    liveness: () => {
      const oldestMs = Math.min(...running.values());
      const ageMs = Math.round(monotonicMs() - oldestMs);
      return ageMs <= STUCK_MS || running.size === 0
        ? { ok: true }
        : { ok: false, reason: `a publish has been running for ${ageMs} ms; ${STUCK_MS} are allowed` };
    },
    drain: async () => {
      await Promise.allSettled(running.keys());
    },
  };
}

function unavailable(cause: unknown): EpeeError {
  const reason = cause instanceof EpeeError ? ` (${cause.code})` : '';
  return new EpeeError('INGEST_UNAVAILABLE', `Kafka did not confirm the notes${reason}`, {
    stage: 'publish',
    hint: 'Send them again: the same document and version gives the same result.',
    cause,
  });
}
