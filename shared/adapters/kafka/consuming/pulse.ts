/** Signs of life of a group member, across its memberships. */
export interface Pulse {
  /** The group answered a heartbeat or let the member join. */
  beat(): void;
  /** Milliseconds since the last beat, or since the start. */
  ageMs(): number;
  /** A fetch was answered, or a batch moved on. */
  progress(): void;
  /** Milliseconds since the last progress, or since the start. */
  stallMs(): number;
  /** A number for the next assignment, greater than every earlier one. */
  nextEpoch(): number;
}

/** @param nowMs a clock that never steps */
export function createPulse(nowMs: () => number): Pulse {
  let beatAtMs = nowMs();
  let progressAtMs = beatAtMs;
  let epoch = 0;
  return {
    beat: () => {
      beatAtMs = nowMs();
    },
    ageMs: () => nowMs() - beatAtMs,
    progress: () => {
      progressAtMs = nowMs();
    },
    stallMs: () => nowMs() - progressAtMs,
    nextEpoch: () => ++epoch,
  };
}
