import type { ResultJson } from '@epee/records';
import type { Arrival } from './watch-topics.ts';

/** What has arrived so far, and when. */
export interface Arrivals {
  /** Notes that a document is about to be sent. */
  sending(documentId: string): void;
  /** Takes in what arrived; a document counts once. */
  add(arrival: Arrival): void;
  readonly results: ReadonlyMap<string, ResultJson>;
  /** Documents with a result or a dead letter. */
  count(): number;
  /** When a document was last sent or arrived, on the clock of `performance.now()`. */
  lastMs(): number;
}

/** @param onArrival is called once per document. @param nowMs a clock that never steps. @default the process' own */
export function watchArrivals(
  onArrival: (arrival: Arrival, seconds: number) => void,
  nowMs: () => number = () => performance.now(),
): Arrivals {
  const results = new Map<string, ResultJson>();
  const dead = new Set<string>();
  const sentMs = new Map<string, number>();
  let lastMs = nowMs();
  return {
    sending(documentId) {
      lastMs = nowMs();
      sentMs.set(documentId, lastMs);
    },
    add(arrival) {
      const { documentId } = arrival;
      if (results.has(documentId) || dead.has(documentId)) return;
      lastMs = nowMs();
      if (arrival.kind === 'result') results.set(documentId, arrival.result);
      else dead.add(documentId);
      onArrival(arrival, (lastMs - (sentMs.get(documentId) ?? lastMs)) / 1000);
    },
    results,
    count: () => results.size + dead.size,
    lastMs: () => lastMs,
  };
}
