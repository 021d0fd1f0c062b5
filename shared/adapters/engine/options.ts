import { availableParallelism } from 'node:os';
import { EpeeError } from '@epee/errors';
import { z } from 'zod';
import type { PrecisionChoice } from './precision.ts';
import type { Provider } from './threads/thread-protocol.ts';

/** How an engine runs. */
export interface EngineOptions {
  /** Folder of the model package. */
  readonly modelDir: string;
  /** Worker threads, a session in each. @default one a core; 1 with `cuda` */
  readonly threads?: number;
  /** Where the graph runs. @default 'cpu' */
  readonly provider?: Provider;
  /** Arithmetic: each has its own graph over the same weights; `auto`: the faster of both, see {@link choosePrecision}. @default 'fp32' */
  readonly precision?: 'fp32' | 'int8' | 'auto';
  /** Told what `auto` chose, and of both times. */
  readonly onPrecision?: (choice: PrecisionChoice) => void;
  /** Padded tokens that a batch may hold; `auto`: as {@link autoBatchTokens} says. @default 'auto' */
  readonly batchTokens?: number | 'auto';
  /** Rows that a batch may hold. @default 64; 512 with `cuda` */
  readonly batchRows?: number;
  /** Longest time that a row waits for others while a thread is free, milliseconds. @default 5 */
  readonly lingerMs?: number;
  /** Tokens that may wait and run; a call waits for room beyond that. @default 1000000 */
  readonly maxQueuedTokens?: number;
  /** Module that each worker thread runs. @default the batch thread of this folder; tests give one that fails on purpose */
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
 * Fills in the defaults and checks what was given.
 * @throws EpeeError CONFIG_INVALID with every problem found
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
  throw new EpeeError('CONFIG_INVALID', `engine options: ${problems.join('; ')}`, { stage: 'config', details: { problems } });
}
