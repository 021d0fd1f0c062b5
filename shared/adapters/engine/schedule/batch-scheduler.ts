import { classify, EpeeError } from '@epee/errors';
import type { AnyRow, Outcome } from '@epee/model';
import type { PackRow } from '../graph/pack.ts';
import type { RanRow } from '../graph/read-outcomes.ts';
import { type BatchLimits, planBatches } from './batch-plan.ts';
import { MIN_BATCH_TOKENS } from './batch-size.ts';

/** A row of a batch. */
export type BatchRow = PackRow & RanRow;

/** Options of a {@link BatchScheduler}. */
export interface SchedulerOptions {
  /**
   * Runs one batch and answers in its order. An error fails all its rows; an error of the action
   * `crash` rejects their calls.
   */
  readonly execute: (rows: readonly BatchRow[]) => Promise<Outcome[]>;
  /** Batches that may run at the same time. */
  readonly slots: number;
  readonly limits: BatchLimits;
  /** How long a row waits for others to fill its batch while a slot is free. */
  readonly lingerMs: number;
  /** Tokens of a row. @default the length of its `tokenIds` */
  readonly tokensOf?: (row: AnyRow) => number;
  /** Limit of tokens that wait or run; rows beyond it stay with their call until there is room. */
  readonly maxQueuedTokens: number;
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** Calls `wake` once after `delayMs`. */
  readonly setTimer: (wake: () => void, delayMs: number) => void;
}

/**
 * Rows considered for the next batch: enough to find rows of similar length, and few enough that
 * planning costs little.
 */
const PLANNING_WINDOW_ROWS = 1024;

interface Call {
  readonly rows: readonly PackRow[];
  readonly outcomes: Outcome[];
  readonly submittedAt: number;
  admitted: number;
  unanswered: number;
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

interface PendingRow {
  readonly call: Call;
  readonly index: number;
  readonly tokens: number;
}

/**
 * Lets the rows of concurrent calls share batches. Rows wait in order of arrival; the next batch
 * always holds the row that has waited longest.
 */
export class BatchScheduler {
  readonly #options: SchedulerOptions;
  readonly #tokensOf: (row: AnyRow) => number;
  #waitingCalls: Call[] = [];
  #pending: PendingRow[] = [];
  #pendingTokens = 0;
  #queuedTokens = 0;
  #runningBatches = 0;
  #isTimerSet = false;
  #draining = false;
  #onIdle: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#tokensOf = options.tokensOf ?? ((row) => ('tokenIds' in row ? row.tokenIds.length : 1));
  }

  /**
   * Runs valid rows; answers in their order. Waits for room: the caller slows down instead of the
   * queue growing.
   */
  submit(rows: readonly PackRow[]): Promise<Outcome[]> {
    if (rows.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const submittedAt = this.#options.now();
      this.#waitingCalls.push({ rows, outcomes: [], submittedAt, admitted: 0, unanswered: rows.length, resolve, reject });
      this.#pump();
    });
  }

  /** Tokens that wait or run, and batches that run. */
  load(): { readonly queuedTokens: number; readonly runningBatches: number } {
    return { queuedTokens: this.#queuedTokens, runningBatches: this.#runningBatches };
  }

  /**
   * Resolves when every submitted row has its answer. From now on rows no longer wait for others.
   */
  drain(): Promise<void> {
    this.#draining = true;
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
      this.#pump();
    });
  }

  #pump(): void {
    this.#admit();
    while (this.#runningBatches < this.#options.slots && this.#isDue()) void this.#runBatch(this.#takeBatch());
    this.#armTimer();
    if (this.#pending.length > 0 || this.#runningBatches > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #admit(): void {
    for (let call = this.#waitingCalls[0]; call !== undefined; call = this.#waitingCalls[0]) {
      for (; call.admitted < call.rows.length; call.admitted++) {
        const tokens = this.#tokensOf(call.rows[call.admitted]!.row);
        // A row larger than the whole queue runs alone.
        if (this.#queuedTokens > 0 && this.#queuedTokens + tokens > this.#options.maxQueuedTokens) return;
        this.#pending.push({ call, index: call.admitted, tokens });
        this.#pendingTokens += tokens;
        this.#queuedTokens += tokens;
      }
      this.#waitingCalls.shift();
    }
  }

  #isDue(): boolean {
    const oldest = this.#pending[0];
    if (oldest === undefined) return false;
    const { limits, lingerMs, now } = this.#options;
    const isFull = this.#pendingTokens >= limits.maxTokens || this.#pending.length >= limits.maxRows || this.#waitingCalls.length > 0;
    return isFull || this.#draining || now() - oldest.call.submittedAt >= lingerMs;
  }

  #takeBatch(): PendingRow[] {
    const { limits, slots } = this.#options;
    const idleSlots = slots - this.#runningBatches;
    // Idle slots share the waiting tokens.
    const share = Math.max(MIN_BATCH_TOKENS, Math.ceil(this.#pendingTokens / idleSlots));
    const window = this.#pending.slice(0, PLANNING_WINDOW_ROWS);
    const batches = planBatches(
      window.map(({ tokens }) => tokens),
      { ...limits, maxTokens: Math.min(limits.maxTokens, share) },
    );
    const chosen = new Set(batches.find((indices) => indices.includes(0)));
    const batch = window.filter((_, index) => chosen.has(index));
    this.#pending = this.#pending.filter((_, index) => !chosen.has(index));
    this.#pendingTokens -= sumTokens(batch);
    return batch;
  }

  async #runBatch(batch: readonly PendingRow[]): Promise<void> {
    this.#runningBatches += 1;
    const startedAt = this.#options.now();
    const rows = batch.map(({ call, index }) => ({ ...call.rows[index]!, queueMs: startedAt - call.submittedAt }));
    try {
      const outcomes = await this.#options.execute(rows);
      for (const [position, pending] of batch.entries()) answer(pending, outcomes[position]!);
    } catch (error) {
      for (const pending of batch) fail(pending, error);
    }
    this.#runningBatches -= 1;
    this.#queuedTokens -= sumTokens(batch);
    this.#pump();
  }

  #armTimer(): void {
    const oldest = this.#pending[0];
    if (oldest === undefined || this.#isTimerSet || this.#runningBatches >= this.#options.slots) return;
    const delayMs = Math.max(0, oldest.call.submittedAt + this.#options.lingerMs - this.#options.now());
    this.#isTimerSet = true;
    this.#options.setTimer(() => {
      this.#isTimerSet = false;
      this.#pump();
    }, delayMs);
  }
}

function answer({ call, index }: PendingRow, outcome: Outcome): void {
  call.outcomes[index] = outcome;
  call.unanswered -= 1;
  if (call.unanswered === 0) call.resolve(call.outcomes);
}

function fail(pending: PendingRow, error: unknown): void {
  if (!(error instanceof EpeeError) || classify(error) === 'crash') {
    pending.call.reject(error);
    return;
  }
  const { id, task } = pending.call.rows[pending.index]!.row;
  answer(pending, { kind: 'failed', id, task, error });
}

function sumTokens(rows: readonly PendingRow[]): number {
  return rows.reduce((sum, { tokens }) => sum + tokens, 0);
}
