import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { PartitionRange } from '@epee/kafka';
import type { CliContext } from '@epee/terminal';
import { count, counted, countSteps, progressOn, write } from '@epee/terminal';
import { idText, type Letter } from './letter.ts';
import type { MarkOutcome, Marks } from './marks.ts';
import { operatorName } from './operator.ts';
import { isFiltered, type Selection } from './selection.ts';
import { openSettler, type Settlement } from './settle.ts';
import { empty, type LetterStore, notFound, openLetters } from './store.ts';
import { addTally, type Tally, tallyRows } from './tally.ts';

/** What `epee dead-letters retry` or `discard` was asked for. */
export interface SettleRequest {
  readonly outcome: MarkOutcome;
  readonly selection: Selection;
  /** Every open letter, as nothing else is selected. */
  readonly everything: boolean;
  readonly reason: string | null;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

interface Plan {
  readonly open: number;
  readonly tally: Tally;
  readonly doneBefore: readonly Letter[];
  /** Open letters by partition. */
  readonly byPartition: ReadonlyMap<number, number>;
}

interface Totals {
  done: number;
  doneBefore: number;
  refusedCount: number;
  readonly refused: { readonly letter: string; readonly reason: string }[];
}

const MAX_LISTED = 100;
/** Topics whose partition counts are kept; letters name few. */
const MAX_TOPICS = 100;

/**
 * Sends dead letters back or discards them, after a look at what that would be.
 *
 * @returns 0, or 1 where some cannot be sent back
 * @throws EpeeError USAGE_INVALID (no --yes), DEAD_LETTERS_EMPTY, DEAD_LETTER_NOT_FOUND (nothing was done then), DEAD_LETTER_DONE (the others were done), DEAD_LETTER_BUSY,
 * KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE
 */
export async function settleLetters(context: CliContext, config: CliConfig, request: SettleRequest): Promise<number> {
  const { stdout, stderr, signal } = context;
  const { selection, dryRun, outcome } = request;
  refuseNothing(request);
  const store = await openLetters(config, signal);
  try {
    const ranges = await store.ranges(selection);
    const plan = await planOf(store, ranges, request, await store.marks());
    if (dryRun) {
      await write(stdout, planText(plan, request, store.topic));
      return 0;
    }
    if (plan.open === 0) throw nothingOpen(plan, selection, store.topic);
    if (selection.ids.length === 0 && !request.yes) throw unconfirmed(plan, outcome);
    await store.ensureOperatorTopics();
    const settlement = { outcome, reason: request.reason, operator: operatorName(config), run: randomUUID() };
    const progress = progressOn(stderr)(outcome === 'retried' ? 'sending back' : 'discarding');
    const steps = countSteps(progress, 'dead letters');
    const totals: Totals = { done: 0, doneBefore: plan.doneBefore.length, refusedCount: 0, refused: [] };
    try {
      for (const range of ranges) {
        if (!plan.byPartition.has(range.partition)) continue;
        await settlePartition({
          store,
          config,
          range,
          selection,
          settlement,
          totals,
          onDone: (letters) => steps(letters, plan.open),
        });
      }
    } catch (error) {
      throw withStanding(error, totals, outcome);
    } finally {
      progress.end();
    }
    await write(stdout, totalsText(totals, request, store.topic));
    if (selection.ids.length > 0 && totals.doneBefore > 0) throw doneBefore(totals.doneBefore, plan.doneBefore);
    return totals.refusedCount > 0 ? 1 : 0;
  } finally {
    await store.close();
  }
}

interface PartitionWork {
  readonly store: LetterStore;
  readonly config: CliConfig;
  readonly range: PartitionRange;
  readonly selection: Selection;
  readonly settlement: Settlement;
  readonly totals: Totals;
  onDone(letters: number): void;
}

async function settlePartition({ store, config, range, selection, settlement, totals, onDone }: PartitionWork): Promise<void> {
  const { kafka, admin, topic } = store;
  const { topics, operator } = config;
  const marksPartitions = (await admin.partitions(operator.marksTopic)) ?? 1;
  // Not under the group's prefix: commands that are configured differently must shut out one another, too.
  const writer = kafka.exclusive(`epee.dead-letters-${topic}-${range.partition}`);
  const closed = new Set([topics.results, topics.deadLetters, operator.marksTopic, operator.auditTopic]);
  const settler = await openSettler({
    settlement,
    deadLetters: topic,
    marksAt: { topic: operator.marksTopic, partition: range.partition % marksPartitions },
    writer,
    readMarks: store.marks,
    partitions: remembered(async (name) => (closed.has(name) ? null : admin.partitions(name))),
    nowMs: () => Date.now(),
    random: Math.random,
    sleep,
  });
  try {
    await store.read([range], selection, async (letters) => {
      if (letters.length === 0) return;
      const settled = await settler.settle(letters);
      totals.done += settled.done.length;
      totals.refusedCount += settled.refused.length;
      for (const { letter, reason } of settled.refused) {
        if (totals.refused.length < MAX_LISTED) totals.refused.push({ letter: idText(letter), reason });
      }
      onDone(settled.done.length);
    });
  } finally {
    await settler.close();
  }
}

function remembered(ask: (topic: string) => Promise<number | null>): (topic: string) => Promise<number | null> {
  const known = new Map<string, number | null>();
  return async (topic) => {
    const count = known.get(topic);
    if (count !== undefined) return count;
    const asked = await ask(topic);
    if (known.size < MAX_TOPICS) known.set(topic, asked);
    return asked;
  };
}

async function planOf(store: LetterStore, ranges: readonly PartitionRange[], { selection }: SettleRequest, marks: Marks): Promise<Plan> {
  const tally: Tally = new Map();
  const byPartition = new Map<number, number>();
  const doneBefore: Letter[] = [];
  const wanted = new Set(selection.ids.map(idText));
  let open = 0;
  await store.read(ranges, selection, (letters) => {
    for (const { letter } of letters) {
      wanted.delete(idText(letter));
      if (marks.of(letter) !== null) {
        // Named ones are told; of others nobody asks.
        if (selection.ids.length > 0) doneBefore.push(letter);
        continue;
      }
      open += 1;
      addTally(tally, letter);
      byPartition.set(letter.partition, (byPartition.get(letter.partition) ?? 0) + 1);
    }
  });
  if (wanted.size > 0)
    throw notFound(
      store.topic,
      selection.ids.filter((id) => wanted.has(idText(id))),
    );
  return { open, tally, doneBefore, byPartition };
}

function refuseNothing({ selection, everything, outcome }: SettleRequest): void {
  if (selection.ids.length > 0 && everything) throw usage('Name dead letters, or give --all; not both');
  if (selection.ids.length > 0 || isFiltered(selection) || everything) return;
  throw usage(
    `Say which dead letters are to be ${outcome}: name them (PARTITION:OFFSET), filter them (--code, --stage, --origin, --since, --until), or give --all`,
  );
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });

