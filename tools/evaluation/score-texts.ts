import { rowTokens } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import type { Case, ExitPolicy } from '@epee/exits';
import type { NoteItem, Placed } from '@epee/labelled-data';
import type { AnyRow, LoadedModel, Tokenizer } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import { createExtractor, type NoteRow, type TextMode } from '@epee/text';
import type { Probe } from './probes.ts';
import type { Prediction, ScoredTask, TaskReport } from './report.ts';
import type { SweepAnswers } from './sweep-answers.ts';
import { createTally, type Tally } from './tally.ts';
import { documentsOf, viewReports } from './view-reports.ts';
import type { View } from './views.ts';

/** What every scorer works with. */
export interface ScoringTools {
  readonly model: LoadedModel;
  readonly answers: SweepAnswers;
  readonly views: readonly View[];
  /** Told of each answer under a policy. */
  readonly onPrediction: (prediction: Prediction) => Promise<void>;
  /** Told of the rows that a policy's view answered. */
  readonly onRows: (rows: readonly AnyRow[], view: View) => Promise<void>;
  /** Told after each portion how many more items are done, and of how many. */
  readonly onProgress: (items: number, total: number) => void;
  /** Also makes cases and probes; null: scores views alone. */
  readonly collector: Collector | null;
}

/** What scorers of texts work with. */
export interface TextTools extends ScoringTools {
  readonly tokenizer: Tokenizer;
}

/** Takes what a portion's logits hold beside the views' scores. */
export interface Collector {
  /** Policies that the cases will be followed under. */
  readonly policies: readonly ExitPolicy[];
  cases(cases: readonly Case[]): void;
  /** Whether more probes are wanted. */
  wantsProbes(): boolean;
  probes(probes: readonly Probe[]): void;
}

/** How texts are scored. */
export interface TextScoring<Item extends NoteItem> {
  readonly task: ScoredTask;
  readonly items: readonly Placed<Item>[];
  readonly mode: TextMode;
  /** Texts read together: all layers' logits of their rows are in memory at a time. */
  readonly portion: number;
  /** Names of the model's tasks that take part. */
  readonly modelTasks: readonly string[];
  /** Compares a result with its item. */
  score(item: Item, result: ExtractionResult, tally: Pick<Tally, 'count' | 'amount'>): void;
  /** Hands a portion's cases and probes to the collector. */
  collect(items: readonly Placed<Item>[], collector: Collector, tools: TextTools): Promise<void>;
  readonly unknownLabels: Readonly<Record<string, number>>;
}

/** Reads texts as `epee extract` does, once for each view, and scores the results. */
export async function scoreTexts<Item extends NoteItem>(scoring: TextScoring<Item>, tools: TextTools): Promise<TaskReport> {
  const { task, items, portion, unknownLabels } = scoring;
  const { model, answers, views, onProgress } = tools;
  const tallies = views.map(createTally);
  for (let start = 0; start < items.length; start += portion) {
    const some = items.slice(start, start + portion);
    for (const tally of tallies) await scorePortion(some, tally, scoring, tools);
    if (tools.collector !== null) await scoring.collect(some, tools.collector, tools);
    answers.forget();
    onProgress(some.length, items.length);
  }
  const notes = scoring.mode === 'note' ? items.length : null;
  return {
    task,
    items: items.length,
    gold: tallies[0]?.gold() ?? {},
    unknownLabels,
    isAccuracy: false,
    documents: documentsOf(tallies),
    views: viewReports(tallies, { layers: model.layers, notes: notes }),
    analysis: null,
  };
}

async function scorePortion<Item extends NoteItem>(
  items: readonly Placed<Item>[],
  tally: Tally,
  { task, mode, modelTasks, score }: TextScoring<Item>,
  { model, tokenizer, answers, onPrediction, onRows }: TextTools,
): Promise<void> {
  const { view } = tally;
  const exits = items.map((): Prediction['exits'][number][] => []);
  const rows: AnyRow[] = [];
  const run = answers.runAs(view, (row, { exitLayer, exitReason }) => {
    tally.exit(row.task, { exitLayer, exitReason, tokens: rowTokens(row, model) });
    exits[(row as NoteRow).id.note]!.push({ task: row.task, exitLayer, exitReason });
    rows.push(row);
  });
  const part = { ...model, tasks: model.tasks.filter(({ name }) => modelTasks.includes(name)) };
  const extractor = createExtractor({ model: part, tokenizer, run, nowMs: () => 0 });
  const results = await extractor.extract(
    items.map(({ item }) => noteOf(item)),
    { policyName: 'full', mode },
  );
  for (const [index, result] of results.entries()) {
    const { where, item, document } = items[index]!;
    if (result instanceof EpeeError) throw placed(where, result);
    score(item, result, { ...tally, count: (name, counts) => tally.count(name, counts, document) });
    if (view.kind === 'policy') {
      await onPrediction({ id: item.id, task, policy: view.name, exits: exits[index]!, spans: spansIn(result) });
    }
  }
  if (view.kind === 'policy') await onRows(rows, view);
}

/** An item's text as a note to read. */
export const noteOf = ({ id, text }: NoteItem) => ({
  documentId: id,
  version: 1n,
  source: 'epee-evaluate',
  patientRef: null,
  encounterRef: null,
  text,
});

/** An error with the place of its item. */
export function placed(where: string, error: EpeeError): EpeeError {
  return new EpeeError(error.code, `${where}: ${error.message}`, { stage: error.stage, details: error.details, cause: error });
}

/** Triggers, then entities: everything in a result that is scored by its place. */
export function spansIn({ events, entities }: ExtractionResult) {
  const triggers = events.map(({ type, start, end }) => ({ label: type, start, end }));
  return [...triggers, ...entities.map(({ label, start, end }) => ({ label, start, end }))];
}
