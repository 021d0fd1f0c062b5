import { EpeeError } from '@epee/errors';

/** Gives out a limited number of bytes to requests. */
export interface Admission {
  /**
   * Takes bytes and answers the function that gives them back.
   * @throws EpeeError INGEST_OVERLOADED where too much is taken already
   */
  enter(bytes: number): () => void;
  /** Bytes taken now. */
  takenBytes(): number;
}

/** Bounds the memory of requests in flight: what does not fit is refused at once instead of waiting in memory. */
export function createAdmission(maxBytes: number): Admission {
  let taken = 0;
  return {
    enter(bytes) {
      // A request that alone asks for more than there is gets everything, else it could never enter.
      const share = Math.min(bytes, maxBytes);
      if (taken + share > maxBytes) {
        throw new EpeeError(
          'INGEST_OVERLOADED',
          `Requests of ${taken} bytes are being worked on; ${share} more would pass the limit of ${maxBytes}`,
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
