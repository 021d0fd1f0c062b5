import type { InputRecord } from '@epee/avro';
import { EpeeError, isRefusal } from '@epee/errors';
import type { ProbeResult } from '@epee/telemetry';
import { processSurroundings, withDeadline } from '@epee/work';
import type { IngestMetrics } from '../metrics.ts';
import type { IngestDeps, Publish } from '../types.ts';

/** Longest time that a caller waits for Kafka. */
const DEADLINE_MS = 10_000;
/** A publish that takes longer is stuck: the client library's own limit is far below this. */
const STUCK_MS = 120_000;
/** A refusal is told for so long; then requests are wanted again, as only they can tell whether it still holds. */
const REFUSED_FOR_MS = 30_000;

/** The publish function of all requests, with a watch on its time. */
export interface Publishing {
  /** @throws EpeeError INGEST_UNAVAILABLE; RECORD_TOO_LARGE; refusals of the brokers and KAFKA_TOPIC_MISSING, without their details */
  readonly publish: Publish;
  /** Whether the brokers accept records: not while they have just refused them for good. */
  readonly readiness: () => ProbeResult;
  /** Whether nothing is stuck. */
  readonly liveness: () => ProbeResult;
  /** Waits until every publish in flight has ended, well or not. */
  drain(): Promise<void>;
}

/**
 * Wraps `publish` of notes (or of `what` else). It measures the time, logs failures, turns them
 * into INGEST_UNAVAILABLE, and limits how long a caller waits. While an earlier publish is late,
 * new ones are refused at once: their records would only pile up behind it.
 */
export function watchPublishing(deps: IngestDeps & { readonly what?: string }, metrics: IngestMetrics): Publishing {
  const { publish, logger, monotonicMs, sleep = processSurroundings.sleep, what = 'notes' } = deps;
  /** Start times of the publishes in flight, oldest first. */
  const running = new Map<Promise<unknown>, number>();
  let refusal: { readonly error: EpeeError; readonly atMs: number } | null = null;
  const oldestAgeMs = () => {
    const [startMs] = running.values();
    return startMs === undefined ? 0 : Math.round(monotonicMs() - startMs);
  };
  const send = (records: readonly InputRecord[]): Promise<unknown> => {
    const work = publish(records);
    running.set(work, monotonicMs());
    const forget = () => running.delete(work);
    work.then(forget, forget);
    return work;
  };

  return {
    publish: async (records) => {
      if (oldestAgeMs() > DEADLINE_MS) throw unavailable(new Error('an earlier publish is late'), what);
      const startMs = monotonicMs();
      try {
        await withDeadline(send(records), { afterMs: DEADLINE_MS, late, sleep });
        metrics.publishSeconds.observe((monotonicMs() - startMs) / 1000);
        refusal = null;
      } catch (error) {
        if (error instanceof EpeeError && error.code === 'RECORD_TOO_LARGE') throw error;
        logger.warn('records could not be published', { records: records.length }, error);
        if (!isLasting(error)) throw unavailable(error, what);
        refusal = { error, atMs: monotonicMs() };
        throw refusedFor(error, what);
      }
    },
    readiness: () => {
      if (refusal === null || monotonicMs() - refusal.atMs > REFUSED_FOR_MS) return { ok: true };
      const { code, message } = refusal.error;
      return { ok: false, code, reason: `${code}: ${message}` };
    },
    liveness: () => {
      const ageMs = oldestAgeMs();
      return ageMs <= STUCK_MS ? { ok: true } : { ok: false, reason: `a publish has run for ${ageMs} ms; the limit is ${STUCK_MS} ms` };
    },
    drain: async () => {
      await Promise.allSettled(running.keys());
    },
  };
}

/** Whether an error stays until an operator acts. */
const isLasting = (error: unknown): error is EpeeError =>
  isRefusal(error) || (error instanceof EpeeError && error.code === 'KAFKA_TOPIC_MISSING');

/** What callers see: account and topic are the operator's business. */
const refusedFor = (cause: EpeeError, what: string) =>
  new EpeeError(cause.code, `Kafka refuses the ${what}`, {
    stage: 'publish',
    hint: "The server's log names what is refused to whom.",
    cause,
  });

const late = () => new EpeeError('KAFKA_SEND_FAILED', `Kafka has not answered for ${DEADLINE_MS} ms`, { stage: 'publish' });

function unavailable(cause: unknown, what: string): EpeeError {
  const reason = cause instanceof EpeeError ? ` (${cause.code})` : '';
  return new EpeeError('INGEST_UNAVAILABLE', `Kafka did not confirm the ${what}${reason}`, {
    stage: 'publish',
    hint: 'Send them again: the same document and version gives the same result.',
    cause,
  });
}
