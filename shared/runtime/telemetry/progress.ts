/** Answer of a probe. `reason` says what is wrong, without any text of a record. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly reason?: string;
}

/** Checks whether something works. */
export type Probe = () => ProbeResult | Promise<ProbeResult>;

/** Watches whether a process makes progress: a process that runs but does nothing is not alive. */
export interface Progress {
  /** Reports progress: a heartbeat, a committed offset, an empty poll. */
  beat(): void;
  /** Whether the last beat is recent enough. */
  readonly probe: () => ProbeResult;
}

/**
 * Makes a {@link Progress}.
 * @param options.what what makes progress, for the reason
 * @param options.maxSilenceMs longest time between two beats
 * @param options.nowMs a monotonic clock, milliseconds: a wall clock that is set back would hide a
 * stall
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
        : { ok: false, reason: `${what} has made no progress for ${silenceMs} ms; the limit is ${maxSilenceMs} ms` };
    },
  };
}
