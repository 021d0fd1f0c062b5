import { EpeeError } from '@epee/errors';

/** Shares a limited number of bytes among requests. */
export interface Admission {
  /**
   * Takes bytes. @returns a function that gives them back
   * @throws EpeeError INGEST_OVERLOADED where the limit would be passed
   */
  enter(bytes: number): () => void;
  /** Bytes that are taken now. */
  takenBytes(): number;
}

/**
 * Bounds the memory of requests in flight: a request that does not fit is refused at once, instead
 * of waiting in memory.
 */
export function createAdmission(maxBytes: number): Admission {
  let taken = 0;
  return {
    enter(bytes) {
      // A request that asks for more than the limit gets all of it; otherwise it could never enter.
      const share = Math.min(bytes, maxBytes);
      if (taken + share > maxBytes) {
        throw new EpeeError(
          'INGEST_OVERLOADED',
          `${taken} bytes of requests are in flight; ${share} more would pass the limit of ${maxBytes} bytes`,
          {
            stage: 'ingest',
            details: { takenBytes: taken, maxBytes },
            hint: 'Send again later; EPEE_INGEST_MAX_IN_FLIGHT_BYTES sets the limit.',
          },
        );
      }
      taken += share;
      let given = false;
      return () => {
        if (!given) taken -= share;
        given = true;
      };
    },
    takenBytes: () => taken,
  };
}
