import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { PartitionRange } from '@epee/kafka';
import { recordMaxBytes } from '@epee/stream';
import { count, counted, countSteps, type Watch } from '@epee/terminal';
import { idText } from './letter.ts';
import type { MarkOutcome } from './marks.ts';
import { operatorName } from './operator.ts';
import { type Plan, type PlanReport, planOf } from './plan.ts';
import type { Selection } from './selection.ts';
import { openSettler, type Settlement, type Settler } from './settle.ts';
import { empty, type LetterStore, openLetters } from './store.ts';
import { tallyRows } from './tally.ts';

/** What is to be done with which dead letters. */
export interface SettleRequest {
  readonly outcome: MarkOutcome;
  readonly selection: Selection;
  /** Why they are discarded; null for a retry. */
  readonly reason: string | null;
}

/** What was done. */
export interface SettleReport {
  readonly topic: string;
  readonly outcome: MarkOutcome;
  readonly done: number;
  /** Named dead letters that had been done before; the first of them. */
  readonly doneBefore: number;
  readonly doneBeforeLetters: readonly string[];
  /** Dead letters that cannot be sent back; the first of them, each with the reason. */
  readonly refusedCount: number;
  readonly refused: readonly { readonly letter: string; readonly reason: string }[];
}

const MAX_LISTED = 100;
/** Topics of which partitions and limits are kept; dead letters name few. */
const MAX_TOPICS = 100;

/** Tells what {@link settleDeadLetters} would do, and does nothing. @throws EpeeError DEAD_LETTERS_EMPTY, DEAD_LETTER_NOT_FOUND, KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE */
export async function planSettlement({ outcome, selection }: SettleRequest, config: CliConfig, signal: AbortSignal): Promise<PlanReport> {
  const store = await openLetters(config, signal);
  try {
    const plan = await planOf(store, await store.ranges(selection), { selection, marks: await store.marks() });
    const { open, doneBefore, tally } = plan;
    return { topic: store.topic, dryRun: true, outcome, open, doneBefore: doneBefore.length, counts: tallyRows(tally) };
  } finally {
    await store.close();
  }
}

/**
 * Sends the open dead letters of a selection back, or discards them.
 * @throws EpeeError DEAD_LETTERS_EMPTY, DEAD_LETTER_NOT_FOUND, DEAD_LETTER_DONE (nothing was done then), DEAD_LETTER_BUSY, KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE
 */
export async function settleDeadLetters(
  { outcome, selection, reason }: SettleRequest,
  config: CliConfig,
  { startProgress, signal }: Watch,
): Promise<SettleReport> {
  const store = await openLetters(config, signal);
  try {
    const ranges = await store.ranges(selection);
    const plan = await planOf(store, ranges, { selection, marks: await store.marks() });
    if (plan.open === 0) throw nothingOpen(plan, selection, store.topic);
    await store.ensureOperatorTopics();
    const settlement = { outcome, reason, operator: operatorName(config), run: randomUUID() };
    const progress = startProgress(outcome === 'retried' ? 'sending back' : 'discarding');
    const steps = countSteps(progress, 'dead letters');
    const totals: Totals = { done: 0, refusedCount: 0, refused: [] };
    try {
      for (const range of ranges.filter(({ partition }) => plan.byPartition.has(partition))) {
        const work = { store, config, range, selection, settlement, totals };
        await settlePartition({ ...work, onDone: (letters) => steps(letters, plan.open) });
      }
    } catch (error) {
      throw withDone(error, totals, outcome);
    } finally {
      progress.end();
    }
    const doneBeforeLetters = plan.doneBefore.slice(0, MAX_LISTED).map(idText);
    return { topic: store.topic, outcome, ...totals, doneBefore: plan.doneBefore.length, doneBeforeLetters };
  } finally {
    await store.close();
  }
}

