import { rowTokens, type SweepRow } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import {
  type Case,
  type CaseAnswer,
  type Counts,
  type ExitPolicy,
  exitLayersOf,
  exitsKey,
  type LabelledSpan,
  labelCounts,
  layerAnswer,
  layerEntropy,
  type Parts,
  type RowTrace,
  traceRow,
} from '@epee/exits';
import type { LabelledRow, NoteItem, Placed } from '@epee/labelled-data';
import type { AnyRow, LoadedModel, Row, TaskSpec, Tokenizer } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import { createExtractor, decodeSpans, type NoteRow, type TextMode } from '@epee/text';
import { noteOf, placed } from './score-texts.ts';
import { nonFinite, outcomeOf, type SweepAnswers } from './sweep-answers.ts';

/** What cases are made with. */
export interface CaseTools {
  readonly model: LoadedModel;
  readonly tokenizer: Tokenizer;
  readonly answers: SweepAnswers;
  /** Policies that the cases will be followed under. */
  readonly policies: readonly ExitPolicy[];
}

/** What a text's result says, against what is wanted. */
export interface Judgement {
  readonly spans: readonly LabelledSpan[];
  readonly counts: Counts | null;
}

/** How texts become cases. */
export interface TextCases<Item extends NoteItem> {
  readonly mode: TextMode;
  /** Names of the model's tasks that take part; the rows of all of them make the case. */
  readonly modelTasks: readonly string[];
  judge(item: Item, result: ExtractionResult): Judgement;
  goldOf(item: Item): readonly LabelledSpan[] | null;
  /** Told of each row of the reading at full depth. */
  onRow?(item: Item, row: Row, layers: SweepRow): void;
}

/** Cases of rows with one label each. A row that cannot be asked has no rows and one answer: nothing found. */
export async function rowCases(
  labelled: readonly LabelledRow[],
  none: string | null,
  { model, answers }: Pick<CaseTools, 'model' | 'answers'>,
): Promise<Case[]> {
  const rows = labelled.flatMap(({ row }) => (row === null ? [] : [row]));
  const layers = await answers.layersOf(rows);
  let next = 0;
  return labelled.map(({ id, document, row, label, task }): Case => {
    const common = { id, document, task, kind: 'label', gold: partOf(label) } as const;
    const answer = (found: string): CaseAnswer => ({
      key: found,
      counts: labelCounts(found, label, none),
      parts: partOf(found),
    });
    if (row === null) return { ...common, rows: [], answers: new Map([[exitsKey([]), answer(none ?? '')]]) };
    const own = layers[next++]!;
    const { labels } = taskOf(model, row.task);
    return {
      ...common,
      rows: [{ tokens: rowTokens(row, model), trace: finiteTrace(row, own) }],
      answers: byLayer(own, (layer) => answer(pooledLabel(own, layer, labels))),
    };
  });
}

