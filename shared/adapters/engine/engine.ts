import { performance } from 'node:perf_hooks';
import { EpeeError } from '@epee/errors';
import type { ExitPolicy } from '@epee/exits';
import type { AnyRow, Engine, FailedOutcome, ImageEngine, Outcome, Tokenizer, Turn } from '@epee/model';
import { type GraphLayout, rowTokens } from './graph/layout.ts';
import { packExitBatch } from './graph/pack.ts';
import { readOutcomes } from './graph/read-outcomes.ts';
import { openGraph } from './open-graph.ts';
import { type EngineOptions, type FilledEngineOptions, fillEngineOptions } from './options.ts';
import { loadedModel } from './package/loaded-model.ts';
import { loadPackageOf, type ModelPackage } from './package/package-files.ts';
import { choosePrecision } from './precision.ts';
import { BatchScheduler } from './schedule/batch-scheduler.ts';
import { autoBatchTokens, overheadTokens } from './schedule/batch-size.ts';
import { rowError } from './schedule/row-check.ts';
import { openTokenizer } from './tokens/tokenizer.ts';

/** An engine with the tokenizer of its package. */
export interface LoadedEngine extends Engine {
  readonly tokenizer: Tokenizer;
}

/**
 * Loads the package of a text model and starts the worker threads that run its exit graph. The
 * process ends only after `close`.
 * @throws EpeeError CONFIG_INVALID (options), MODEL_MISSING, MODEL_INVALID (also for an image
 * model), MODEL_DIGEST_MISMATCH (package), MODEL_LOAD_FAILED (runtime)
 */
export async function createEngine(given: EngineOptions): Promise<LoadedEngine> {
  const options = fillEngineOptions(given);
  const modelPackage = await loadPackageOf('text', options.modelDir);
  const tokenizer = await openTokenizer(modelPackage);
  return { ...(await startEngine(modelPackage, options)), tokenizer };
}

/**
 * Loads the package of an image model and starts the worker threads that run its exit graph. The
 * process ends only after `close`.
 * @throws EpeeError CONFIG_INVALID (options), MODEL_MISSING, MODEL_INVALID (also for a text model),
 * MODEL_DIGEST_MISMATCH (package), MODEL_LOAD_FAILED (runtime)
 */
export async function createImageEngine(given: EngineOptions): Promise<ImageEngine> {
  const options = fillEngineOptions(given);
  return startEngine(await loadPackageOf('image', options.modelDir), options);
}

async function startEngine(modelPackage: ModelPackage, options: FilledEngineOptions): Promise<Engine<AnyRow>> {
  const { provider, batchRows, lingerMs, maxQueuedTokens } = options;
  const auto = Math.min(maxQueuedTokens, autoBatchTokens(provider, modelPackage.manifest.backbone.hidden));
  const maxTokens = options.batchTokens === 'auto' ? auto : options.batchTokens;
  const precision = options.precision === 'auto' ? await measuredPrecision(modelPackage, options) : options.precision;
  const { pool, layout } = await openGraph(modelPackage, { ...options, kind: 'exit', file: modelPackage.manifest.graphs[precision] });
  const scheduler = new BatchScheduler({
    execute: async (rows) => {
      const { outputs, runMs } = await pool.run(() => packExitBatch(rows, layout));
      return readOutcomes(rows, outputs, runMs, layout);
    },
    slots: options.threads,
    limits: { maxTokens, maxRows: batchRows, overheadTokens: overheadTokens(provider) },
    lingerMs,
    tokensOf: (row) => rowTokens(row, layout),
    maxQueuedTokens,
    now: () => performance.now(),
    // While rows wait, the threads keep the process alive; the last timer must not.
    setTimer: (wake, delayMs) => void setTimeout(wake, delayMs).unref(),
  });
  let closed: Promise<void> | null = null;
  return {
    model: loadedModel(modelPackage, precision),
    run: async (rows, policy, turn) => {
      if (closed !== null) throw new EpeeError('ENGINE_CLOSED', 'The engine is closed and accepts no more rows', { stage: 'engine' });
      return runRows(rows, { policy, turn }, layout, scheduler);
    },
    load: () => scheduler.load(),
    close: () => {
      closed ??= scheduler.drain().then(() => pool.close());
      return closed;
    },
  };
}

async function measuredPrecision(modelPackage: ModelPackage, { provider, onPrecision }: FilledEngineOptions): Promise<'fp32' | 'int8'> {
  const choice = await choosePrecision(modelPackage, provider);
  onPrecision?.(choice);
  return choice.precision;
}

interface Run {
  readonly policy: ExitPolicy;
  readonly turn: Turn | undefined;
}

async function runRows(
  rows: readonly AnyRow[],
  { policy: runPolicy, turn }: Run,
  layout: GraphLayout,
  scheduler: BatchScheduler,
): Promise<Outcome[]> {
  const failed = rows.map((row): FailedOutcome | null => {
    const error = rowError(row, row.policy ?? runPolicy, layout);
    return error === null ? null : { kind: 'failed', id: row.id, task: row.task, error };
  });
  const valid = rows.filter((_, index) => failed[index] === null);
  const outcomes = await scheduler.submit(
    valid.map((row) => ({ row, policy: row.policy ?? runPolicy })),
    turn,
  );
  let next = 0;
  return failed.map((failure) => failure ?? outcomes[next++]!);
}
