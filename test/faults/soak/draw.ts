/** What can be killed. */
export const VICTIMS = ['worker', 'broker', 'redis', 'projector'] as const;

/** One of {@link VICTIMS}. */
export type Victim = (typeof VICTIMS)[number];

/** A kill: when, of what, and which one of them. */
export interface Kill {
  /** Milliseconds from the start. */
  readonly atMs: number;
  readonly victim: Victim;
  /** Uniform in [0, 1): the victim among its kind. */
  readonly which: number;
  /** Whether a service is killed even while it still starts; else it has joined its group first, as there would be little to lose. */
  readonly early: boolean;
}

/** Shares of the kinds among the kills. */
const SHARES: readonly (readonly [Victim, number])[] = [
  ['worker', 0.5],
  ['broker', 0.2],
  ['redis', 0.2],
  ['projector', 0.1],
];

const EARLY_SHARE = 0.15;

/** Uniform numbers in [0, 1) from a seed (mulberry32: Tommy Ettinger, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The kills of a run, in order: spread over the time, one somewhere in each of `kills` equal parts of it. The same seed draws the same. */
export function drawKills(seed: number, kills: number, durationMs: number): Kill[] {
  const random = randomFrom(seed);
  const partMs = durationMs / kills;
  return Array.from({ length: kills }, (_, at) => {
    const atMs = Math.round((at + random()) * partMs);
    return { atMs, victim: victimOf(random()), which: random(), early: random() < EARLY_SHARE };
  });
}

function victimOf(share: number): Victim {
  let left = share;
  for (const [victim, part] of SHARES) {
    if (left < part) return victim;
    left -= part;
  }
  return 'worker';
}
