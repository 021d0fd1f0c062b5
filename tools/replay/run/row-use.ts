import type { Outcome } from '@epee/model';
import type { ExitReason } from '@epee/records';
import type { NoteRow } from '@epee/text';

/** Rows of one task of one note: where they left the model and how sure they were. */
export interface TaskRows {
  readonly rows: number;
  /** Sum of the rows' normalised entropies at their exits. */
  readonly entropySum: number;
  /** Rows by exit layer and reason, as `layer + first letter of the reason`: `3e`, `4p`, `12f`. */
  readonly exits: Readonly<Record<string, number>>;
}

/** What the rows of one note cost, by task. */
export type RowUse = Readonly<Record<string, TaskRows>>;

const LETTERS: Readonly<Record<ExitReason, string>> = { entropy: 'e', patience: 'p', final: 'f' };
const REASONS: Readonly<Record<string, ExitReason>> = { e: 'entropy', p: 'patience', f: 'final' };
const ENTROPY_DIGITS = 1e6;

/**
 * Adds up the rows of several notes that were read together, by the note's place among them. Rows
 * that failed count nowhere.
 * @param outcomes one per row, in their order
 */
export function addRowUse(rows: readonly Pick<NoteRow, 'id'>[], outcomes: readonly Outcome[], into: Map<number, RowUse>): void {
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.kind === 'failed') continue;
    const { note } = rows[at]!.id;
    const known = into.get(note) ?? {};
    const before = known[outcome.task] ?? { rows: 0, entropySum: 0, exits: {} };
    const exit = `${outcome.exitLayer}${LETTERS[outcome.exitReason]}`;
    const after: TaskRows = {
      rows: before.rows + 1,
      entropySum: before.entropySum + outcome.entropy,
      exits: { ...before.exits, [exit]: (before.exits[exit] ?? 0) + 1 },
    };
    into.set(note, { ...known, [outcome.task]: after });
  }
}

/** As the text of a header: task names and numbers, nothing of the note. */
export function rowUseToText(use: RowUse): string {
  const tasks = Object.entries(use).map(([task, { rows, entropySum, exits }]) => [
    task,
    [rows, Math.round(entropySum * ENTROPY_DIGITS) / ENTROPY_DIGITS, exits],
  ]);
  return JSON.stringify(Object.fromEntries(tasks));
}

/** From the text of a header; null where it is not one that {@link rowUseToText} wrote. */
export function rowUseFromText(text: string): RowUse | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const use: Record<string, TaskRows> = {};
  for (const [task, entry] of Object.entries(value)) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'number' || typeof entry[1] !== 'number' || !isObject(entry[2])) return null;
    const exits = entry[2] as Record<string, number>;
    if (!Object.entries(exits).every(([exit, rows]) => /^\d+[epf]$/.test(exit) && typeof rows === 'number')) return null;
    use[task] = { rows: entry[0], entropySum: entry[1], exits };
  }
  return use;
}

/** Layer and reason of an exit's short name, such as `3e`. */
export function readExit(exit: string): { layer: number; reason: ExitReason } {
  return { layer: Number.parseInt(exit, 10), reason: REASONS[exit.at(-1)!]! };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
