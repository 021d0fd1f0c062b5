import type { ErrorCode } from '@epee/errors';

/** Answer of a probe. `reason` says what is wrong, in words that hold no record's text. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly reason?: string;
  /** What is waited for, where that has a code. */
  readonly code?: ErrorCode;
}

/** Tells whether something works. */
export type Probe = () => ProbeResult | Promise<ProbeResult>;

/** Sessions without a heartbeat after which the group has long given the partitions away. */
const SILENT_SESSIONS = 2;

/**
 * Whether a member of a consumer group is alive.
 * @param ageMs time since the group last answered a heartbeat, milliseconds
 */
export function heartbeatProbe(ageMs: number, sessionTimeoutMs: number): ProbeResult {
  if (ageMs <= SILENT_SESSIONS * sessionTimeoutMs) return { ok: true };
  return { ok: false, reason: `no heartbeat for ${Math.round(ageMs)} ms` };
}
