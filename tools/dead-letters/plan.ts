import type { PartitionRange } from '@epee/kafka';
import { count, counted } from '@epee/terminal';
import { idText, type Letter } from './letter.ts';
import type { MarkOutcome, Marks } from './marks.ts';
import type { Selection } from './selection.ts';
import { type LetterStore, notFound } from './store.ts';
import { addTally, kindsText, type Tally, type TallyRow } from './tally.ts';

/** What settling a selection would do. */
export interface Plan {
  readonly open: number;
  readonly tally: Tally;
  /** Named dead letters that are done already; of others nobody asks. */
  readonly doneBefore: readonly Letter[];
  /** Open dead letters by partition. */
  readonly byPartition: ReadonlyMap<number, number>;
}

/** Looks at the dead letters of a selection. @throws EpeeError DEAD_LETTER_NOT_FOUND naming the ids that are not there */
export async function planOf(
  store: LetterStore,
  ranges: readonly PartitionRange[],
  { selection, marks }: { readonly selection: Selection; readonly marks: Marks },
): Promise<Plan> {
  const tally: Tally = new Map();
  const byPartition = new Map<number, number>();
  const doneBefore: Letter[] = [];
  const wanted = new Set(selection.ids.map(idText));
  let open = 0;
  const add = (letter: Letter) => {
    wanted.delete(idText(letter));
    if (marks.of(letter) !== null) {
      if (selection.ids.length > 0) doneBefore.push(letter);
      return;
    }
    open += 1;
    addTally(tally, letter);
    byPartition.set(letter.partition, (byPartition.get(letter.partition) ?? 0) + 1);
  };
  await store.read(ranges, selection, {
    onLetters: (letters) => {
      for (const { letter } of letters) add(letter);
    },
  });
  const missing = selection.ids.filter((id) => wanted.has(idText(id)));
  if (missing.length > 0) throw notFound(store.topic, missing);
  return { open, tally, doneBefore, byPartition };
}

/** What would be done with dead letters; this is the JSON of a dry run. */
export interface PlanReport {
  readonly topic: string;
  readonly dryRun: true;
  readonly outcome: MarkOutcome;
  readonly open: number;
  readonly doneBefore: number;
  readonly counts: readonly TallyRow[];
}

/** The plan in a line. */
export function planText({ topic, outcome, open, doneBefore, counts }: PlanReport): string {
  const rest = doneBefore === 0 ? '' : `; ${count(doneBefore)} had been done before`;
  return `${counted(open, 'dead letter')} of ${topic} would be ${outcome}${open === 0 ? '' : ` (${kindsText(counts)})`}${rest}. Nothing was done.`;
}
