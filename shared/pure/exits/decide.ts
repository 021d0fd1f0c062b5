import type { ExitReason } from '@epee/records';
import { highestLabel, normalisedEntropy } from './entropy.ts';
import { reasonToExit } from './reason.ts';
import type { ExitPolicy } from './types.ts';

/** Every layer's logits of one row of a `classification` or `relation` task: `layers[i][c]`, layer i + 1, label c. */
export interface PooledLayers {
  readonly kind: 'pooled';
  readonly layers: readonly ArrayLike<number>[];
}

/** Every layer's logits of one row of a `tagging` task. */
export interface TaggingLayers {
  readonly kind: 'tagging';
  /** `layers[i][t * width + k]`: layer i + 1, token t, tag k of all groups side by side; `width` is the sum of `groupSizes`. */
  readonly layers: readonly ArrayLike<number>[];
  /** Tags a group, in the manifest's order. */
  readonly groupSizes: readonly number[];
  /** 1 at each word's first token. Only those tokens have a say. */
  readonly wordMask: Uint8Array;
}

/** A row's answer at one layer. Tagging: `tags[g][t]`, an index into the labels of group g; 0 where `wordMask` is 0. */
export type Answer =
  | { readonly kind: 'pooled'; readonly label: number }
  | { readonly kind: 'tagging'; readonly tags: readonly Uint8Array[] };

/** Where a row leaves the model, why, and what it answers there. */
export interface ExitDecision {
  /** Counted from 1. */
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
  /** Normalised entropy at the exit; NaN if one of the logits there is not finite. */
  readonly entropy: number;
  readonly answer: Answer;
}

/**
 * Normalised entropy of a row at one layer. Tagging: the highest over words and groups, 0 without any word (SENTEE: a sentence is as sure as its least sure token).
 * @param layer counted from 0
 * @returns a value in [0, 1], or NaN if a logit that counts is not finite
 */
export function layerEntropy(row: PooledLayers | TaggingLayers, layer: number): number {
  const logits = row.layers[layer]!;
  if (row.kind === 'pooled') return normalisedEntropy(logits);
  let highest = 0;
  forEachWordGroup(row, (start, end) => {
    // Math.max hands NaN on.
    highest = Math.max(highest, normalisedEntropy(logits, start, end));
  });
  return highest;
}

/**
 * What a row answers at one layer: its highest label, or the tag of every word in every group.
 * @param layer counted from 0
 */
export function layerAnswer(row: PooledLayers | TaggingLayers, layer: number): Answer {
  const logits = row.layers[layer]!;
  if (row.kind === 'pooled') return { kind: 'pooled', label: highestLabel(logits) };
  const tags = row.groupSizes.map(() => new Uint8Array(row.wordMask.length));
  forEachWordGroup(row, (start, end, token, group) => {
    tags[group]![token] = highestLabel(logits, start, end);
  });
  return { kind: 'tagging', tags };
}

/** Whether two layers vote alike: the same label, or the same tag at every word and in every group. */
export function sameAnswer(one: Answer, other: Answer): boolean {
  if (one.kind === 'pooled') return other.kind === 'pooled' && one.label === other.label;
  if (other.kind === 'pooled') return false;
  return one.tags.every((tags, group) => tags.every((tag, token) => tag === other.tags[group]?.[token]));
}

/**
 * The exit rule of EPEE over the logits of every layer: after layer i a row leaves if its entropy is strictly under the threshold (looked at first), or if its
 * answer equals that of the layer before for the `patience`-th time in a row; the last layer is always `final`. No row leaves early at a layer whose logits are not
 * finite; a decision whose entropy is NaN is an error to the caller, never an answer.
 */
export function decideExits(row: PooledLayers | TaggingLayers, policy: ExitPolicy): ExitDecision {
  const last = row.layers.length - 1;
  let agreements = 0;
  let previous: Answer | undefined;
  for (let layer = 0; ; layer++) {
    const entropy = layerEntropy(row, layer);
    const answer = layerAnswer(row, layer);
    agreements = previous !== undefined && sameAnswer(previous, answer) ? agreements + 1 : 0;
    previous = answer;
    const exitReason = layer >= last ? 'final' : reasonToExit(entropy, agreements, policy);
    if (exitReason !== null) return { exitLayer: layer + 1, exitReason, entropy, answer };
  }
}

function forEachWordGroup(row: TaggingLayers, visit: (start: number, end: number, token: number, group: number) => void): void {
  const width = row.groupSizes.reduce((sum, size) => sum + size, 0);
  for (let token = 0; token < row.wordMask.length; token++) {
    if (row.wordMask[token] !== 1) continue;
    let start = token * width;
    for (const [group, size] of row.groupSizes.entries()) {
      visit(start, start + size, token, group);
      start += size;
    }
  }
}
