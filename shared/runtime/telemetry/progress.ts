/** Answer of a probe. `reason` says what is wrong, in words that hold no record's text. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly reason?: string;
}

/** Tells whether something works. */
export type Probe = () => ProbeResult | Promise<ProbeResult>;

/** Watches that something goes on: a process that is up but no longer does anything is not alive. */
export interface Progress {
  /** Something was achieved: a heartbeat, a committed offset, an empty poll. */
  beat(): void;
  /** Whether the last beat is recent enough. */
  readonly probe: () => ProbeResult;
}

/**
 * @param options.what name of what beats, for the reason
 * @param options.maxSilenceMs silence after which it no longer counts as alive
 * @param options.nowMs a monotonic clock, milliseconds: a wall clock that is set back would hide a stall
 */
export function createProgress({
  what,
  maxSilenceMs,
  nowMs,
}: {
  readonly what: string;
  readonly maxSilenceMs: number;
  readonly nowMs: () => number;
}): Progress {
  let lastBeatMs = nowMs();
  return {
    beat: () => {
      lastBeatMs = nowMs();
    },
    probe: () => {
      const silenceMs = Math.round(nowMs() - lastBeatMs);
      return silenceMs <= maxSilenceMs
        ? { ok: true }
        : { ok: false, reason: `${what} has been silent for ${silenceMs} ms; ${maxSilenceMs} are allowed` };
    },
  };
}
