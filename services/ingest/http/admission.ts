import { EpeeError } from '@epee/errors';

/** Shares a limited number of bytes among requests, and no more than a part of them to one client. */
export interface Admission {
  /**
   * Lets a request in. @param client its address
   * @throws EpeeError INGEST_OVERLOADED where the limit would be passed, INGEST_CLIENT_OVERLOADED
   * where the client's part would be
   */
  enter(client: string): Lease;
  /** Bytes that are taken now. */
  takenBytes(): number;
}

/** What one request holds. */
export interface Lease {
  /** The request holds so many bytes now: what has arrived, not what it announced. @throws as {@link Admission.enter} */
  hold(bytes: number): void;
  /** Gives all back. */
  leave(): void;
}

/** How many bytes are shared. */
export interface AdmissionLimits {
  readonly maxBytes: number;
  /** Bytes that the requests of one client may hold. @default all */
  readonly clientMaxBytes?: number;
}

/** Bytes that every request counts at least: what the server itself holds for it. */
export const MIN_REQUEST_BYTES = 4096;

/**
 * Bounds the memory of requests in flight: a request that does not fit is refused at once, instead
 * of waiting in memory.
 */
export function createAdmission({ maxBytes, clientMaxBytes = maxBytes }: AdmissionLimits): Admission {
  let taken = 0;
  const byClient = new Map<string, number>();
  const count = (client: string, bytes: number) => {
    taken += bytes;
    const own = (byClient.get(client) ?? 0) + bytes;
    if (own === 0) byClient.delete(client);
    else byClient.set(client, own);
  };
  return {
    enter(client) {
      let held = 0;
      const hold = (bytes: number) => {
        // A request that is larger than a limit gets all of it; otherwise it could never enter.
        const share = Math.min(Math.max(bytes, MIN_REQUEST_BYTES), maxBytes, clientMaxBytes);
        if (share <= held) return;
        const more = share - held;
        const own = byClient.get(client) ?? 0;
        if (taken + more > maxBytes) throw overloaded(taken, more, maxBytes);
        if (own + more > clientMaxBytes) throw clientOverloaded(own, more, clientMaxBytes);
        count(client, more);
        held = share;
      };
      hold(0);
      return {
        hold,
        leave() {
          count(client, -held);
          held = 0;
        },
      };
    },
    takenBytes: () => taken,
  };
}

const overloaded = (takenBytes: number, more: number, maxBytes: number) =>
  new EpeeError(
    'INGEST_OVERLOADED',
    `${takenBytes} bytes of requests are in flight; ${more} more would pass the limit of ${maxBytes} bytes`,
    {
      stage: 'ingest',
      details: { takenBytes, maxBytes },
      hint: 'Send again later; EPEE_INGEST_MAX_IN_FLIGHT_BYTES sets the limit.',
    },
  );

const clientOverloaded = (takenBytes: number, more: number, maxBytes: number) =>
  new EpeeError(
    'INGEST_CLIENT_OVERLOADED',
    `${takenBytes} bytes of requests from this address are in flight; ${more} more would pass its share of ${maxBytes} bytes`,
    {
      stage: 'ingest',
      details: { takenBytes, maxBytes },
      hint: 'Send less at a time; EPEE_INGEST_CLIENT_MAX_PERCENT sets the share of one address.',
    },
  );
