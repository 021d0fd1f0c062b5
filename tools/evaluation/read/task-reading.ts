import type { LabelledFile, LabelledImages, LabelledRow, TextFile } from '@epee/labelled-data';
import { ADVERSE_LABELS, NOT_ADVERSE_LABEL, PORTION, portionsOf } from '@epee/labelled-data';
import type { LoadedModel, TaskSpec, Tokenizer } from '@epee/model';
import { countSteps, type Watch } from '@epee/terminal';
import { type TextMode, textTasks } from '@epee/text';
import type { LayerAnswers } from './answers.ts';
import { textRows } from './label-rows.ts';
import { relationLabelsOf } from './marked-facts.ts';
import { pairRows, pairsOf } from './relation-pairs.ts';
import { noneOf, type ScoredTask } from './scored-tasks.ts';
import { adverseText, assertionText, eventText, factsText, plainText, type WantedText } from './wanted-texts.ts';

/** How a model reads one task of a labelled file. */
export type TaskReading = RowReading | TextReading;

interface TaskFacts {
  readonly task: ScoredTask;
  /** Sentences, texts, pairs, notes or images. */
  readonly items: number;
  /** Labels of the file that the model does not know, with how often they occur. */
  readonly unknownLabels: Readonly<Record<string, number>>;
  readonly answers: LayerAnswers;
}

/** Rows of one label each. */
export interface RowReading extends TaskFacts {
  readonly kind: 'rows';
  readonly spec: TaskSpec;
  /** Label that says that nothing is there; null where every label counts. */
  readonly none: string | null;
  /** Rows that run together, to be gone through once; images are decoded when their turn comes. */
  readonly portions: Iterable<readonly LabelledRow[]> | AsyncIterable<readonly LabelledRow[]>;
}

/** Texts that are read as `epee extract` reads them. */
export interface TextReading extends TaskFacts {
  readonly kind: 'texts';
  readonly mode: TextMode;
  /** Names of the model's tasks that take part. */
  readonly modelTasks: readonly string[];
  readonly tokenizer: Tokenizer;
  /** Texts that are read together. */
  readonly portions: Iterable<readonly WantedText[]>;
}

/** Items that are read together: all layers' logits of their rows are in memory at a time. */
export type Portion = RowPortion | TextPortion;

/** Some rows of a {@link RowReading}. */
export interface RowPortion {
  readonly kind: 'rows';
  readonly reading: RowReading;
  readonly rows: readonly LabelledRow[];
}

/** Some texts of a {@link TextReading}. */
export interface TextPortion {
  readonly kind: 'texts';
  readonly reading: TextReading;
  readonly texts: readonly WantedText[];
}

const SENTENCES_A_PORTION = 48;
const NOTES_A_PORTION = 2;

/** What a task is read with. */
export interface ReadingParts {
  readonly answers: LayerAnswers;
  /** Null for images. */
  readonly tokenizer: Tokenizer | null;
  /** Null for texts. */
  readonly images: LabelledImages | null;
}

/**
 * Prepares the reading of one task of a file.
 * @param task one that `scoredTasks` has found
 */
export async function taskReading(
  task: ScoredTask,
  file: LabelledFile,
  { answers, tokenizer, images }: ReadingParts,
): Promise<TaskReading> {
  if (file.kind !== 'image') return textFileReading(task, file, { answers, tokenizer: tokenizer! });
  const labels = file.items.map(({ item }) => item.label);
  return rowReading(task, { labels, portions: images!.portions(file.items, task), answers });
}

type TextParts = Pick<TextReading, 'answers' | 'tokenizer'>;

