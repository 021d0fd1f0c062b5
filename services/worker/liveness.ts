import type { ProbeResult } from '@epee/telemetry';

/** Whether the worker gets on: the group hears from it, and work in hand moves. */
export interface Liveness {
  /** Runs work in hand. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Work in hand moved on. */
  progress(): void;
  /** @param heartbeatAgeMs time since the group last answered */
  probe(heartbeatAgeMs: number): ProbeResult;
}

/** What counts as not alive. */
export interface LivenessLimits {
  readonly stallLimitMs: number;
  /** Twice that long without a heartbeat, the group has long given the partitions away. */
  readonly sessionTimeoutMs: number;
  /** A clock that never steps. */
  readonly nowMs: () => number;
}

/** Watches work in hand; a worker without work is alive as long as it is a member of its group. */
export function livenessOf({ stallLimitMs, sessionTimeoutMs, nowMs }: LivenessLimits): Liveness {
  let inHand = 0;
  let movedMs = nowMs();
  const progress = () => {
    movedMs = nowMs();
  };
  return {
    progress,
    async during(work) {
      if (inHand++ === 0) progress();
      try {
        return await work();
      } finally {
        inHand--;
      }
    },
    probe(heartbeatAgeMs) {
      if (heartbeatAgeMs > 2 * sessionTimeoutMs) return { ok: false, reason: `no heartbeat for ${Math.round(heartbeatAgeMs)} ms` };
      const stallMs = nowMs() - movedMs;
      if (inHand > 0 && stallMs > stallLimitMs) return { ok: false, reason: `work in hand has not moved for ${Math.round(stallMs)} ms` };
      return { ok: true };
    },
  };
}
