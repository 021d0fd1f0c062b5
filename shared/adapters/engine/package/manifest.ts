import { EpeeError } from '@epee/errors';
import type { ImageInput } from '@epee/model';
import { type Manifest, manifestSchema, type TextBackbone } from './manifest-schema.ts';

const PROBLEMS_SHOWN = 10;

/**
 * Reads the text of a manifest.json; checks its form and that its parts agree.
 * @param source its path, for messages
 * @throws EpeeError MODEL_INVALID with every problem and its path
 */
export function parseManifest(text: string, source: string): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(text, source));
  const problems = parsed.success
    ? manifestProblems(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.') || 'manifest'}: ${issue.message}`);
  if (parsed.success && problems.length === 0) return parsed.data;
  const shown = problems.slice(0, PROBLEMS_SHOWN);
  const more = problems.length > shown.length ? ` and ${problems.length - shown.length} more` : '';
  throw new EpeeError('MODEL_INVALID', `${source} is not a valid model manifest: ${shown.join('; ')}${more}`, {
    stage: 'config',
    details: { problems },
    hint: 'Export the package again with the trainer of this release.',
  });
}

/**
 * The contradictions within a well-formed manifest, one message each, with its path; empty where
 * there are none.
 */
export function manifestProblems(manifest: Manifest): string[] {
  const { backbone, tasks, graphs, tokenizer, files } = manifest;
  const problems = backbone.family === 'vit' ? imageProblems(backbone.image) : tokenIdProblems(backbone);
  if (backbone.family === 'vit' && tokenizer !== undefined) problems.push('tokenizer: an image model must have none');
  if (backbone.family !== 'vit' && tokenizer === undefined) problems.push('tokenizer: a text model must have one');
  for (const file of new Set([...Object.values(graphs), tokenizer])) {
    if (file !== undefined && !Object.hasOwn(files, file)) problems.push(`files: ${file} has no entry`);
  }
  if (hasDuplicates(tasks.map((task) => task.name))) problems.push('tasks: two have the same name');
  const vocabulary = backbone.family === 'vit' ? 0 : backbone.vocabulary;
  const entityLabels = new Set(tasks.flatMap((task) => task.groups.flatMap((group) => group.labels)));
  for (const [index, task] of tasks.entries()) {
    const found = [
      ...labelProblems(task),
      ...groupProblems(task),
      ...relationProblems(task, vocabulary, entityLabels),
      ...familyProblems(task, backbone),
      ...policyProblems(task),
    ];
    problems.push(...found.map((problem) => `tasks.${index}.${problem}`));
  }
  return problems;
}

type Task = Manifest['tasks'][number];

function tokenIdProblems(backbone: TextBackbone): string[] {
  return (['padTokenId', 'clsTokenId', 'sepTokenId'] as const)
    .filter((key) => backbone[key] >= backbone.vocabulary)
    .map((key) => `backbone.${key}: ${backbone[key]} is outside the vocabulary of ${backbone.vocabulary}`);
}

function imageProblems(image: ImageInput): string[] {
  const { width, height, channels, patch, mean, std } = image;
  const problems: string[] = [];
  if (width % patch !== 0 || height % patch !== 0)
    problems.push(`backbone.image.patch: ${patch} does not divide an image of ${width} x ${height} pixels`);
  for (const [key, values] of Object.entries({ mean, std })) {
    if (values.length !== channels) problems.push(`backbone.image.${key}: ${values.length} values for ${channels} channels`);
  }
  const flat = std.find((value) => value <= 0);
  if (flat !== undefined) problems.push(`backbone.image.std: ${flat} must be greater than 0`);
  return problems;
}

/**
 * Tasks that a family cannot do: tags need context on both sides, and an image model reads no text.
 */
function familyProblems({ kind, maxTokens }: Task, backbone: Manifest['backbone']): string[] {
  if (backbone.family !== 'vit') {
    if (kind === 'image') return [`kind: a ${backbone.family} backbone reads text; an image task needs vit`];
    return kind === 'tagging' && backbone.family === 'gpt2'
      ? ['kind: tagging needs context on both sides; gpt2 sees only the left side']
      : [];
  }
  if (kind !== 'image') return [`kind: a vit backbone reads images; it cannot do ${kind} tasks`];
  const tokens = imageTokens(backbone.image);
  return maxTokens === tokens ? [] : [`maxTokens: must be ${tokens} (patches and [CLS] of an image), but is ${maxTokens}`];
}

/** Tokens of an image: its patches and [CLS]. */
export function imageTokens({ width, height, patch }: ImageInput): number {
  return Math.floor(width / patch) * Math.floor(height / patch) + 1;
}

/** Groups whose tags are values of the entities that their words belong to. */
const AXES: ReadonlySet<string> = new Set(['certainty', 'time', 'subject', 'action']);

function labelProblems({ kind, labels }: Task): string[] {
  if (kind === 'tagging') return labels.length > 0 ? ['labels: a tagging task has groups instead'] : [];
  if (labels.length < 2) return [`labels: a ${kind} task needs at least 2, but has ${labels.length}`];
  return hasDuplicates(labels) ? ['labels: two are the same'] : [];
}

function groupProblems({ kind, groups }: Task): string[] {
  if (kind !== 'tagging') return groups.length > 0 ? [`groups: a ${kind} task has labels instead`] : [];
  if (groups.length === 0) return ['groups: a tagging task needs at least 1'];
  const problems = groups.flatMap(({ name, labels }, index) => {
    if (labels.length < 2 || labels[0] !== 'O') return [`groups.${index}.labels: must begin with O and have at least one more`];
    if (hasDuplicates(labels)) return [`groups.${index}.labels: two are the same`];
    if (AXES.has(name)) {
      const stray = labels.slice(1).find((label) => !/^I-./.test(label));
      return stray === undefined ? [] : [`groups.${index}.labels: ${stray} must be I-NAME, since ${name} is an axis of entities`];
    }
    const stray = labels.slice(1).find((label) => !/^[BI]-./.test(label) || !labels.includes(`B-${label.slice(2)}`));
    return stray === undefined ? [] : [`groups.${index}.labels: ${stray} must be B-NAME, or I-NAME where B-NAME exists`];
  });
  return hasDuplicates(groups.map((group) => group.name)) ? [...problems, 'groups: two have the same name'] : problems;
}

function relationProblems({ kind, relation }: Task, vocabulary: number, entityLabels: ReadonlySet<string>): string[] {
  if (kind !== 'relation') return relation === null ? [] : [`relation: a ${kind} task must have none`];
  if (relation === null) return ['relation: a relation task needs marker tokens and candidates'];
  const markers = Object.entries(relation.markerTokenIds);
  const problems = markers
    .filter(([, id]) => id >= vocabulary)
    .map(([key, id]) => `relation.markerTokenIds.${key}: ${id} is outside the vocabulary of ${vocabulary}`);
  if (hasDuplicates(markers.map(([, id]) => id))) problems.push('relation.markerTokenIds: two are the same');
  if (entityLabels.size > 0 && relation.candidates.length === 0)
    problems.push('relation.candidates: at least one is needed where the model has a tagging task');
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
