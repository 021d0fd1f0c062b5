import type { FetchedRecord, Offset, OutgoingRecord } from '@epee/stream';
import type { Letter } from './letter.ts';

/** What became of a dead letter. */
export type MarkOutcome = 'retried' | 'discarded';

/** Says that a dead letter is done: a record of the marks topic. Holds no clinical text. */
export interface Mark {
  readonly outcome: MarkOutcome;
  readonly operator: string;
  /** When, milliseconds since 1970 UTC. */
  readonly timeMs: number;
  /** Why it was discarded; null for a retry. */
  readonly reason: string | null;
  /** The run of the command that did it. */
  readonly run: string;
  /** When the dead letter was written: a topic that was deleted and made again uses its offsets anew. */
  readonly letterMs: number;
}

const FORMAT_VERSION = 1;

/** A dead letter's mark as a record. Its key stands for the dead letter, so that compaction keeps it. */
export function markRecord(deadLetters: string, { partition, offset, writtenMs }: Letter, mark: Omit<Mark, 'letterMs'>): OutgoingRecord {
  const { outcome, operator, timeMs, reason, run } = mark;
  const value = { formatVersion: FORMAT_VERSION, outcome, operator, timeMs, reason, run, letterMs: writtenMs };
  return { key: `${deadLetters}/${partition}/${offset}`, value: Buffer.from(JSON.stringify(value)) };
}

/** The marks of one dead-letter topic: at most one for each dead letter that the topic still has. */
export class Marks {
  readonly #deadLetters: string;
  readonly #lows: ReadonlyMap<number, Offset>;
  readonly #byLetter = new Map<string, Mark>();

  /** @param lows first offset that the dead-letter topic still has, by partition: marks of dead letters that are gone are not kept */
  constructor(deadLetters: string, lows: ReadonlyMap<number, Offset> = new Map()) {
    this.#deadLetters = deadLetters;
    this.#lows = lows;
  }

  /** Takes in a record of the marks topic; those of other dead-letter topics and malformed ones are left out. */
  add({ key, value }: Pick<FetchedRecord, 'key' | 'value'>): void {
    const match = /^(.+)\/(\d{1,9})\/(\d{1,19})$/.exec(key?.toString('utf8') ?? '');
    if (match?.[1] !== this.#deadLetters || value === null) return;
    const [, , partition, offset] = match as unknown as [string, string, string, string];
    const mark = BigInt(offset) < (this.#lows.get(Number(partition)) ?? 0n) ? null : parse(value);
    if (mark !== null) this.#byLetter.set(`${partition}/${offset}`, mark);
  }

  /** What became of a dead letter; null while it is open. */
  of({ partition, offset, writtenMs }: Letter): Mark | null {
    const mark = this.#byLetter.get(`${partition}/${offset}`);
    return mark !== undefined && mark.letterMs === writtenMs ? mark : null;
  }
}

function parse(value: Buffer): Mark | null {
  try {
    const mark = JSON.parse(value.toString('utf8'));
    const known = mark.outcome === 'retried' || mark.outcome === 'discarded';
    return known && Number.isFinite(mark.letterMs) && typeof mark.operator === 'string' ? mark : null;
  } catch {
    // Not ours: whoever can write to the topic may have written anything.
    return null;
  }
}
