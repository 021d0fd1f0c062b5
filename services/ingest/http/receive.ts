import { EpeeError } from '@epee/errors';
import { processSurroundings, type Surroundings, withDeadline } from '@epee/work';
import type { Lease } from './admission.ts';
import type { Bytes } from './body.ts';

/** How slow a sender may be. */
export interface SenderLimits {
  /** Milliseconds for a whole request of limited size. A stream may last as long as it comes fast enough. */
  readonly maxRequestMs: number;
  /** Bytes per second that a sender must keep up, counted over the time that it was waited for, after a start of {@link SLOW_START_MS}. */
  readonly minBytesPerSecond: number;
}

/** Options of {@link receive}. */
export interface ReceiveOptions {
  readonly lease: Lease;
  readonly limits: SenderLimits;
  /** Bytes of the body that are held at a time. */
  readonly heldMaxBytes: number;
  /** Whether the body has no limit of size. */
  readonly isStream: boolean;
  /** @default the process' */
  readonly surroundings?: Pick<Surroundings, 'monotonicMs' | 'sleep'>;
}

/** Time for which a sender may be silent whatever it has sent: connections are slow at first. */
export const SLOW_START_MS = 10_000;

/**
 * Passes a body on as it arrives. What has arrived counts against the bytes in flight, and a sender
 * that is too slow is not waited for: it would hold its place for nothing. Time in which nobody
 * waits for the sender, as Kafka takes its notes, does not count.
 * @throws EpeeError REQUEST_TOO_SLOW, what the lease throws
 */
export async function* receive(body: Bytes, options: ReceiveOptions): AsyncGenerator<Buffer> {
  const { lease, limits, heldMaxBytes, isStream, surroundings = processSurroundings } = options;
  const { monotonicMs, sleep } = surroundings;
  const chunks = body[Symbol.asyncIterator]();
  const endMs = isStream ? Number.POSITIVE_INFINITY : monotonicMs() + limits.maxRequestMs;
  let waitedMs = 0;
  let bytes = 0;
  try {
    for (;;) {
      const askedMs = monotonicMs();
      const paceMs = SLOW_START_MS + (1000 * bytes) / limits.minBytesPerSecond - waitedMs;
      const late = () => (endMs - askedMs < paceMs ? tooLong(limits.maxRequestMs) : tooSlow(bytes, waitedMs + paceMs, limits));
      const chunk = await withDeadline(chunks.next(), { afterMs: Math.max(0, Math.min(paceMs, endMs - askedMs)), late, sleep });
      waitedMs += monotonicMs() - askedMs;
      if (chunk.done === true) return;
      bytes += chunk.value.length;
      lease.hold(Math.min(bytes, heldMaxBytes));
      yield chunk.value;
    }
  } finally {
    // Whoever drops the rest can read it only then. Not waited for: a slow sender's next chunk may never come.
    chunks.return?.().catch(() => undefined);
  }
}

const tooSlow = (bytes: number, ms: number, { minBytesPerSecond }: SenderLimits) =>
  new EpeeError('REQUEST_TOO_SLOW', `${bytes} bytes came in ${Math.round(ms)} ms; ${minBytesPerSecond} bytes per second are wanted`, {
    stage: 'ingest',
    details: { bytes, minBytesPerSecond },
    hint: 'Send faster; EPEE_INGEST_MIN_BYTES_PER_SECOND sets the least rate.',
  });

const tooLong = (maxMs: number) =>
  new EpeeError('REQUEST_TOO_SLOW', `The request took longer than ${maxMs} ms`, {
    stage: 'ingest',
    details: { maxMs },
    hint: 'Send faster, or less; EPEE_INGEST_MAX_REQUEST_MS sets the limit.',
  });
