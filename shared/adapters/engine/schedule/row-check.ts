import { EpeeError } from '@epee/errors';
import { type ExitPolicy, parsePolicy } from '@epee/exits';
import type { AnyRow, ImageRow, Row } from '@epee/model';
import type { GraphLayout, TaskLayout } from '../graph/layout.ts';

/**
 * What is wrong with a row, or null. A valid row cannot make the graph read outside its tensors.
 * @param policy the policy of the row
 */
export function rowError(row: AnyRow, policy: ExitPolicy, layout: GraphLayout): EpeeError | null {
  const task = layout.tasks.get(row.task);
  if (task === undefined) return invalid(row, `the model has no task '${row.task}'; its tasks are ${[...layout.tasks.keys()].join(', ')}`);
  const problem = ('tokenIds' in row ? textProblem(row, task, layout) : imageProblem(row, layout)) ?? parsePolicy(policy).problem;
  return problem === undefined ? null : invalid(row, problem);
}

function textProblem(row: Row, task: TaskLayout, layout: GraphLayout): string | undefined {
  if (layout.image !== null) return 'it has tokenIds, but the model reads images';
  return tokenProblem(row, task, layout) ?? maskProblem(row, task) ?? markerProblem(row, task);
}

function imageProblem({ pixels }: ImageRow, { image }: GraphLayout): string | undefined {
  if (image === null) return 'it has pixels, but the model reads text';
  const { width, height, channels } = image;
  const size = width * height * channels;
  if (pixels.length !== size) return `pixels has ${pixels.length} values, but must have ${channels} x ${height} x ${width} = ${size}`;
  const stray = pixels.findIndex((value) => !Number.isFinite(value));
  return stray < 0 ? undefined : `pixels[${stray}] is ${pixels[stray]}, but must be a finite number`;
}

function tokenProblem({ tokenIds }: Row, { spec }: TaskLayout, { vocabulary }: GraphLayout): string | undefined {
  if (tokenIds.length === 0) return 'tokenIds is empty';
  if (tokenIds.length > spec.maxTokens) return `tokenIds has ${tokenIds.length} tokens; the limit of the task is ${spec.maxTokens}`;
  const stray = tokenIds.findIndex((id) => id < 0 || id >= vocabulary);
  return stray < 0 ? undefined : `tokenIds[${stray}] is outside the vocabulary of ${vocabulary}`;
}

function maskProblem({ tokenIds, wordMask }: Row, { spec }: TaskLayout): string | undefined {
  if (spec.kind !== 'tagging') return wordMask === undefined ? undefined : `it has a wordMask, but the task is ${spec.kind}, not tagging`;
  if (wordMask === undefined) return 'wordMask is missing';
  if (wordMask.length !== tokenIds.length) return `wordMask has ${wordMask.length} values for ${tokenIds.length} tokens`;
  const stray = wordMask.findIndex((value) => value > 1);
  return stray < 0 ? undefined : `wordMask[${stray}] is ${wordMask[stray]}, but must be 0 or 1`;
}

function markerProblem({ tokenIds, markers }: Row, { spec }: TaskLayout): string | undefined {
  if (spec.kind !== 'relation') return markers === undefined ? undefined : `it has markers, but the task is ${spec.kind}, not relation`;
  if (markers === undefined) return 'markers are missing';
  const stray = markers.find((position) => !Number.isInteger(position) || position < 0 || position >= tokenIds.length);
  return stray === undefined ? undefined : `markers has position ${stray}, but the row has ${tokenIds.length} tokens`;
}

function invalid(row: AnyRow, problem: string): EpeeError {
  return new EpeeError('ENGINE_ROW_INVALID', `A row of task '${row.task}' cannot run: ${problem}`, {
    stage: 'engine',
    details: { task: row.task, ...('tokenIds' in row ? { tokens: row.tokenIds.length } : { pixels: row.pixels.length }) },
  });
}
