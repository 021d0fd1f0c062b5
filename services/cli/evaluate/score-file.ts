import type { LoadedModel } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { type LabelledSpan, spanCounts, yesCounts } from '@epee/exits';
import type { ExtractionResult } from '@epee/records';
import { classificationRow, textTasks } from '@epee/text';
import { NO_RELATION } from './drug-relations.ts';
import type { LabelledFile } from './labelled-file.ts';
import type { ClassificationItem, EventItem } from './labelled-item.ts';
import { pairRows, pairsOf } from './relation-pairs.ts';
import type { ScoredTask, TaskReport } from './report.ts';
import { type LabelledRow, scoreRows } from './score-rows.ts';
import { type ScoringTools, scoreTexts, spansIn } from './score-texts.ts';
import type { Tally } from './tally.ts';

const ADVERSE = 'Adverse_event';
/** Labels of files that say whether a sentence tells of an adverse effect: ade_cls, psytar. */
const ADVERSE_LABELS: ReadonlySet<string> = new Set(['adverse_effect', 'adr']);

/** Sentences and notes whose rows' logits are in memory at a time. */
const SENTENCES_A_PORTION = 48;
const NOTES_A_PORTION = 2;

/**
 * What of a file a model can be scored on.
 *
 * @throws EpeeError USAGE_INVALID where that is nothing: a file of other labels, or a model without the task
 */
export function scoredTasks(file: LabelledFile, model: LoadedModel): ScoredTask[] {
  const { events, relations, sections } = textTasks(model);
  const possible: ScoredTask[] = [];
  if (file.kind === 'event') {
    if (events !== null) possible.push('events');
    if (relations !== null) possible.push('relations');
  } else if (file.kind === 'relation') {
    if (relations !== null && knows(relations.labels, labelsOf(file))) possible.push('relations');
  } else if (file.kind === 'classification') {
    if (events !== null && [...labelsOf(file)].some((label) => ADVERSE_LABELS.has(label))) possible.push('adverse-events');
    else if (sections !== null && knows(sections.labels, labelsOf(file))) possible.push('sections');
  } else if (events !== null) possible.push('stream');
  if (possible.length > 0) return possible;
  const labels = [...labelsOf(file)].sort();
  throw new EpeeError(
    'USAGE_INVALID',
    `model ${model.name} cannot be scored on ${file.kind} data with these labels: ${labels.slice(0, 30).join(', ') || '(none)'}`,
    { stage: 'cli', details: { kind: file.kind, labels }, hint: 'Its manifest.json lists the tasks and labels that it knows.' },
  );
}

/** Scores one task of a file. */
export async function scoreFile(task: ScoredTask, file: LabelledFile, tools: ScoringTools): Promise<TaskReport> {
  const { model, tokenizer } = tools;
  if (task === 'relations') {
    const texts = pairsOf(file as LabelledFile & { kind: 'event' | 'relation' });
    const rows = await pairRows(texts, model, tokenizer);
    const { labels } = textTasks(model).relations!;
    return scoreRows(
      {
        task,
        rows,
        none: NO_RELATION,
        unknownLabels: unknown(
          rows.map(({ label }) => label),
          labels,
        ),
      },
      tools,
    );
  }
  if (task === 'sections') return scoreSections(file, tools);
  const modelTasks = task === 'stream' ? model.tasks.map(({ name }) => name) : [textTasks(model).events!.name];
  const common = { task, modelTasks, mode: 'sentence', portion: SENTENCES_A_PORTION, unknownLabels: {} } as const;
  if (task === 'events' && file.kind === 'event') {
    const gold = file.items.flatMap(({ item }) => goldSpans(item).map(({ label }) => label));
    return scoreTexts({ ...common, items: file.items, score: scoreEvents, unknownLabels: unknown(gold, spanLabels(model)) }, tools);
  }
  if (task === 'adverse-events' && file.kind === 'classification') {
    return scoreTexts({ ...common, items: file.items, score: scoreAdverse }, tools);
  }
  return scoreTexts({ ...common, mode: 'note', portion: NOTES_A_PORTION, items: file.items, score: scoreStream }, tools);
}

async function scoreSections(file: LabelledFile, tools: ScoringTools): Promise<TaskReport> {
  const { model, tokenizer } = tools;
  const { name, labels, maxTokens } = textTasks(model).sections!;
  const items = file.items.map(({ item }) => item as ClassificationItem);
  const encodings = await tokenizer.encode(items.map(({ text }) => text));
  const rows = items.map(({ id, label }, index): LabelledRow => {
    const head = { id: String(index), task: name, policy: { entropyThreshold: 'off', patience: 'off' } } as const;
    return { id, label, row: classificationRow(head, encodings[index]!, maxTokens, tokenizer) };
  });
  return scoreRows(
    {
      task: 'sections',
      rows,
      none: null,
      unknownLabels: unknown(
        items.map(({ label }) => label),
        labels,
      ),
    },
    tools,
  );
}

/** Exact spans, each once a sentence (PHEE, EMNLP 2022). Sub-arguments have a dot in their role, such as Treatment.Drug. */
function scoreEvents(item: EventItem, result: ExtractionResult, tally: Tally): void {
  const [found, gold] = [byPart(spansIn(result), result.events.length), byPart(goldSpans(item), item.events.length)];
  for (const part of ['trigger', 'main', 'sub'] as const) tally.count(part, spanCounts(found[part], gold[part]));
  tally.count('all', spanCounts(Object.values(found).flat(), Object.values(gold).flat()));
}

/** Triggers come first. */
function byPart(spans: readonly LabelledSpan[], triggers: number) {
  const entities = spans.slice(triggers);
  const isSub = ({ label }: LabelledSpan) => label.includes('.');
  return { trigger: spans.slice(0, triggers), main: entities.filter((span) => !isSub(span)), sub: entities.filter(isSub) };
}

function goldSpans({ events }: EventItem): LabelledSpan[] {
  const triggers = events.map(({ type, trigger }) => ({ ...trigger, label: type }));
  return [...triggers, ...events.flatMap(({ arguments: own }) => own.map(({ role, start, end }) => ({ label: role, start, end })))];
}

function scoreAdverse({ label }: ClassificationItem, { events }: ExtractionResult, tally: Tally): void {
  const found = events.some(({ type }) => type === ADVERSE);
  tally.count('adverse', yesCounts(found, ADVERSE_LABELS.has(label)));
}

function scoreStream(_item: unknown, { events, entities, relations, sections, compute }: ExtractionResult, tally: Tally): void {
  tally.amount('events', events.length);
  tally.amount('adverse events', events.filter(({ type }) => type === ADVERSE).length);
  tally.amount('entities', entities.length);
  tally.amount('relations', relations.length);
  tally.amount('sections', sections.length);
  tally.amount('rows', compute.rows);
}

function labelsOf(file: LabelledFile): Set<string> {
  return new Set(file.kind === 'relation' || file.kind === 'classification' ? file.items.map(({ item }) => item.label) : []);
}

/** Whether a model knows at least one label that says something. */
const knows = (labels: readonly string[], wanted: ReadonlySet<string>) =>
  labels.some((label) => label !== NO_RELATION && wanted.has(label));

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
