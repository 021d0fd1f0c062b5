import { heartbeatProbe, type ProbeResult } from '@epee/telemetry';

/** Whether the worker gets on: the group hears from it, and work in flight moves. */
export interface Liveness {
  /** Runs work; it is in flight meanwhile. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Called when work in flight moves on. */
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

/** Watches work in flight; a worker without work is alive as long as it is a member of its group. */
export function livenessOf({ stallLimitMs, sessionTimeoutMs, nowMs }: LivenessLimits): Liveness {
  let inFlight = 0;
  let movedMs = nowMs();
  const progress = () => {
    movedMs = nowMs();
  };
  return {
    progress,
    async during(work) {
      if (inFlight++ === 0) progress();
      try {
        return await work();
      } finally {
        inFlight--;
      }
    },
    probe(heartbeatAgeMs) {
      const member = heartbeatProbe(heartbeatAgeMs, sessionTimeoutMs);
      if (!member.ok) return member;
      const stallMs = nowMs() - movedMs;
      if (inFlight > 0 && stallMs > stallLimitMs)
        return { ok: false, reason: `work in flight has not moved for ${Math.round(stallMs)} ms` };
      return { ok: true };
    },
  };
}