async function textFileReading(task: ScoredTask, file: TextFile, parts: TextParts): Promise<TaskReading> {
  const { model } = parts.answers;
  const events = textTasks(model).tagging?.name ?? '';
  if (task === 'events' && file.kind === 'event') {
    const texts = file.items.map(eventText);
    const labels = texts.flatMap(({ gold }) => gold!.map(({ label }) => label));
    return sentenceReading(task, texts, { ...parts, modelTasks: [events], unknownLabels: unknown(labels, spanLabels(model)) });
  }
  if (task === 'adverse-events' && file.kind === 'classification') {
    const labels = file.items.map(({ item }) => item.label);
    const unknownLabels = unknown(labels, [...ADVERSE_LABELS, NOT_ADVERSE_LABEL]);
    return sentenceReading(task, file.items.map(adverseText), { ...parts, modelTasks: [events], unknownLabels });
  }
  if (task === 'stream') return noteReading(task, file.items.map(plainText), { ...parts, unknownLabels: {} });
  if (task === 'facts' && file.kind === 'facts') {
    const relationLabels = relationLabelsOf(file.items.map(({ item }) => item));
    const texts = file.items.map((item) => factsText(item, relationLabels));
    const labels = texts.flatMap(({ gold }) => gold!.map(({ label }) => label));
    return noteReading(task, texts, { ...parts, unknownLabels: unknown(labels, spanLabels(model)) });
  }
  if (task === 'assertions' && file.kind === 'assertion')
    return sentenceReading(task, file.items.map(assertionText), { ...parts, modelTasks: [events], unknownLabels: {} });
  const rows = await labelRows(task, file, parts);
  return rowReading(task, { labels: rows.map(({ label }) => label), portions: portionsOf(rows, PORTION), answers: parts.answers });
}

const sentenceReading = (
  task: ScoredTask,
  texts: readonly WantedText[],
  more: TextParts & Pick<TextReading, 'modelTasks' | 'unknownLabels'>,
): TextReading => ({
  kind: 'texts',
  task,
  items: texts.length,
  mode: 'sentence',
  portions: portionsOf(texts, SENTENCES_A_PORTION),
  ...more,
});

const noteReading = (
  task: ScoredTask,
  texts: readonly WantedText[],
  more: TextParts & Pick<TextReading, 'unknownLabels'>,
): TextReading => ({
  kind: 'texts',
  task,
  items: texts.length,
  mode: 'note',
  modelTasks: more.answers.model.tasks.map(({ name }) => name),
  portions: portionsOf(texts, NOTES_A_PORTION),
  ...more,
});

/** Rows of one label each: pairs, or texts. */
async function labelRows(task: ScoredTask, file: TextFile, { answers, tokenizer }: TextParts): Promise<LabelledRow[]> {
  const spec = specOf(answers.model, task);
  if (file.kind === 'event' || file.kind === 'relation') return pairRows(pairsOf(file), spec, tokenizer);
  return textRows((file as TextFile & { kind: 'classification' }).items, spec, tokenizer);
}

function rowReading(
  task: ScoredTask,
  { labels, portions, answers }: { readonly labels: readonly string[] } & Pick<RowReading, 'portions' | 'answers'>,
): RowReading {
  const spec = specOf(answers.model, task);
  const unknownLabels = unknown(labels, spec.labels);
  return { kind: 'rows', task, spec, items: labels.length, none: noneOf(spec), unknownLabels, portions, answers };
}

/**
 * Goes through a reading once, while progress is shown. The answers to a portion's rows are
 * forgotten after it was used.
 * @throws the signal's reason, after the portion in use
 */
export async function eachPortion(
  reading: TaskReading,
  what: string,
  { startProgress, signal }: Watch,
  use: (portion: Portion) => Promise<void>,
): Promise<void> {
  const progress = startProgress(what);
  const steps = countSteps(progress, 'items');
  const done = async (portion: Portion, size: number) => {
    await use(portion);
    reading.answers.forget();
    signal.throwIfAborted();
    steps(size, reading.items);
  };
  try {
    if (reading.kind === 'rows') for await (const rows of reading.portions) await done({ kind: 'rows', reading, rows }, rows.length);
    else for (const texts of reading.portions) await done({ kind: 'texts', reading, texts }, texts.length);
  } finally {
    progress.end();
  }
}

const specOf = ({ tasks }: LoadedModel, task: ScoredTask) => tasks.find(({ name }) => name === task)!;

function spanLabels({ tasks }: LoadedModel): string[] {
  return tasks.flatMap(({ groups }) =>
    groups.flatMap(({ labels }) => labels.filter((label) => label !== 'O').map((label) => label.slice(2))),
  );
}

function unknown(wanted: readonly string[], known: readonly string[]): Record<string, number> {
  const strange = wanted.filter((label) => !known.includes(label)).sort();
  const counts = new Map<string, number>();
  for (const label of strange) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Object.fromEntries(counts);
}
