import type { SchemaRegistryConfig } from '@epee/config';
import type { WorkerOptions } from '@epee/worker';

/** Places at which a worker can be made to die or to freeze: before and after everything that it waits for. */
export const FAULT_POINTS = [
  'opening',
  'opened',
  'marking',
  'marked',
  'extract',
  'before-commit',
  'early-in-commit',
  'late-in-commit',
  'after-commit',
] as const;

/** One of {@link FAULT_POINTS}. */
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Text of notes that end the process which reads them. */
export const DEADLY_TEXT = 'This note ends the process.';

/** What the child is told, as JSON in EPEE_TEST_WORKER. */
export interface WorkerPlan {
  readonly brokers: readonly string[];
  readonly options: WorkerOptions;
  readonly registry?: SchemaRegistryConfig;
  /** Time of one call of the extractor, milliseconds. */
  readonly delayMs: number;
  /** What it does to itself, where, and at which pass. */
  readonly fault?: { readonly signal: 'SIGKILL' | 'SIGSTOP'; readonly at: FaultPoint; readonly pass: number };
  /** Steps of the wall clock: after so much real time it shows so much more or less. */
  readonly clockSteps?: readonly { readonly afterMs: number; readonly byMs: number }[];
}
