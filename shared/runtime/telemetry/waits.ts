import type { EpeeError } from '@epee/errors';
import type { ProbeResult } from './probe.ts';

/** One piece of work that may have to wait. */
export interface Wait {
  /** It waits, and tries again. */
  on(error: EpeeError): void;
  /** It waits no longer: it is done, or given up. */
  over(): void;
}

/** What a service waits for at this moment. */
export interface Waits {
  /** A new piece of work, which waits for nothing yet. */
  begin(): Wait;
  /** Not ok while any piece of work waits; tells of the one that has waited longest. */
  probe(): ProbeResult;
}

/** No work, no waits. */
export function createWaits(): Waits {
  const waiting = new Map<object, EpeeError>();
  return {
    begin() {
      const own = {};
      return { on: (error) => void waiting.set(own, error), over: () => void waiting.delete(own) };
    },
    probe() {
      const [error] = waiting.values();
      return error === undefined ? { ok: true } : { ok: false, code: error.code, reason: `${error.code}: ${error.message}` };
    },
  };
}
