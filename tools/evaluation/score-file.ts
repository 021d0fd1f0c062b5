import type { SweepRow } from '@epee/engine';
import { FULL_DEPTH, type LabelledSpan, spanCounts, yesCounts } from '@epee/exits';
import type {
  ClassificationItem,
  EventItem,
  ImageItem,
  LabelledFile,
  LabelledImages,
  NoteItem,
  Placed,
  TextFile,
} from '@epee/labelled-data';
import { type LabelledRow, PORTION, portionsOf } from '@epee/labelled-data';
import type { LoadedModel, Row, Tokenizer } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import { classificationRow, textTasks } from '@epee/text';
import { noteCases, type TextCases, textCases } from './cases.ts';
import { tagProbes } from './probes.ts';
import { pairRows, pairsOf } from './relation-pairs.ts';
import type { ScoredTask, TaskReport } from './report.ts';
import { scoreRows } from './score-rows.ts';
import { type Collector, type ScoringTools, scoreTexts, spansIn, type TextTools } from './score-texts.ts';
import { ADVERSE_LABELS, NOT_ADVERSE_LABEL, noneOf } from './scored-tasks.ts';
import type { Tally } from './tally.ts';

const ADVERSE = 'Adverse_event';

/** Sentences and notes whose rows' logits are in memory at a time. */
const SENTENCES_A_PORTION = 48;
const NOTES_A_PORTION = 2;

/** What scoring a file takes: the tokenizer for texts, the images for images. */
export interface FileTools extends ScoringTools {
  readonly tokenizer: Tokenizer | null;
  readonly images: LabelledImages | null;
}

/**
 * Scores one task of a file.
 * @param task one that `scoredTasks` has found
 */
export async function scoreFile(task: ScoredTask, file: LabelledFile, tools: FileTools): Promise<TaskReport> {
  if (file.kind === 'image') return scoreImages(task, file.items, tools);
  return scoreTextFile(task, file, { ...tools, tokenizer: tools.tokenizer! });
}

async function scoreTextFile(task: ScoredTask, file: TextFile, tools: TextTools): Promise<TaskReport> {
  const { model } = tools;
  const events = textTasks(model).events?.name ?? '';
  const common = { task, mode: 'sentence', modelTasks: [events], portion: SENTENCES_A_PORTION, unknownLabels: {} } as const;
  if (task === 'events' && file.kind === 'event') {
    const gold = file.items.flatMap(({ item }) => goldSpans(item).map(({ label }) => label));
    return scoreTexts(
      { ...common, items: file.items, score: scoreEvents, collect: collectEvents, unknownLabels: unknown(gold, spanLabels(model)) },
      tools,
    );
  }
  if (task === 'adverse-events' && file.kind === 'classification') {
    const given = file.items.map(({ item }) => item.label);
    const unknownLabels = unknown(given, [...ADVERSE_LABELS, NOT_ADVERSE_LABEL]);
    return scoreTexts({ ...common, items: file.items, score: scoreAdverse, collect: collectAdverse, unknownLabels }, tools);
  }
  if (task === 'stream') {
    const modelTasks = model.tasks.map(({ name }) => name);
    return scoreTexts(
      { ...common, mode: 'note', modelTasks, portion: NOTES_A_PORTION, items: file.items, score: scoreStream, collect: collectNotes },
      tools,
    );
  }
  return scoreLabels(task, file, tools);
}

/** Rows of one label each: pairs, or texts. */
async function scoreLabels(task: ScoredTask, file: TextFile, tools: TextTools): Promise<TaskReport> {
  const { model, tokenizer } = tools;
  const spec = model.tasks.find(({ name }) => name === task)!;
  const rows =
    spec.kind === 'relation'
      ? await pairRows(pairsOf(file as LabelledFile & { kind: 'event' | 'relation' }), spec, tokenizer)
      : await textRows(file as LabelledFile & { kind: 'classification' }, spec, tools);
  const unknownLabels = unknown(
    rows.map(({ label }) => label),
    spec.labels,
  );
  return scoreRows({ task, items: rows.length, portions: portionsOf(rows, PORTION), none: noneOf(spec), unknownLabels }, tools);
}

/** Images are decoded portion by portion. */
async function scoreImages(task: ScoredTask, items: readonly Placed<ImageItem>[], tools: FileTools): Promise<TaskReport> {
  const spec = tools.model.tasks.find(({ name }) => name === task)!;
  const unknownLabels = unknown(
    items.map(({ item }) => item.label),
    spec.labels,
  );
  return scoreRows({ task, items: items.length, portions: tools.images!.portions(items, task), none: noneOf(spec), unknownLabels }, tools);
}