/** Cases of texts, each read once for every combination of exit layers that a policy may give its rows. */
export async function textCases<Item extends NoteItem>(
  items: readonly Placed<Item>[],
  { mode, modelTasks, judge, goldOf, onRow }: TextCases<Item>,
  tools: CaseTools,
): Promise<Case[]> {
  const { model, tokenizer, answers, policies } = tools;
  const part = { ...model, tasks: model.tasks.filter(({ name }) => modelTasks.includes(name)) };
  const rowsOf = items.map((): Row[] => []);
  const tracesOf = items.map((): RowTrace[] => []);

  /** Reads all texts with every row leaving at a layer of its own. */
  const read = async (layerOf: (item: number, row: number) => number, told: (item: number, row: Row, layers: SweepRow) => void) => {
    const run = async (rows: readonly NoteRow[]) => {
      const layers = await answers.layersOf(rows);
      return rows.map((row, index) => {
        const { note: item, row: place } = row.id;
        const own = layers[index]!;
        told(item, row, own);
        const layer = layerOf(item, place) - 1;
        const decision = {
          exitLayer: layer + 1,
          exitReason: 'final',
          entropy: layerEntropy(own, layer),
          answer: layerAnswer(own, layer),
        } as const;
        return outcomeOf(row, decision, own, model);
      });
    };
    const extractor = createExtractor({ model: part, tokenizer, run, nowMs: () => 0 });
    const notes = items.map(({ item }) => noteOf(item));
    const results = await extractor.extract(notes, { policyName: 'full', mode });
    return results.map((result, index) => {
      if (result instanceof EpeeError) throw placed(items[index]!.where, result);
      return answerOf(judge(items[index]!.item, result));
    });
  };

  const full = await read(
    () => model.layers,
    (item, row, layers) => {
      rowsOf[item]!.push(row);
      tracesOf[item]!.push(finiteTrace(row, layers));
      onRow?.(items[item]!.item, row, layers);
    },
  );
  const wanted = tracesOf.map((traces) => exitCombinations(traces, policies, model.layers));
  const found = full.map((answer, item) => new Map([[exitsKey(tracesOf[item]!.map(() => model.layers)), answer]]));
  const rounds = Math.max(0, ...wanted.map(({ length }) => length));
  for (let round = 0; round < rounds; round++) {
    const exits = wanted.map((all) => all[Math.min(round, all.length - 1)]);
    const answered = await read(
      (item, row) => exits[item]?.[row] ?? model.layers,
      () => undefined,
    );
    for (const [item, answer] of answered.entries()) if (exits[item] !== undefined) found[item]!.set(exitsKey(exits[item]), answer);
  }
  return items.map(({ item, document }, index): Case => {
    const gold = goldOf(item);
    return {
      id: item.id,
      document,
      task: modelTasks[0]!,
      kind: 'spans',
      gold: gold === null ? null : partsOf(gold),
      rows: rowsOf[index]!.map(({ tokenIds }, row) => ({ tokens: tokenIds.length, trace: tracesOf[index]![row]! })),
      answers: found[index]!,
    };
  });
}

/** Cases of whole notes: one for each row of a reading at full depth. Nobody knows the wanted answers. */
export async function noteCases(items: readonly Placed<NoteItem>[], { model, tokenizer, answers }: CaseTools): Promise<Case[]> {
  const cases: Case[] = [];
  const last = model.layers - 1;
  const run = async (rows: readonly NoteRow[]) => {
    const layers = await answers.layersOf(rows);
    return rows.map((row, index) => {
      const own = layers[index]!;
      const { document, item } = items[row.id.note]!;
      // Rows of relations are asked about in a call of their own, and count from 0 again.
      const place = `${taskOf(model, row.task).kind === 'relation' ? 'r' : ''}${row.id.row}`;
      cases.push(rowOfNote(row, own, { id: `${item.id} ${place}`, document }, model));
      const decision = {
        exitLayer: last + 1,
        exitReason: 'final',
        entropy: layerEntropy(own, last),
        answer: layerAnswer(own, last),
      } as const;
      return outcomeOf(row, decision, own, model);
    });
  };
  const extractor = createExtractor({ model, tokenizer, run, nowMs: () => 0 });
  const results = await extractor.extract(
    items.map(({ item }) => noteOf(item)),
    { policyName: 'full' },
  );
  for (const [index, result] of results.entries()) if (result instanceof EpeeError) throw placed(items[index]!.where, result);
  return cases;
}

function rowOfNote(row: Row, layers: SweepRow, { id, document }: Pick<Case, 'id' | 'document'>, model: LoadedModel): Case {
  const spec = taskOf(model, row.task);
  const tagging = spec.kind === 'tagging';
  const answer = (layer: number): CaseAnswer => {
    if (tagging) return answerOf({ spans: rowSpans(row, layers, layer, spec), counts: null });
    const label = pooledLabel(layers, layer, spec.labels);
    return { key: label, counts: null, parts: partOf(label) };
  };
  return {
    id,
    document,
    task: row.task,
    kind: tagging ? 'spans' : 'label',
    gold: null,
    rows: [{ tokens: row.tokenIds.length, trace: finiteTrace(row, layers) }],
    answers: byLayer(layers, answer),
  };
}

