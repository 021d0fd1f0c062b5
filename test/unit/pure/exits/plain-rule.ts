import type { ExitPolicy } from '@epee/exits';

/**
 * The exit rule of EPEE.md, read as plainly as can be and without a line of the code under test: everything is worked out for every layer first, then the first layer is
 * looked for at which a criterion holds.
 */
export interface PlainRow {
  /** `decisions[i]`: the distributions that a row decides on after layer i + 1: one of a pooled row, one a word and group of a tagging row. */
  readonly decisions: readonly (readonly (readonly number[])[])[];
}

/** What the plain rule says of a row. */
export interface PlainExit {
  readonly exitLayer: number;
  readonly exitReason: 'entropy' | 'patience' | 'final';
  readonly entropy: number;
  readonly vote: readonly number[];
}

/** Entropy in bits over the greatest possible, from the probabilities themselves; not a number as soon as a logit is not finite. */
export function plainEntropy(logits: readonly number[]): number {
  if (!logits.every(Number.isFinite)) return Number.NaN;
  // Certain and uniform are what the bounds mean; no rounding there.
  if (logits.length === 1) return 0;
  if (logits.every((logit) => logit === logits[0])) return 1;
  const shift = Math.max(...logits);
  const weights = logits.map((logit) => Math.E ** (logit - shift));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const bits = weights.map((weight) => weight / total).map((share) => (share === 0 ? 0 : -share * Math.log2(share)));
  return bits.reduce((sum, part) => sum + part, 0) / Math.log2(logits.length);
}

/** Entropy and vote of a row after each layer. */
export interface PlainLayers {
  readonly entropies: readonly number[];
  readonly votes: readonly (readonly number[])[];
}

/** Works out every layer. */
export function plainLayers({ decisions }: PlainRow): PlainLayers {
  const entropies = decisions.map((own) => own.map(plainEntropy).reduce((most, one) => (one > most || Number.isNaN(one) ? one : most), 0));
  // The first of the greatest; what is not a number is greater than nothing.
  const votes = decisions.map((own) => own.map((logits) => logits.reduce((best, logit, at) => (logit > logits[best]! ? at : best), 0)));
  return { entropies, votes };
}

/** Follows EPEE.md to the letter. */
export function plainExit({ entropies, votes }: PlainLayers, { entropyThreshold, patience }: ExitPolicy): PlainExit {
  const layers = votes.length;
  const sure = (i: number) => entropyThreshold !== 'off' && entropies[i - 1]! < entropyThreshold;
  // P agreements at layer i: the votes of layers i - P to i are all the same.
  const steady = (i: number) => {
    if (patience === 'off' || i - patience < 1) return false;
    const window = votes.slice(i - patience - 1, i).map((vote) => vote.join());
    return new Set(window).size === 1 && !Number.isNaN(entropies[i - 1]!);
  };
  const all = Array.from({ length: layers }, (_, index) => index + 1);
  const exitLayer = all.find((i) => i === layers || sure(i) || steady(i))!;
  const exitReason = exitLayer === layers ? 'final' : sure(exitLayer) ? 'entropy' : 'patience';
  return { exitLayer, exitReason, entropy: entropies[exitLayer - 1]!, vote: votes[exitLayer - 1]! };
}
