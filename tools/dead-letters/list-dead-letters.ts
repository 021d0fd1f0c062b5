import type { CliConfig } from '@epee/config';
import { type Column, counted, countSteps, fitColumns, tableHead, tableRow, type Watch } from '@epee/terminal';
import { type LetterReport, reportOf } from './letter.ts';
import type { Selection } from './selection.ts';
import { empty, openLetters, stateOf } from './store.ts';
import { addTally, type Tally, type TallyRow, tallyRows, tallyTable } from './tally.ts';

/** Which dead letters are listed. */
export interface ListRequest {
  readonly selection: Selection;
  /** Whether dead letters that were sent back or discarded are listed as well. */
  readonly all: boolean;
}

/** Who follows the list. */
export interface ListWatch extends Watch {
  /** Takes each dead letter, in order within its partition; the next one waits for it. */
  onLetter(letter: LetterReport): void | Promise<void>;
}

/** What was found. */
export interface ListReport {
  readonly topic: string;
  /** Dead letters in all. */
  readonly letters: number;
  readonly counts: readonly TallyRow[];
}

/** Reads dead letters and counts them by code and stage. @throws EpeeError DEAD_LETTERS_EMPTY, KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE */
export async function listDeadLetters({ selection, all }: ListRequest, config: CliConfig, watch: ListWatch): Promise<ListReport> {
  const { startProgress, signal, onLetter } = watch;
  const store = await openLetters(config, signal);
  const progress = startProgress('dead letters');
  const steps = countSteps(progress, 'read');
  try {
    const ranges = await store.ranges(selection);
    const marks = await store.marks();
    const total = Number(ranges.reduce((sum, { from, to }) => sum + (to - from), 0n));
    const tally: Tally = new Map();
    let found = 0;
    await store.read(ranges, selection, {
      onLetters: async (letters) => {
        for (const { letter } of letters) {
          const state = stateOf(letter, marks);
          if (!all && state !== 'open') continue;
          found += 1;
          addTally(tally, letter);
          await onLetter(reportOf(letter, state));
        }
      },
      onRead: (read) => steps(read, total),
    });
    if (found === 0) throw empty(`No ${all ? '' : 'open '}dead letter of ${store.topic} fits`);
    return { topic: store.topic, letters: found, counts: tallyRows(tally) };
  } finally {
    progress.end();
    await store.close();
  }
}

const columns = (width: number): Column[] =>
  fitColumns(
    [
      { heading: 'dead letter', width: 12 },
      { heading: 'written (UTC)', width: 16 },
      { heading: 'code, stage and origin', width: 44, least: 22 },
      { heading: 'tries', width: 5, align: 'right' },
      { heading: 'state', width: 9 },
    ],
    width,
  );

/** The heading of the list. @param width characters of a line */
export const listHead = (width: number): string => tableHead(columns(width));

/** A dead letter's row of the list, two lines high. */
export function listRow({ letter, written, code, stage, origin, attempts, state }: LetterReport, width: number): string {
  const from = origin === null ? 'unknown origin' : `${origin.topic}:${origin.partition}:${origin.offset}`;
  const minutes = written.slice(0, 16).replace('T', ' ');
  return tableRow(columns(width), [letter, minutes, [code, `${stage}, ${from}`], String(attempts), state]);
}

/** The counts as a table with the total under it. */
export const countsText = ({ letters, counts }: ListReport, width: number): string =>
  `${tallyTable(counts, width)}\n${counted(letters, 'dead letter')}`;