/** Spans of one row alone, in words of the row. */
function rowSpans({ id, task, wordMask }: Row, layers: SweepRow, layer: number, { groups }: TaskSpec): LabelledSpan[] {
  const { tags } = layerAnswer(layers, layer) as { tags: readonly Uint8Array[] };
  const places = [...wordMask!.keys()].filter((token) => wordMask![token] === 1);
  const words = places.map((firstToken, index) => ({
    firstToken,
    endToken: places[index + 1] ?? firstToken + 1,
    start: index,
    end: index + 1,
  }));
  if (words.length === 0) return [];
  const confidences = tags.map(({ length }) => new Float32Array(length).fill(1));
  const outcome = {
    kind: 'tagging',
    id,
    task,
    exitLayer: layer + 1,
    exitReason: 'final',
    entropy: 0,
    computeMs: 0,
    queueMs: 0,
    tags,
    confidences,
  } as const;
  const spans = decodeSpans({ words, windows: [{ firstWord: 0, endWord: words.length }], outcomes: [outcome] }, groups);
  return spans.map(({ group, label, firstWord, endWord }) => ({ label: `${group} ${label}`, start: firstWord, end: endWord }));
}

function byLayer({ layers }: SweepRow, answer: (layer: number) => CaseAnswer): Map<string, CaseAnswer> {
  return new Map(Array.from(layers, (_, layer) => [exitsKey([layer + 1]), answer(layer)]));
}

function pooledLabel(layers: SweepRow, layer: number, labels: readonly string[]): string {
  const answer = layerAnswer(layers, layer);
  return answer.kind === 'pooled' ? labels[answer.label]! : '';
}

/** Exit layers that a case's rows may leave at together: of one row any layer, of several what the policies say. Full depth is known already. */
function exitCombinations(traces: readonly RowTrace[], policies: readonly ExitPolicy[], layers: number): number[][] {
  if (traces.length === 1) return Array.from({ length: layers - 1 }, (_, layer) => [layer + 1]);
  const rows = traces.map((trace) => ({ trace }));
  const all = new Map(policies.map((policy) => exitLayersOf(rows, policy)).map((exits) => [exitsKey(exits), exits]));
  all.delete(exitsKey(traces.map(() => layers)));
  return [...all.values()];
}

function answerOf({ spans, counts }: Judgement): CaseAnswer {
  const parts = partsOf(spans);
  const key = [...parts].map(([label, places]) => `${label}: ${[...places].join(' ')}`).toSorted();
  return { key: key.join('; '), counts, parts };
}

/** Places by label, each once and in order. */
function partsOf(spans: readonly LabelledSpan[]): Parts {
  const places = new Map<string, Set<string>>();
  for (const { label, start, end } of spans) {
    if (!places.has(label)) places.set(label, new Set());
    places.get(label)!.add(`${start}-${end}`);
  }
  return new Map([...places].map(([label, own]) => [label, new Set([...own].toSorted())]));
}

const partOf = (label: string): Parts => new Map([[label, new Set([label])]]);

/** @throws EpeeError ENGINE_NON_FINITE where logits of some layer are not finite */
function finiteTrace(row: Pick<AnyRow, 'task'>, layers: SweepRow): RowTrace {
  const trace = traceRow(layers);
  const broken = trace.entropies.findIndex(Number.isNaN);
  if (broken >= 0) throw nonFinite(row, { exitLayer: broken + 1 });
  return trace;
}

const taskOf = ({ tasks }: LoadedModel, name: string) => tasks.find((task) => task.name === name)!;