const unconfirmed = ({ open, tally }: Plan, outcome: MarkOutcome) =>
  new EpeeError('USAGE_INVALID', `${counted(open, 'dead letter')} would be ${outcome} (${kinds(tally)}); nothing was done`, {
    stage: 'cli',
    hint: 'Add --yes to do it, or --dry-run to see more.',
  });

function nothingOpen({ doneBefore: done }: Plan, { ids }: Selection, topic: string): EpeeError {
  return ids.length > 0 ? doneBefore(done.length, done) : empty(`No open dead letter of ${topic} fits; nothing was done`);
}

const doneBefore = (number: number, some: readonly Letter[]) =>
  new EpeeError(
    'DEAD_LETTER_DONE',
    `${counted(number, 'dead letter')} had been done before${some.length === 0 ? '' : `: ${some.slice(0, 5).map(idText).join(', ')}`}`,
    {
      stage: 'cli',
      hint: 'epee dead-letters show PARTITION:OFFSET tells by whom.',
    },
  );

function withStanding(error: unknown, { done }: Totals, outcome: MarkOutcome): unknown {
  if (!(error instanceof EpeeError)) return error;
  const { code, stage, details, hint } = error;
  return new EpeeError(code, `${error.message}; ${counted(done, 'dead letter')} ${done === 1 ? 'was' : 'were'} ${outcome} before`, {
    stage,
    details,
    hint: hint ?? 'Run the same command again: what is done is left out.',
    cause: error,
  });
}

const kinds = (tally: Tally) =>
  tallyRows(tally)
    .slice(0, 5)
    .map(({ code, letters }) => `${code} ${count(letters)}`)
    .join(', ');

function planText({ open, tally, doneBefore }: Plan, { outcome, json }: SettleRequest, topic: string): string {
  if (json) return `${JSON.stringify({ topic, dryRun: true, outcome, open, doneBefore: doneBefore.length, counts: tallyRows(tally) })}\n`;
  const rest = doneBefore.length === 0 ? '' : `; ${count(doneBefore.length)} had been done before`;
  return `${counted(open, 'dead letter')} of ${topic} would be ${outcome}${open === 0 ? '' : ` (${kinds(tally)})`}${rest}. Nothing was done.\n`;
}

function totalsText({ done, doneBefore, refusedCount, refused }: Totals, { outcome, json }: SettleRequest, topic: string): string {
  if (json) return `${JSON.stringify({ topic, outcome, done, doneBefore, refusedCount, refused })}\n`;
  const lines = [
    `${counted(done, 'dead letter')} of ${topic} ${outcome}${doneBefore === 0 ? '' : `, ${count(doneBefore)} had been done before`}`,
  ];
  if (refusedCount > 0) lines.push(`${count(refusedCount)} cannot be sent back and stay as they are:`);
  for (const { letter, reason } of refused) lines.push(`  ${letter}: ${reason}`);
  if (refusedCount > refused.length) lines.push(`  ... and ${count(refusedCount - refused.length)} more`);
  return `${lines.join('\n')}\n`;
}
