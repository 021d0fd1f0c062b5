import { availableParallelism } from 'node:os';
import { EpeeError } from '@epee/errors';
import { z } from 'zod';
import type { PrecisionChoice } from './precision.ts';
import type { Provider } from './threads/thread-protocol.ts';

/** Options of an engine. */
export interface EngineOptions {
  /** Folder of the model package. */
  readonly modelDir: string;
  /** Worker threads, each with one session. @default one per core; 1 with `cuda` */
  readonly threads?: number;
  /** Where the graph runs. @default 'cpu' */
  readonly provider?: Provider;
  /**
   * Arithmetic: each has its own graph over the same weights. `auto` measures both and takes the
   * faster one.
   * @default 'fp32'
   */
  readonly precision?: 'fp32' | 'int8' | 'auto';
  /** Called with the choice of `auto` and both times. */
  readonly onPrecision?: (choice: PrecisionChoice) => void;
  /** Padded tokens per batch; `auto`: `autoBatchTokens`. @default 'auto' */
  readonly batchTokens?: number | 'auto';
  /** Rows per batch. @default 64; 512 with `cuda` */
  readonly batchRows?: number;
  /** How long a row waits for others while a thread is free, milliseconds. @default 5 */
  readonly lingerMs?: number;
  /** Limit of tokens that wait or run; beyond it a call waits for room. @default 1000000 */
  readonly maxQueuedTokens?: number;
  /**
   * Module that each worker thread runs.
   * @default the batch thread; tests give one that fails on purpose
   */
  readonly threadEntry?: URL;
}

/** {@link EngineOptions} with every default filled in. */
export type FilledEngineOptions = Required<Omit<EngineOptions, 'threadEntry' | 'onPrecision'>> &
  Pick<EngineOptions, 'threadEntry' | 'onPrecision'>;

const optionsSchema = z.object({
  modelDir: z.string().min(1),
  threads: z.int().min(1).max(256),
  provider: z.enum(['cpu', 'cuda']),
  precision: z.enum(['fp32', 'int8', 'auto']),
  batchTokens: z.union([z.int().min(1), z.literal('auto')]),
  batchRows: z.int().min(1),
  lingerMs: z.number().min(0).max(60_000),
  maxQueuedTokens: z.int().min(1),
  threadEntry: z.instanceof(URL).optional(),
});

/**
 * Fills in the defaults and checks the options.
 * @throws EpeeError CONFIG_INVALID with every problem
 */
export function fillEngineOptions(given: EngineOptions): FilledEngineOptions {
  const isCuda = given.provider === 'cuda';
  const filled: FilledEngineOptions = {
    threads: isCuda ? 1 : availableParallelism(),
    provider: 'cpu',
    precision: 'fp32',
    batchTokens: 'auto',
    batchRows: isCuda ? 512 : 64,
    lingerMs: 5,
    maxQueuedTokens: 1_000_000,
    ...given,
  };
  const { error } = optionsSchema.safeParse(filled);
  const problems = error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];
  if (filled.batchTokens !== 'auto' && filled.maxQueuedTokens < filled.batchTokens) {
    problems.push(`maxQueuedTokens (${filled.maxQueuedTokens}) must be at least batchTokens (${filled.batchTokens})`);
  }
  if (problems.length === 0) return filled;
  throw new EpeeError('CONFIG_INVALID', `The engine's options are not valid: ${problems.join('; ')}`, {
    stage: 'config',
    details: { problems },
  });
}