interface Totals {
  done: number;
  refusedCount: number;
  readonly refused: { readonly letter: string; readonly reason: string }[];
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

async function settlePartition(work: PartitionWork): Promise<void> {
  const { store, range, selection, totals, onDone } = work;
  const settler = await openPartition(work);
  try {
    await store.read([range], selection, {
      onLetters: async (letters) => {
        if (letters.length === 0) return;
        const settled = await settler.settle(letters);
        totals.done += settled.done.length;
        totals.refusedCount += settled.refused.length;
        for (const { letter, reason } of settled.refused) {
          if (totals.refused.length < MAX_LISTED) totals.refused.push({ letter: idText(letter), reason });
        }
        onDone(settled.done.length);
      },
    });
  } finally {
    await settler.close();
  }
}

async function openPartition({ store, config, range, settlement }: PartitionWork): Promise<Settler> {
  const { kafka, admin, topic } = store;
  const { topics, operator } = config;
  const marksPartitions = (await admin.partitions(operator.marksTopic)) ?? 1;
  const closed = new Set([topics.results, topics.deadLetters, operator.marksTopic, operator.auditTopic]);
  return openSettler({
    settlement,
    deadLetters: topic,
    marksAt: { topic: operator.marksTopic, partition: range.partition % marksPartitions },
    // Not under the group's prefix: commands that are configured differently must shut out one another, too.
    writer: kafka.exclusive(`epee.dead-letters-${topic}-${range.partition}`),
    readMarks: store.marks,
    partitions: remembered(async (name) => (closed.has(name) ? null : admin.partitions(name))),
    recordMaxBytes: remembered(async (name) => recordMaxBytes(await admin.maxMessageBytes(name))),
    nowMs: () => Date.now(),
    random: Math.random,
    sleep,
  });
}

function remembered<T>(ask: (topic: string) => Promise<T>): (topic: string) => Promise<T> {
  const known = new Map<string, T>();
  return async (topic) => {
    const partitions = known.get(topic);
    if (partitions !== undefined) return partitions;
    const asked = await ask(topic);
    if (known.size < MAX_TOPICS) known.set(topic, asked);
    return asked;
  };
}

/** Throws where named dead letters had been done before. @throws EpeeError DEAD_LETTER_DONE */
export function demandNoneDone({ doneBefore, doneBeforeLetters }: Pick<SettleReport, 'doneBefore' | 'doneBeforeLetters'>): void {
  if (doneBefore > 0) throw alreadyDone(doneBefore, doneBeforeLetters);
}

/** What was done, in words. */
export function settleText({ topic, outcome, done, doneBefore, refusedCount, refused }: SettleReport): string {
  const before = doneBefore === 0 ? '' : `, ${count(doneBefore)} had been done before`;
  return [
    `${counted(done, 'dead letter')} of ${topic} ${outcome}${before}`,
    ...(refusedCount > 0 ? [`${count(refusedCount)} cannot be sent back and stay as they are:`] : []),
    ...refused.map(({ letter, reason }) => `  ${letter}: ${reason}`),
    ...(refusedCount > refused.length ? [`  ... and ${count(refusedCount - refused.length)} more`] : []),
  ].join('\n');
}

const nothingOpen = ({ doneBefore }: Plan, { ids }: Selection, topic: string): EpeeError =>
  ids.length > 0 ? alreadyDone(doneBefore.length, doneBefore.map(idText)) : empty(`No open dead letter of ${topic} fits; nothing was done`);

const alreadyDone = (number: number, ids: readonly string[]) =>
  new EpeeError('DEAD_LETTER_DONE', `${counted(number, 'dead letter')} had been done before: ${ids.slice(0, 5).join(', ')}`, {
    stage: 'cli',
    hint: 'epee dead-letters show PARTITION:OFFSET tells by whom.',
  });

function withDone(error: unknown, { done }: Totals, outcome: MarkOutcome): unknown {
  if (!(error instanceof EpeeError)) return error;
  const { code, stage, details, hint } = error;
  return new EpeeError(code, `${error.message}; ${counted(done, 'dead letter')} ${done === 1 ? 'was' : 'were'} ${outcome} before`, {
    stage,
    details,
    hint: hint ?? 'Run the same command again: what is done is left out.',
    cause: error,
  });
}
