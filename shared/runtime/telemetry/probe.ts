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

/** Longest silence of the brokers after which a member counts as waiting for them. */
const SILENCE_MS = 10_000;

/**
 * Whether a member of a consumer group can take work: it has joined, and the brokers answer it.
 */
export function memberProbe(member: { joined(): boolean; heartbeatAgeMs(): number }, sessionTimeoutMs: number): ProbeResult {
  const ageMs = Math.round(member.heartbeatAgeMs());
  if (ageMs > Math.min(SILENCE_MS, sessionTimeoutMs / 2))
    return { ok: false, code: 'KAFKA_UNREACHABLE', reason: `KAFKA_UNREACHABLE: the brokers have not answered a heartbeat for ${ageMs} ms` };
  return member.joined() ? { ok: true } : { ok: false, reason: 'not a member of the group yet' };
}

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
