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

/** What an engine would have answered for a decision; confidences of tags are 1. */
export function outcomeOf(
  { id, task }: AnyRow,
  { exitLayer, exitReason, entropy, answer }: ExitDecision,
  { layers }: SweepRow,
  { tasks }: LoadedModel,
): Answered {
  const base = { id, task, exitLayer, exitReason, entropy, computeMs: 0, queueMs: 0 };
  if (answer.kind === 'tagging') {
    return { kind: 'tagging', ...base, tags: answer.tags, confidences: answer.tags.map(({ length }) => new Float32Array(length).fill(1)) };
  }
  const logits = Float32Array.from(layers[exitLayer - 1]!);
  const label = tasks.find(({ name }) => name === task)!.labels[answer.label]!;
  return { kind: 'pooled', ...base, label, confidence: labelProbability(logits, answer.label), logits };
}

/** The error of a row whose logits are not finite. */
export function nonFinite({ task }: Pick<AnyRow, 'task'>, exitLayer: number): EpeeError {
  return new EpeeError('ENGINE_NON_FINITE', `the model's answer to a row of task '${task}' is not a finite number (layer ${exitLayer})`, {
    stage: 'engine',
    details: { task, exitLayer },
    hint: 'The weights are at fault; export the package again.',
  });
}