async function textRows(
  { items }: { readonly items: readonly Placed<ClassificationItem>[] },
  { name, maxTokens }: LoadedModel['tasks'][number],
  { tokenizer }: TextTools,
): Promise<LabelledRow[]> {
  const encodings = await tokenizer.encode(items.map(({ item }) => item.text));
  return items.map(({ item: { id, label }, document }, index): LabelledRow => {
    const head = { id: String(index), task: name, policy: FULL_DEPTH };
    return { id, document, task: name, label, row: classificationRow(head, encodings[index]!, maxTokens, tokenizer) };
  });
}

type Counting = Pick<Tally, 'count' | 'amount'>;

/** Exact spans, each once a sentence (PHEE, EMNLP 2022). Sub-arguments have a dot in their role, such as Treatment.Drug. */
function scoreEvents(item: EventItem, result: ExtractionResult, tally: Counting): void {
  const [found, gold] = [byPart(spansIn(result), result.events.length), byPart(goldSpans(item), item.events.length)];
  for (const part of ['trigger', 'main', 'sub'] as const) tally.count(part, spanCounts(found[part], gold[part]));
  tally.count('all', eventCounts(item, result));
}

const eventCounts = (item: EventItem, result: ExtractionResult) => {
  const [found, gold] = [byPart(spansIn(result), result.events.length), byPart(goldSpans(item), item.events.length)];
  return spanCounts(Object.values(found).flat(), Object.values(gold).flat());
};

async function collectEvents(items: readonly Placed<EventItem>[], collector: Collector, tools: TextTools): Promise<void> {
  const seen: { readonly item: EventItem; readonly row: Row; readonly layers: SweepRow }[] = [];
  const spec: TextCases<EventItem> = {
    mode: 'sentence',
    modelTasks: [textTasks(tools.model).events!.name],
    judge: (item, result) => ({ spans: spansIn(result), counts: eventCounts(item, result) }),
    goldOf: goldSpans,
    onRow: (item, row, layers) => seen.push({ item, row, layers }),
  };
  collector.cases(await textCases(items, spec, { ...tools, policies: collector.policies }));
  for (const { item, row, layers } of seen) {
    if (!collector.wantsProbes()) return;
    collector.probes(
      await tagProbes({ text: item.text, spans: goldSpans(item) }, { row, layers }, textTasks(tools.model).events!, tools.tokenizer),
    );
  }
}

/** Triggers come first. */
function byPart(spans: readonly LabelledSpan[], triggers: number) {
  const entities = spans.slice(triggers);
  const isSub = ({ label }: LabelledSpan) => label.includes('.');
  return { trigger: spans.slice(0, triggers), main: entities.filter((span) => !isSub(span)), sub: entities.filter(isSub) };
}

function goldSpans({ events }: EventItem): LabelledSpan[] {
  const triggers = events.map(({ type, trigger }) => ({ start: trigger.start, end: trigger.end, label: type }));
  return [...triggers, ...events.flatMap(({ arguments: own }) => own.map(({ role, start, end }) => ({ label: role, start, end })))];
}

function scoreAdverse(item: ClassificationItem, result: ExtractionResult, tally: Counting): void {
  tally.count('adverse', adverseCounts(item, result));
}

const hasAdverse = ({ events }: ExtractionResult) => events.some(({ type }) => type === ADVERSE);
const adverseCounts = ({ label }: ClassificationItem, result: ExtractionResult) => yesCounts(hasAdverse(result), ADVERSE_LABELS.has(label));

async function collectAdverse(items: readonly Placed<ClassificationItem>[], collector: Collector, tools: TextTools): Promise<void> {
  const yes = [{ label: 'adverse', start: 0, end: 1 }];
  const spec: TextCases<ClassificationItem> = {
    mode: 'sentence',
    modelTasks: [textTasks(tools.model).events!.name],
    judge: (item, result) => ({ spans: hasAdverse(result) ? yes : [], counts: adverseCounts(item, result) }),
    goldOf: ({ label }) => (ADVERSE_LABELS.has(label) ? yes : []),
  };
  collector.cases(await textCases(items, spec, { ...tools, policies: collector.policies }));
}

async function collectNotes(items: readonly Placed<NoteItem>[], collector: Collector, tools: TextTools): Promise<void> {
  collector.cases(await noteCases(items, { ...tools, policies: collector.policies }));
}

function scoreStream(_item: unknown, { events, entities, relations, sections, compute }: ExtractionResult, tally: Counting): void {
  tally.amount('events', events.length);
  tally.amount('adverse events', events.filter(({ type }) => type === ADVERSE).length);
  tally.amount('entities', entities.length);
  tally.amount('relations', relations.length);
  tally.amount('sections', sections.length);
  tally.amount('rows', compute.rows);
}

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
