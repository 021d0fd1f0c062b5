import type { CliConfig } from '@epee/config';
import type { CliContext } from '@epee/terminal';
import { type Column, count, counted, countSteps, progressOn, tableHead, tableRow, write } from '@epee/terminal';
import { idText, isoTime, type Letter, letterJson } from './letter.ts';
import type { Selection } from './selection.ts';
import { empty, openLetters, stateOf } from './store.ts';
import { addTally, type Tally, tallyRows } from './tally.ts';

/** What `epee dead-letters list` was asked for. */
export interface ListRequest {
  readonly selection: Selection;
  /** Those that are done, too. */
  readonly all: boolean;
  /** Counts alone. */
  readonly countOnly: boolean;
  readonly json: boolean;
  /** Letters that are shown; null: all. */
  readonly limit: number | null;
}

const COLUMNS: readonly Column[] = [
  { heading: 'letter', width: 12 },
  { heading: 'written (UTC)', width: 20 },
  { heading: 'code', width: 24 },
  { heading: 'stage', width: 9 },
  { heading: 'origin', width: 36 },
  { heading: 'tries', width: 5, align: 'right' },
  { heading: 'state', width: 9 },
];
const COUNT_COLUMNS: readonly Column[] = [
  { heading: 'code', width: 30 },
  { heading: 'stage', width: 10 },
  { heading: 'letters', width: 10, align: 'right' },
];

/** Lists dead letters, or counts them. @throws EpeeError DEAD_LETTERS_EMPTY, KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE */
export async function listLetters({ stdout, stderr, signal }: CliContext, config: CliConfig, request: ListRequest): Promise<number> {
  const { selection, all, countOnly, json, limit } = request;
  const store = await openLetters(config, signal);
  try {
    const ranges = await store.ranges(selection);
    const marks = await store.marks();
    const total = Number(ranges.reduce((sum, { from, to }) => sum + (to - from), 0n));
    const progress = progressOn(stderr)('reading');
    const steps = countSteps(progress, 'dead letters');
    const tally: Tally = new Map();
    let shown = 0;
    let found = 0;
    const show = async (letter: Letter, state: string) => {
      if (countOnly || (limit !== null && shown >= limit)) return;
      if (json) await write(stdout, `${JSON.stringify(letterJson(letter, state))}\n`);
      else {
        if (shown === 0) await write(stdout, `${tableHead(COLUMNS)}\n`);
        await write(stdout, `${tableRow(COLUMNS, cells(letter, state))}\n`);
      }
      shown += 1;
    };
    await store
      .read(
        ranges,
        selection,
        async (letters) => {
          for (const { letter } of letters) {
            const state = stateOf(letter, marks);
            if (!all && state !== 'open') continue;
            found += 1;
            addTally(tally, letter);
            await show(letter, state);
          }
        },
        (read) => steps(read, total),
      )
      .finally(progress.end);
    if (found === 0) throw empty(`No ${all ? '' : 'open '}dead letter of ${store.topic} fits`);
    const rows = tallyRows(tally);
    if (json && countOnly) await write(stdout, `${JSON.stringify({ topic: store.topic, letters: found, counts: rows })}\n`);
    else if (!json) {
      if (!countOnly && shown < found) await write(stdout, `... and ${count(found - shown)} more (--limit)\n`);
      const lines = rows.map(({ code, stage, letters }) => tableRow(COUNT_COLUMNS, [code, stage, count(letters)]));
      await write(
        stdout,
        `${countOnly ? '' : '\n'}${tableHead(COUNT_COLUMNS)}\n${lines.join('\n')}\n${counted(found, all ? 'dead letter' : 'open dead letter')}\n`,
      );
    }
    return 0;
  } finally {
    await store.close();
  }
}

function cells(letter: Letter, state: string): string[] {
  const { origin } = letter;
  return [
    idText(letter),
    isoTime(letter.writtenMs).slice(0, 19).replace('T', ' '),
    letter.code,
    letter.stage,
    origin === null ? 'unknown' : `${origin.topic}:${origin.partition}:${origin.offset}`,
    String(letter.attempts),
    state,
  ];
}
