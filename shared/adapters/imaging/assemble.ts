import { EpeeError } from '@epee/errors';
import type { LoadedModel, Outcome } from '@epee/model';
import { type DocumentClass, type ExtractionResult, emptyResult, type ImagingEvent } from '@epee/records';

/** Values of a result that do not come from its event. */
interface AssembleOptions {
  readonly model: LoadedModel;
  /** Named policy of the rows. */
  readonly policy: string;
  readonly processedAtMs: number;
}

/** What only notes say. */
const NOT_OF_IMAGES = { noteType: null, documentStatus: null, sourceIds: [], noteTimeMs: null, retraction: null } as const;

/**
 * The result of an image: one class per task.
 * @param outcomes one per task of the model, none failed
 */
export function assembleImageResult(
  event: ImagingEvent,
  outcomes: readonly Outcome[],
  { model, policy, processedAtMs }: AssembleOptions,
): ExtractionResult {
  const answers = outcomes.map(pooled);
  return {
    ...emptyResult({ ...event, ...NOT_OF_IMAGES }, 'image', processedAtMs),
    classifications: answers.map(
      ({ task, label, confidence, exitLayer, exitReason }): DocumentClass => ({ task, label, confidence, exitLayer, exitReason }),
    ),
    models: [{ name: model.name, version: model.version, sha256: model.sha256, policy }],
    compute: {
      rows: answers.length,
      layersRun: answers.reduce((sum, { exitLayer }) => sum + exitLayer, 0),
      layersFull: answers.length * model.layers,
      computeMs: answers.reduce((sum, { computeMs }) => sum + computeMs, 0),
    },
  };
}

function pooled(outcome: Outcome): Extract<Outcome, { kind: 'pooled' }> {
  if (outcome.kind === 'pooled') return outcome;
  throw new EpeeError('INTERNAL', `The engine answered a row of task ${outcome.task} without a class`, { stage: 'engine' });
}
