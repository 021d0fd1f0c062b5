import { EpeeError } from '@epee/errors';
import { highestLabel, labelProbability } from '@epee/exits';
import type { AnyRow, Outcome } from '@epee/model';
import type { ExitReason } from '@epee/records';
import { type GraphLayout, rowTokens, type TaskLayout } from './layout.ts';
import type { NamedTensor } from './tensors.ts';

/** A row of a batch that ran. */
export interface RanRow {
  readonly row: AnyRow;
  readonly queueMs: number;
}

const REASONS: readonly ExitReason[] = ['entropy', 'patience', 'final'];

/**
 * Reads the outputs of the exit graph: one outcome per row of the batch, in order. A row whose
 * entropy or logits are not finite fails with ENGINE_NON_FINITE.
 * @param runMs time of the batch; each row gets a share by its tokens x layers run
 */
export function readOutcomes(rows: readonly RanRow[], outputs: readonly NamedTensor[], runMs: number, layout: GraphLayout): Outcome[] {
  const views = viewsOf(outputs);
  const work = rows.map(({ row }, index) => rowTokens(row, layout) * Number(views.exitLayer[index]));
  const total = work.reduce((sum, share) => sum + share, 0);
  return rows.map(({ row, queueMs }, index) => {
    const base = {
      id: row.id,
      task: row.task,
      exitLayer: Number(views.exitLayer[index]),
      exitReason: REASONS[Number(views.exitReason[index])]!,
      // Rounding in single precision may put it slightly outside the interval; NaN stays NaN.
      entropy: Math.min(1, Math.max(0, views.entropy[index]!)),
      computeMs: (runMs * work[index]!) / total,
      queueMs,
    };
    const task = layout.tasks.get(row.task)!;
    if (Number.isNaN(base.entropy)) return nonFinite(row, base.exitLayer);
    if (task.spec.kind === 'tagging') return { kind: 'tagging', ...base, ...readTags(views, index, rowTokens(row, layout), task) };
    const answer = readLabel(views, index, task);
    return Number.isFinite(answer.confidence) ? { kind: 'pooled', ...base, ...answer } : nonFinite(row, base.exitLayer);
  });
}

interface Views {
  readonly pooled: Float32Array;
  readonly pooledWidth: number;
  readonly tagIds: Int32Array;
  readonly tagConfidence: Float32Array;
  readonly tokens: number;
  readonly groups: number;
  readonly exitLayer: BigInt64Array;
  readonly exitReason: BigInt64Array;
  readonly entropy: Float32Array;
}

function viewsOf(outputs: readonly NamedTensor[]): Views {
  const byName = new Map(outputs.map((output) => [output.name, output]));
  const data = <T>(name: string) => byName.get(name)!.data as T;
  const [, tokens, groups] = byName.get('tag_ids')!.dims as [number, number, number];
  return {
    pooled: data('pooled_logits'),
    pooledWidth: byName.get('pooled_logits')!.dims[1]!,
    tagIds: data('tag_ids'),
    tagConfidence: data('tag_confidence'),
    tokens,
    groups,
    exitLayer: data('exit_layer'),
    exitReason: data('exit_reason'),
    entropy: data('entropy'),
  };
}

function readLabel({ pooled, pooledWidth }: Views, index: number, { spec, pooledOffset, pooledSize }: TaskLayout) {
  const start = index * pooledWidth + pooledOffset;
  const logits = pooled.slice(start, start + pooledSize);
  const label = highestLabel(logits);
  return { label: spec.labels[label]!, confidence: labelProbability(logits, label), logits };
}

function readTags(
  { tagIds, tagConfidence, tokens, groups }: Views,
  index: number,
  length: number,
  { groupOffset, groupSizes }: TaskLayout,
) {
  const start = index * tokens * groups + groupOffset;
  const tags = groupSizes.map((_, group) => Uint8Array.from({ length }, (_, token) => tagIds[start + token * groups + group]!));
  const confidences = groupSizes.map((_, group) =>
    Float32Array.from({ length }, (_, token) => tagConfidence[start + token * groups + group]!),
  );
  return { tags, confidences };
}

function nonFinite({ id, task }: AnyRow, exitLayer: number): Outcome {
  const error = new EpeeError(
    'ENGINE_NON_FINITE',
    `The model's answer to a row of task '${task}' is not a finite number (layer ${exitLayer})`,
    {
      stage: 'engine',
      details: { task, exitLayer },
      hint: 'The weights or the arithmetic are the cause; try EPEE_ENGINE_PRECISION=fp32.',
    },
  );
  return { kind: 'failed', id, task, error };
}
