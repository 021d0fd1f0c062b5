import { EpeeError } from '@epee/errors';
import type { LoadedModel, Outcome } from '@epee/model';
import type { DocumentClass, ExtractionResult, ImagingEvent } from '@epee/records';

/** What a result is completed with. */
interface AssembleOptions {
  readonly model: LoadedModel;
  /** Named policy that was followed. */
  readonly policy: string;
  readonly processedAtMs: number;
}

/** An image's result: one class a task. @param outcomes one a task of the model, none failed */
export function assembleImageResult(
  { documentId, version, source, patientRef, encounterRef }: ImagingEvent,
  outcomes: readonly Outcome[],
  { model, policy, processedAtMs }: AssembleOptions,
): ExtractionResult {
  const answers = outcomes.map(pooled);
  return {
    documentId,
    version,
    kind: 'image',
    source,
    patientRef,
    encounterRef,
    offsetUnit: 'unicodeCodePoint',
    sections: [],
    entities: [],
    events: [],
    relations: [],
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
    processedAtMs,
  };
}

function pooled(outcome: Outcome): Extract<Outcome, { kind: 'pooled' }> {
  if (outcome.kind === 'pooled') return outcome;
  throw new EpeeError('INTERNAL', `the engine answered a row of task ${outcome.task} without a class`, { stage: 'engine' });
}
