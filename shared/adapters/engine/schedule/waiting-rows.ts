import type { Turn } from '@epee/model';
import { createTurns } from '@epee/stream';

/** A row that waits, and who asks for it. */
export interface WaitingRow {
  readonly turn: Turn;
  readonly tokens: number;
  /** When its call came, milliseconds. */
  readonly submittedAt: number;
}

/**
 * The rows that wait for a batch. Users take turns by the tokens that were run for them; of one
 * user, rows of a lower place are first, then rows that came first.
 */
export class WaitingRows<R extends WaitingRow> {
  readonly #turns = createTurns();
  readonly #lines = new Map<string, R[]>();
  #rows = 0;
  #tokens = 0;

  get rows(): number {
    return this.#rows;
  }

  get tokens(): number {
    return this.#tokens;
  }

  add(row: R): void {
    const { user, place } = row.turn;
    const line = this.#lines.get(user) ?? [];
    if (line.length === 0) {
      this.#lines.set(user, line);
      this.#turns.enter(user);
    }
    let at = line.length;
    while (at > 0 && line[at - 1]!.turn.place > place) at -= 1;
    line.splice(at, 0, row);
    this.#rows += 1;
    this.#tokens += row.tokens;
  }

  /** When the call came that waits longest; infinity where none waits. */
  oldestMs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const [first] of this.#lines.values()) oldest = Math.min(oldest, first!.submittedAt);
    return oldest;
  }

  /**
   * The rows that may share the next batch, whoever's turn it is first. A user with more than
   * `tokens` cannot finish now, and its rows are best mixed with those of all others: rows of like
   * length are found. A user with fewer is served before others share its batch.
   * @param maxRows at most so many
   */
  candidates(maxRows: number, tokens: number): { readonly rows: R[]; readonly own: number } {
    const [first, ...others] = this.#turns.order();
    if (first === undefined) return { rows: [], own: 0 };
    const line = this.#lines.get(first)!;
    const isShort = line.length < maxRows && sumTokens(line) <= tokens;
    const share = Math.ceil(maxRows / (others.length + 1));
    const own = isShort ? line : line.slice(0, Math.max(share, maxRows - this.#rows + line.length));
    const rows = [...own];
    for (const user of others) {
      if (rows.length >= maxRows) break;
      rows.push(...this.#lines.get(user)!.slice(0, Math.min(share, maxRows - rows.length)));
    }
    return { rows, own: isShort ? own.length : rows.length };
  }

  /** Takes the rows of a batch out; each user is charged for its own, as padded in the batch. */
  take(batch: ReadonlySet<R>): void {
    const [leader] = this.#turns.order();
    if (leader !== undefined) this.#turns.begin(leader);
    const longest = Math.max(...[...batch].map(({ tokens }) => tokens));
    for (const [user, line] of this.#lines) {
      const left = line.filter((row) => !batch.has(row));
      if (left.length === line.length) continue;
      this.#turns.charge(user, (line.length - left.length) * longest);
      if (left.length > 0) this.#lines.set(user, left);
      else {
        this.#lines.delete(user);
        this.#turns.leave(user);
      }
    }
    this.#rows -= batch.size;
    this.#tokens -= sumTokens([...batch]);
  }
}

/** Tokens of rows in all. */
export function sumTokens(rows: readonly { readonly tokens: number }[]): number {
  return rows.reduce((sum, { tokens }) => sum + tokens, 0);
}
