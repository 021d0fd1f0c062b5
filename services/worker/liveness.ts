import type { Offset, TopicPartition } from '@epee/stream';
import { heartbeatProbe, type ProbeResult } from '@epee/telemetry';

/** Whether the worker gets on: the group hears from it, and work in flight moves. */
export interface Liveness {
  /** Runs work on a batch; it is in flight meanwhile. @param from where the batch begins */
  during<T>(from: TopicPartition & { readonly offset: Offset }, work: () => Promise<T>): Promise<T>;
  /** Called when work in flight moves on, or has a reason to wait. @param of the partition that has moved on or waits; left out: any */
  progress(of?: TopicPartition): void;
  /** A partition went to another member. */
  left(of: TopicPartition): void;
  /** @param heartbeatAgeMs time since the group last answered */
  probe(heartbeatAgeMs: number): ProbeResult;
}

/** What counts as not alive. */
export interface LivenessLimits {
  readonly stallLimitMs: number;
  /** Times that a partition may begin at the same offset before it counts as a loop, where `stallLimitMs` has passed, too. @default 10 */
  readonly loopLimit?: number;
  /** Twice that long without a heartbeat, the group has long given the partitions away. */
  readonly sessionTimeoutMs: number;
  /** A clock that never steps. */
  readonly nowMs: () => number;
}

/** Watches work in flight; a worker without work is alive as long as it is a member of its group. */
export function livenessOf({ stallLimitMs, sessionTimeoutMs, nowMs, loopLimit = LOOP_LIMIT }: LivenessLimits): Liveness {
  const begun = new Map<string, Begun>();
  let inFlight = 0;
  let movedMs = nowMs();
  const progress = (of?: TopicPartition) => {
    movedMs = nowMs();
    if (of === undefined) begun.clear();
    else begun.delete(nameOf(of));
  };
  const begin = ({ offset, ...of }: TopicPartition & { readonly offset: Offset }) => {
    const name = nameOf(of);
    const before = begun.get(name);
    if (before?.offset === offset) before.times++;
    else begun.set(name, { offset, times: 1, sinceMs: nowMs() });
  };
  return {
    progress,
    left: (of) => void begun.delete(nameOf(of)),
    async during(from, work) {
      begin(from);
      if (inFlight++ === 0) movedMs = nowMs();
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
      for (const [name, { offset, times, sinceMs }] of begun) {
        const sameMs = nowMs() - sinceMs;
        if (times >= loopLimit && sameMs > stallLimitMs)
          return { ok: false, reason: `${name} has begun at offset ${offset} ${times} times in ${Math.round(sameMs)} ms without progress` };
      }
      return { ok: true };
    },
  };
}

/** Where a partition began, how often, and since when. */
interface Begun {
  readonly offset: Offset;
  times: number;
  readonly sinceMs: number;
}

const LOOP_LIMIT = 10;
const nameOf = ({ topic, partition }: TopicPartition) => `${topic}, partition ${partition},`;
