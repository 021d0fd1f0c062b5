import { EpeeError } from '@epee/errors';
import { findNoteFiles, readNoteFile } from '@epee/notes';
import { z } from 'zod';
import type { Prediction } from '../report/report.ts';
import { type FactsOfResult, type FoundFacts, factsIn } from './marked-facts.ts';

/** What was extracted from a text before, and how deep its rows went. */
export interface ReadPrediction {
  readonly id: string;
  readonly policy: string;
  readonly facts: FoundFacts;
  /** Each row with its layer; empty where only the sums are known. */
  readonly exits: readonly PredictedExit[];
  /** Rows and layers, all together. */
  readonly compute: { readonly rows: number; readonly layersRun: number; readonly layersFull: number } | null;
}

/** A row's way through the model. */
export interface PredictedExit {
  readonly task: string;
  readonly exitLayer: number;
  readonly exitReason: 'entropy' | 'patience' | 'final';
  readonly tokens: number;
}

/** A line may hold a whole result of a long note. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

const offset = z.int().min(0);
const cue = z.object({ start: offset, end: offset }).nullable();
const axisOf = <Value extends string>(values: readonly [Value, ...Value[]]) =>
  z.object({ value: z.enum(values), source: z.enum(['model', 'cue', 'section', 'default']), cue });
const assertion = z.object({
  certainty: axisOf(['present', 'absent', 'possible', 'hypothetical']),
  time: axisOf(['current', 'past', 'future']),
  subject: axisOf(['patient', 'family', 'other']),
  action: axisOf(['start', 'stop', 'increase', 'decrease', 'continue', 'switch', 'allergy']).nullable(),
});
const line = z.object({
  documentId: z.string().optional(),
  id: z.string().optional(),
  policy: z.string().optional(),
  models: z.array(z.object({ policy: z.string() })).optional(),
  entities: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      start: offset,
      end: offset,
      confidence: z.number(),
      assertion: assertion.nullable().default(null),
    }),
  ),
  relations: z.array(z.object({ label: z.string(), headId: z.string(), tailId: z.string() })),
  exits: z
    .array(
      z.object({
        task: z.string(),
        exitLayer: z.int().min(1),
        exitReason: z.enum(['entropy', 'patience', 'final']),
        tokens: z.int().min(1).default(1),
      }),
    )
    .default([]),
  compute: z.object({ rows: offset, layersRun: offset, layersFull: offset }).optional(),
});

/** The part of a result that facts are scored by, without text. */
export function predictedFacts({ entities, relations }: FactsOfResult): Pick<Prediction, 'entities' | 'relations'> {
  return {
    entities: entities.map(({ id, label, start, end, confidence, assertion: own }) => ({
      id,
      label,
      start,
      end,
      confidence,
      assertion: own,
    })),
    relations: relations.map(({ label, headId, tailId }) => ({ label, headId, tailId })),
  };
}

/**
 * Reads results of `epee extract`, or predictions of `epee evaluate` on facts: one JSON object per line.
 * @throws EpeeError FILE_NOT_FOUND, FILE_INVALID with file, line and field
 */
export async function readPredictions(path: string): Promise<ReadPrediction[]> {
  const { files, problems } = findNoteFiles([path]);
  if (problems[0] !== undefined) throw problems[0];
  const [file] = files;
  if (file === undefined || files.length > 1 || file.kind !== 'rows') throw invalid(path, 'is not one .jsonl or .jsonl.gz file');
  const read: ReadPrediction[] = [];
  for await (const row of readNoteFile(file, { maxTextBytes: MAX_LINE_BYTES })) {
    if ('error' in row) throw row.error;
    const parsed = line.safeParse(row.fields);
    if (!parsed.success) throw invalid(row.where, `$.${parsed.error.issues[0]!.path.join('.')} is missing or wrong`);
    const { documentId, id, policy, models, exits, compute } = parsed.data;
    const own = documentId ?? id;
    if (own === undefined) throw invalid(row.where, 'has neither $.documentId nor $.id');
    read.push({
      id: own,
      policy: policy ?? models?.[0]?.policy ?? 'results',
      facts: factsIn(parsed.data),
      exits,
      compute: compute ?? null,
    });
  }
  return read;
}

const invalid = (where: string, problem: string) =>
  new EpeeError('FILE_INVALID', `${where} ${problem}`, {
    stage: 'cli',
    details: { where },
    hint: 'Lines are results of epee extract, or predictions that epee evaluate --predictions wrote for facts.',
  });
