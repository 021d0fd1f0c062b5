/**
 * When single notes are sent, milliseconds from the start: as from many independent senders (a Poisson process), the same for the same arguments.
 * @param perSecond mean rate
 */
export function arrivalsMs(seconds: number, perSecond: number): number[] {
  const times: number[] = [];
  let state = 0x2545f491;
  for (let atMs = 0; ; ) {
    // A linear congruential generator (Numerical Recipes) is random enough for gaps.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    atMs += (-Math.log((state + 1) / 2 ** 32) * 1000) / perSecond;
    if (atMs >= 1000 * seconds) return times;
    times.push(atMs);
  }
}

/** The value below which a share of the values is (nearest rank). @param values at least one */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
