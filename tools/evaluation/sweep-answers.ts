import type { Sweep, SweepRow } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { type ExitDecision, FULL_DEPTH, labelProbability } from '@epee/exits';
import type { AnyRow, Engine, LoadedModel, Outcome } from '@epee/model';
import type { View } from './views.ts';

/** Told of each row that a view answered. */
export type OnDecision = (row: AnyRow, decision: Pick<ExitDecision, 'exitLayer' | 'exitReason'>) => void;

/** Answers rows for several views from one pass each through the sweep graph. */
export interface SweepAnswers {
  /** {@link Engine.run} as a view sees it; the rows' own policies are left aside. Confidences of tags are not worked out: they are 1. */
  runAs(view: View, onDecision: OnDecision): Engine<AnyRow>['run'];
  /** Every layer's logits of rows. */
  layersOf(rows: readonly AnyRow[]): Promise<SweepRow[]>;
  /** Forgets the rows so far: all layers' logits of a row take hundreds of kilobytes. */
  forget(): void;
}

/** Makes answers over a sweep. Rows with the same tokens run once, however many views ask; a row of an image runs once as the object that it is. */
export function sweepAnswers({ model, run }: Pick<Sweep<AnyRow>, 'model' | 'run'>): SweepAnswers {
  const known = new Map<AnyRow | string, SweepRow>();
  const layersOf = async (rows: readonly AnyRow[]) => {
    const keys = rows.map(keyOf);
    const missing = new Map(keys.map((key, index) => [key, rows[index]!] as const).filter(([key]) => !known.has(key)));
    const found = missing.size === 0 ? [] : await run([...missing.values()]);
    for (const [index, key] of [...missing.keys()].entries()) known.set(key, found[index]!);
    return keys.map((key) => known.get(key)!);
  };
  return {
    layersOf,
    runAs: (view, onDecision) => async (rows) => {
      if (view.run !== undefined) return runOnEngine(rows, view, view.run, onDecision);
      const layers = await layersOf(rows);
      return rows.map((row, index) => {
        const decision = view.decide(layers[index]!, row.task);
        if (Number.isNaN(decision.entropy)) throw nonFinite(row, decision);
        onDecision(row, decision);
        return outcomeOf(row, decision, layers[index]!, model);
      });
    },
    forget: () => known.clear(),
  };
}

async function runOnEngine(rows: readonly AnyRow[], view: View, run: Engine<AnyRow>['run'], onDecision: OnDecision): Promise<Outcome[]> {
  const outcomes = await run(
    rows.map((row) => ({ ...row, policy: view.policyOf(row.task)! })),
    FULL_DEPTH,
  );
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'failed') throw outcome.error;
    onDecision(rows[index]!, outcome);
  }
  return outcomes;
}

function keyOf(row: AnyRow): AnyRow | string {
  if ('pixels' in row) return row;
  const { task, tokenIds, wordMask, markers } = row;
  return `${task} ${tokenIds.join()} ${wordMask?.join()} ${markers?.join()}`;
}

/** What an engine would have answered for a decision. Confidences of tags are not worked out: they are 1. */
export function outcomeOf(
  row: AnyRow,
  { exitLayer, exitReason, entropy, answer }: ExitDecision,
  layers: SweepRow,
  { tasks }: LoadedModel,
): Outcome {
  const base = { id: row.id, task: row.task, exitLayer, exitReason, entropy, computeMs: 0, queueMs: 0 };
  if (answer.kind === 'tagging') {
    return { kind: 'tagging', ...base, tags: answer.tags, confidences: answer.tags.map(({ length }) => new Float32Array(length).fill(1)) };
  }
  const logits = Float32Array.from(layers.layers[exitLayer - 1]!);
  const label = tasks.find(({ name }) => name === row.task)!.labels[answer.label]!;
  return { kind: 'pooled', ...base, label, confidence: labelProbability(logits, answer.label), logits };
}

/** The error of a row whose logits are not finite. */
export function nonFinite({ task }: Pick<AnyRow, 'task'>, { exitLayer }: Pick<ExitDecision, 'exitLayer'>): EpeeError {
  return new EpeeError('ENGINE_NON_FINITE', `the model's answer to a row of task '${task}' is not a finite number (layer ${exitLayer})`, {
    stage: 'engine',
    details: { task, exitLayer },
    hint: 'The weights are at fault; export the package again.',
  });
}
