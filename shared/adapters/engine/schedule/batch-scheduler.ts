import { classify, EpeeError } from '@epee/errors';
import { type AnyRow, NO_TURN, type Outcome, type Turn } from '@epee/model';
import type { PackRow } from '../graph/pack.ts';
import type { RanRow } from '../graph/read-outcomes.ts';
import { type BatchLimits, planBatches } from './batch-plan.ts';
import { MIN_BATCH_TOKENS } from './batch-size.ts';
import { fillBatch } from './fill-batch.ts';
import { WaitingRows } from './waiting-rows.ts';

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

/** A user with at most so many batches' tokens waiting is served before others share its batch. */
const SHORT_BATCHES = 2;

interface Call {
  readonly rows: readonly PackRow[];
  readonly turn: Turn;
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
  readonly turn: Turn;
  readonly submittedAt: number;
}

/**
 * Lets the rows of concurrent calls share batches. Users take turns, so that a call of thousands of
 * rows does not delay the calls of others; of one user, the next batch always holds the row that
 * has waited longest.
 */
export class BatchScheduler {
  readonly #options: SchedulerOptions;
  readonly #tokensOf: (row: AnyRow) => number;
  #waitingCalls: Call[] = [];
  readonly #pending = new WaitingRows<PendingRow>();
  readonly #queuedTokens = new Map<string, number>();
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
   * @param turn who asks @default one user for all
   */
  submit(rows: readonly PackRow[], turn: Turn = NO_TURN): Promise<Outcome[]> {
    if (rows.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const submittedAt = this.#options.now();
      this.#waitingCalls.push({ rows, turn, outcomes: [], submittedAt, admitted: 0, unanswered: rows.length, resolve, reject });
      this.#pump();
    });
  }

  /** Tokens that wait or run, and batches that run. */
  load(): { readonly queuedTokens: number; readonly runningBatches: number } {
    return { queuedTokens: this.#queued(), runningBatches: this.#runningBatches };
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
    if (this.#pending.rows > 0 || this.#runningBatches > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Lets rows in while there is room, each time of the user that has the fewest tokens in. */
  #admit(): void {
    for (let call = this.#nextCall(); call !== undefined; call = this.#nextCall()) {
      const { rows, turn, submittedAt, admitted: index } = call;
      const tokens = this.#tokensOf(rows[index]!.row);
      // A row larger than the whole queue runs alone.
      const queued = this.#queued();
      if (queued > 0 && queued + tokens > this.#options.maxQueuedTokens) return;
      this.#pending.add({ call, index, tokens, turn, submittedAt });
      this.#count(turn.user, tokens);
      call.admitted += 1;
      if (call.admitted === rows.length) this.#waitingCalls.splice(this.#waitingCalls.indexOf(call), 1);
    }
  }

  /** The call whose row is let in next; of one user, the one that came first. */
  #nextCall(): Call | undefined {
    let next: Call | undefined;
    for (const call of this.#waitingCalls) if (next === undefined || this.#has(call) < this.#has(next)) next = call;
    return next;
  }

  #has({ turn }: Call): number {
    return this.#queuedTokens.get(turn.user) ?? 0;
  }

  #queued(): number {
    return [...this.#queuedTokens.values()].reduce((sum, tokens) => sum + tokens, 0);
  }

  #count(user: string, tokens: number): void {
    const queued = (this.#queuedTokens.get(user) ?? 0) + tokens;
    if (queued === 0) this.#queuedTokens.delete(user);
    else this.#queuedTokens.set(user, queued);
  }

  #isDue(): boolean {
    if (this.#pending.rows === 0) return false;
    const { limits, lingerMs, now } = this.#options;
    const isFull = this.#pending.tokens >= limits.maxTokens || this.#pending.rows >= limits.maxRows || this.#waitingCalls.length > 0;
    return isFull || this.#draining || now() - this.#pending.oldestMs() >= lingerMs;
  }

  #takeBatch(): PendingRow[] {
    const { limits, slots } = this.#options;
    const idleSlots = slots - this.#runningBatches;
    // Idle slots share the waiting tokens.
    const share = Math.max(MIN_BATCH_TOKENS, Math.ceil(this.#pending.tokens / idleSlots));
    const own = { ...limits, maxTokens: Math.min(limits.maxTokens, share) };
    const { rows, own: ownRows } = this.#pending.candidates(PLANNING_WINDOW_ROWS, SHORT_BATCHES * limits.maxTokens);
    const lengths = rows.map(({ tokens }) => tokens);
    const planned = planBatches(lengths.slice(0, ownRows), own).find((indices) => indices.includes(0))!;
    const batch = fillBatch(
      planned.sort((a, b) => a - b),
      lengths,
      ownRows,
      own,
    ).map((index) => rows[index]!);
    this.#pending.take(new Set(batch));
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
    for (const { turn, tokens } of batch) this.#count(turn.user, -tokens);
    this.#pump();
  }

  #armTimer(): void {
    if (this.#pending.rows === 0 || this.#isTimerSet || this.#runningBatches >= this.#options.slots) return;
    const delayMs = Math.max(0, this.#pending.oldestMs() + this.#options.lingerMs - this.#options.now());
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
