import { EpeeError } from '@epee/errors';
import { ADVERSE_LABELS, type LabelledFile } from '@epee/labelled-data';
import type { LoadedModel, TaskSpec } from '@epee/model';
import { textTasks } from '@epee/text';

/**
 * What can be scored: the name of a task of the model (`events`, `relations`, `sections`),
 * `adverse-events` (whether a sentence tells of an adverse drug event), `facts` (whole notes with
 * entities and relations), `assertions` (how a sentence speaks of a phrase) or `stream` (notes
 * without labels).
 */
export type ScoredTask = string;

/**
 * What of a file a model can be scored on.
 *
 * @throws EpeeError USAGE_INVALID where that is nothing: a file of other labels, a model without
 *   the task, or texts for a model of images
 */
export function scoredTasks(file: LabelledFile, model: LoadedModel): ScoredTask[] {
  checkInput(file, model);
  const { tagging: events, relations } = textTasks(model);
  const labels = labelsOf(file);
  const possible: ScoredTask[] = [];
  if (file.kind === 'image') possible.push(...bestTask(model, 'image', labels));
  else if (file.kind === 'event') {
    if (events !== null) possible.push('events');
    if (relations !== null) possible.push('relations');
  } else if (file.kind === 'relation') {
    possible.push(...bestTask(model, 'relation', labels));
  } else if (file.kind === 'classification') {
    if (events !== null && [...labels].some((label) => ADVERSE_LABELS.has(label))) possible.push('adverse-events');
    possible.push(...bestTask(model, 'classification', labels));
  } else if (file.kind === 'facts' || file.kind === 'assertion') {
    if (events !== null) possible.push(file.kind === 'facts' ? 'facts' : 'assertions');
  } else if (events !== null) possible.push('stream');
  if (possible.length > 0) return possible;
  const shown = [...labels].sort();
  throw new EpeeError(
    'USAGE_INVALID',
    `model ${model.name} cannot be scored on ${file.kind} data with these labels: ${shown.slice(0, 30).join(', ') || '(none)'}`,
    { stage: 'cli', details: { kind: file.kind, labels: shown }, hint: 'Its manifest.json lists the tasks and labels that it knows.' },
  );
}

function checkInput({ kind }: LabelledFile, { name, image }: LoadedModel): void {
  const [read, given] = [image !== undefined, kind === 'image'].map((isImage) => (isImage ? 'images' : 'texts'));
  if (read === given) return;
  throw new EpeeError('USAGE_INVALID', `model ${name} reads ${read}, but the data hold ${given} (${kind})`, {
    stage: 'cli',
    details: { model: name, kind },
    hint: 'Lines {id, image, label} are images, lines {id, text, ...} are texts.',
  });
}

/** A task's label that means that nothing is there; null where every label counts. */
export const noneOf = ({ kind, labels }: Pick<TaskSpec, 'kind' | 'labels'>): string | null =>
  kind === 'relation' && labels.includes('none') ? 'none' : null;

/** The task of a kind that knows most of a file's labels, if it knows one that says something. */
function bestTask({ tasks }: LoadedModel, kind: TaskSpec['kind'], wanted: ReadonlySet<string>): string[] {
  const known = ({ labels }: TaskSpec) => labels.filter((label) => label !== 'none' && wanted.has(label)).length;
  const [best] = tasks.filter((task) => task.kind === kind && known(task) > 0).toSorted((a, b) => known(b) - known(a));
  return best === undefined ? [] : [best.name];
}

function labelsOf(file: LabelledFile): Set<string> {
  const hasLabels = file.kind === 'relation' || file.kind === 'classification' || file.kind === 'image';
  return new Set(hasLabels ? file.items.map(({ item }) => item.label) : []);
}

/** @throws EpeeError USAGE_INVALID where the data cannot show what was asked for */
export function chosenTasks(asked: ScoredTask | null, possible: readonly ScoredTask[]): readonly ScoredTask[] {
  if (asked === null) return possible;
  if (possible.includes(asked)) return [asked];
  throw new EpeeError('USAGE_INVALID', `--task ${asked.slice(0, 64)}: this file can be scored for ${possible.join(', ')} only`, {
    stage: 'cli',
    details: { asked: asked.slice(0, 64), possible },
  });
}
