import type { SweepRow } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { type ExitDecision, labelProbability, layerAnswer, layerEntropy } from '@epee/exits';
import type { AnyRow, LoadedModel, PooledOutcome, TaggingOutcome } from '@epee/model';

/** A row's answer, as an engine would have given it. */
export type Answered = PooledOutcome | TaggingOutcome;

/** What a row answers where it leaves after a layer, counted from 1. */
export function decisionAt(layers: SweepRow, exitLayer: number): ExitDecision {
  return {
    exitLayer,
    exitReason: 'final',
    entropy: layerEntropy(layers, exitLayer - 1),
    answer: layerAnswer(layers, exitLayer - 1),
  };
}

/**
 * What an engine would have answered for a decision.
 * @param confident whether the confidences of tags are worked out, which takes time; without it they are 1
 */
export function outcomeOf(
  { id, task }: AnyRow,
  { exitLayer, exitReason, entropy, answer }: ExitDecision,
  sweep: SweepRow,
  { tasks }: LoadedModel,
  confident = false,
): Answered {
  const { layers } = sweep;
  const base = { id, task, exitLayer, exitReason, entropy, computeMs: 0, queueMs: 0 };
  if (answer.kind === 'tagging') {
    const { tags } = answer;
    const confidences = confident ? tagConfidences(tags, sweep, exitLayer) : tags.map(({ length }) => new Float32Array(length).fill(1));
    return { kind: 'tagging', ...base, tags, confidences };
  }
  const logits = Float32Array.from(layers[exitLayer - 1]!);
  const label = tasks.find(({ name }) => name === task)!.labels[answer.label]!;
  return { kind: 'pooled', ...base, label, confidence: labelProbability(logits, answer.label), logits };
}

/** Probability of each word's tag, by group. */
function tagConfidences(tags: readonly Uint8Array[], sweep: SweepRow, exitLayer: number): Float32Array[] {
  if (sweep.kind !== 'tagging') return [];
  const { groupSizes, wordMask } = sweep;
  const logits = sweep.layers[exitLayer - 1]!;
  const width = groupSizes.reduce((sum, size) => sum + size, 0);
  let start = 0;
  return groupSizes.map((size, group) => {
    const own = new Float32Array(wordMask.length).fill(1);
    for (const [token, isWord] of wordMask.entries())
      if (isWord === 1) own[token] = labelProbability(logits, tags[group]![token]!, token * width + start, token * width + start + size);
    start += size;
    return own;
  });
}

/** The error of a row whose logits are not finite. */
export function nonFinite({ task }: Pick<AnyRow, 'task'>, exitLayer: number): EpeeError {
  return new EpeeError('ENGINE_NON_FINITE', `the model's answer to a row of task '${task}' is not a finite number (layer ${exitLayer})`, {
    stage: 'engine',
    details: { task, exitLayer },
    hint: 'The weights are at fault; export the package again.',
  });
}
