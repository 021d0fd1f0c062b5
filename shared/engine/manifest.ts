import { EpeeError } from '@epee/errors';
import { type Manifest, manifestSchema } from './manifest-schema.ts';

const PROBLEMS_SHOWN = 10;

/**
 * Reads the text of a manifest.json: its form, and that its parts agree with one another.
 * @param source where it comes from, for messages
 * @throws EpeeError MODEL_INVALID with every problem found, by its path
 */
export function parseManifest(text: string, source: string): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(text, source));
  const problems = parsed.success
    ? manifestProblems(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  if (parsed.success && problems.length === 0) return parsed.data;
  const shown = problems.slice(0, PROBLEMS_SHOWN);
  const more = problems.length > shown.length ? ` and ${problems.length - shown.length} more` : '';
  throw new EpeeError('MODEL_INVALID', `${source} is not a valid model manifest: ${shown.join('; ')}${more}`, {
    stage: 'config',
    details: { problems },
    hint: 'Export the package again with the trainer of this version.',
  });
}

/** What disagrees within a well-formed manifest, one message a problem, each with its path; empty if nothing does. */
export function manifestProblems(manifest: Manifest): string[] {
  const { backbone, tasks, graphs, tokenizer, files } = manifest;
  const problems: string[] = [];
  for (const key of ['padTokenId', 'clsTokenId', 'sepTokenId'] as const) {
    if (backbone[key] >= backbone.vocabulary)
      problems.push(`backbone.${key}: ${backbone[key]} is outside the vocabulary of ${backbone.vocabulary}`);
  }
  for (const file of new Set([...Object.values(graphs), tokenizer])) {
    if (file !== undefined && !Object.hasOwn(files, file)) problems.push(`files: ${file} has no entry`);
  }
  if (hasDuplicates(tasks.map((task) => task.name))) problems.push('tasks: two have the same name');
  const entityLabels = new Set(tasks.flatMap((task) => task.groups.flatMap((group) => group.labels)));
  for (const [index, task] of tasks.entries()) {
    const found = [
      ...labelProblems(task),
      ...groupProblems(task),
      ...relationProblems(task, backbone.vocabulary, entityLabels),
      ...policyProblems(task),
    ];
    problems.push(...found.map((problem) => `tasks.${index}.${problem}`));
  }
  return problems;
}

type Task = Manifest['tasks'][number];

function labelProblems({ kind, labels }: Task): string[] {
  if (kind === 'tagging') return labels.length > 0 ? ['labels: a tagging task has groups instead'] : [];
  if (labels.length < 2) return [`labels: a ${kind} task needs at least 2, not ${labels.length}`];
  return hasDuplicates(labels) ? ['labels: two are the same'] : [];
}

function groupProblems({ kind, groups }: Task): string[] {
  if (kind !== 'tagging') return groups.length > 0 ? [`groups: a ${kind} task has labels instead`] : [];
  if (groups.length === 0) return ['groups: a tagging task needs at least 1'];
  const problems = groups.flatMap(({ labels }, index) => {
    if (labels.length < 2 || labels[0] !== 'O') return [`groups.${index}.labels: O comes first and at least one more follows`];
    if (hasDuplicates(labels)) return [`groups.${index}.labels: two are the same`];
    const stray = labels.slice(1).find((label) => !/^[BI]-./.test(label) || !labels.includes(`B-${label.slice(2)}`));
    return stray === undefined ? [] : [`groups.${index}.labels: ${stray} is neither B-NAME nor I-NAME with a B-NAME beside it`];
  });
  return hasDuplicates(groups.map((group) => group.name)) ? [...problems, 'groups: two have the same name'] : problems;
}

function relationProblems({ kind, relation }: Task, vocabulary: number, entityLabels: ReadonlySet<string>): string[] {
  if (kind !== 'relation') return relation === null ? [] : [`relation: a ${kind} task has none`];
  if (relation === null) return ['relation: a relation task needs its marker tokens and candidates'];
  const markers = Object.entries(relation.markerTokenIds);
  const problems = markers
    .filter(([, id]) => id >= vocabulary)
    .map(([key, id]) => `relation.markerTokenIds.${key}: ${id} is outside the vocabulary of ${vocabulary}`);
  if (hasDuplicates(markers.map(([, id]) => id))) problems.push('relation.markerTokenIds: two are the same');
  const unknown = relation.candidates.flatMap(({ head, tails }) => [head, ...tails]).find((label) => !entityLabels.has(`B-${label}`));
  if (unknown !== undefined) problems.push(`relation.candidates: no tagging task finds ${unknown}`);
  return problems;
}

function policyProblems({ policies }: Task): string[] {
  const full = policies.full;
  if (full === undefined) return ['policies: full is missing'];
  return full.entropyThreshold === 'off' && full.patience === 'off'
    ? []
    : ['policies.full: entropyThreshold and patience must both be off'];
}

function hasDuplicates(values: readonly (string | number)[]): boolean {
  return new Set(values).size < values.length;
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EpeeError('MODEL_INVALID', `${source} is not JSON`, { stage: 'config', cause, hint: 'Export the package again.' });
  }
}
