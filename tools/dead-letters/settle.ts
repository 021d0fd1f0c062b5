import { EpeeError } from '@epee/errors';
import { type ExclusiveWriter, isStoredBatch } from '@epee/kafka';
import {
  backoffMs,
  DEAD_LETTER_HEADERS,
  type FetchedRecord,
  historyText,
  INFRASTRUCTURE_BACKOFF,
  type OutgoingRecord,
  type PartitionSend,
  partitionForKey,
  planSubBatches,
  RETRY_HEADERS,
  type Refusal,
  recordBytes,
  refuseTooLarge,
  SETTLEMENT_LIMITS,
  sendLimitsOf,
} from '@epee/stream';
import { commitUntilKnown } from '@epee/work';
import { idText, type Letter } from './letter.ts';
import { type Mark, type MarkOutcome, type Marks, markRecord } from './marks.ts';

/** A dead letter with its bytes. */
export interface FullLetter {
  readonly letter: Letter;
  readonly record: FetchedRecord;
}

/** What is done with dead letters. */
export interface Settlement {
  readonly outcome: MarkOutcome;
  readonly reason: string | null;
  readonly operator: string;
  /** Names this run of the command, so that its own marks can be told from another operator's. */
  readonly run: string;
}

/** What settling the dead letters of one dead-letter partition needs. */
export interface SettleDeps {
  readonly settlement: Settlement;
  readonly deadLetters: string;
  /** Where the marks of this partition's dead letters go. */
  readonly marksAt: { readonly topic: string; readonly partition: number };
  readonly writer: ExclusiveWriter;
  /** Reads all marks that are committed by now. */
  readMarks(): Promise<Marks>;
  /** Partitions of a topic to which dead letters may be sent back, null where it does not exist. */
  partitions(topic: string): Promise<number | null>;
  /** Bytes that one record of a topic may have. */
  recordMaxBytes(topic: string): Promise<number>;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What became of dead letters. */
export interface Settled {
  /** By this run. */
  readonly done: readonly Letter[];
  /** Before, or by somebody else meanwhile. */
  readonly doneBefore: readonly Letter[];
  readonly refused: readonly { readonly letter: Letter; readonly reason: string }[];
}

const KEPT = /^epee-[a-z-]{1,40}$/;
const KEPT_MAX_BYTES = 256;
const LETTERS_OWN: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_HEADERS));
const ATTEMPTS = 6;

/** Settles the dead letters of one partition, each once. */
export interface Settler {
  /**
   * Sends dead letters back or discards them: one transaction per group holds the records and the marks, together or not at all.
   * @throws EpeeError DEAD_LETTER_BUSY when other operators keep taking over; KAFKA_UNREACHABLE; refusals of the brokers
   */
  settle(letters: readonly FullLetter[]): Promise<Settled>;
  close(): Promise<void>;
}

/**
 * Opening the writer shuts out any other operator and ends a transaction that a killed command left behind; only then are the marks read. So a dead letter
 * without a mark was not settled, and nobody else can settle it before this writer is shut out in turn, which its next transaction notices.
 */
export async function openSettler(deps: SettleDeps): Promise<Settler> {
  const { writer, settlement } = deps;
  let marks = await takeOver(deps);
  const isOpen = ({ letter }: FullLetter) => marks.of(letter) === null;
  // Marks of this run that came before a lost answer are this run's work.
  const isOwn = ({ letter }: FullLetter) => marks.of(letter)?.run === settlement.run;

  function settleGroup(group: readonly FullLetter[]): Promise<Pick<Settled, 'done' | 'doneBefore'>> {
    return commitUntilKnown(
      async () => {
        const left = group.filter(isOpen);
        if (left.length > 0) await writer.write([...(await backSends(left, deps)), marksOf(left, deps)]);
        const done = group.filter((full) => left.includes(full) || isOwn(full));
        return { done: letters(done), doneBefore: letters(group.filter((full) => !done.includes(full))) };
      },
      async (error, attempt) => {
        if (!['KAFKA_FENCED', 'KAFKA_OUTCOME_UNKNOWN'].includes(error.code)) throw error;
        refuseTooLarge(error, tooLarge(group.filter(isOpen)));
        if (attempt === ATTEMPTS) throw error.code === 'KAFKA_FENCED' ? busy(group, error) : error;
        await deps.sleep(backoffMs(attempt, INFRASTRUCTURE_BACKOFF, deps.random));
        marks = await takeOver(deps);
        return undefined;
      },
    );
  }

  return {
    async settle(all) {
      const refused: { letter: Letter; reason: string }[] = [];
      const good: FullLetter[] = [];
      for (const full of all) {
        const reason = isOpen(full) ? await refusal(full, deps) : null;
        if (reason === null) good.push(full);
        else refused.push({ letter: full.letter, reason });
      }
      const done: Letter[] = [];
      const doneBefore: Letter[] = [];
      const sizes = good.map(({ record }) => recordBytes(record as unknown as OutgoingRecord));
      const settle = async (group: readonly FullLetter[]): Promise<void> => {
        try {
          const settled = await settleGroup(group);
          done.push(...settled.done);
          doneBefore.push(...settled.doneBefore);
        } catch (error) {
          if (!(error instanceof EpeeError) || error.code !== 'RECORD_TOO_LARGE') throw error;
          // Nothing of the group was written: only the one at fault stays as it is.
          const middle = group.length >> 1;
          if (middle === 0) refused.push({ letter: group[0]!.letter, reason: error.message });
          else for (const half of [group.slice(0, middle), group.slice(middle)]) await settle(half);
        }
      };
      for (const { start, end } of planSubBatches(sizes, SETTLEMENT_LIMITS)) await settle(good.slice(start, end));
      return { done, doneBefore, refused };
    },
    close: () => writer.close(),
  };
}

async function takeOver({ writer, readMarks }: SettleDeps): Promise<Marks> {
  await writer.open();
  return readMarks();
}

/** Why a dead letter cannot be sent back, in words; null where it can. */
async function refusal({ letter, record }: FullLetter, { settlement, partitions, recordMaxBytes }: SettleDeps): Promise<string | null> {
  if (settlement.outcome === 'discarded') return null;
  if (letter.origin === null) return 'its headers do not tell where it came from';
  if (record.value === null && letter.code !== 'RECORD_EMPTY') return 'its value was left out, as it was too large for the dead letters';
  if (record.key === null && record.value !== null && isStoredBatch(record.value))
    return 'it stands for a whole batch that could not be read, not for a record; send its notes again from their source';
  if ((await partitions(letter.origin.topic)) === null)
    return `topic ${letter.origin.topic}, from which it came, does not exist or takes no records back`;
  const [bytes, maxBytes] = [recordBytes(backRecord(letter, record)), await recordMaxBytes(letter.origin.topic)];
  if (bytes > maxBytes) return `it has ${bytes} bytes as a record, but topic ${letter.origin.topic} takes at most ${maxBytes}`;
  return null;
}

async function backSends(group: readonly FullLetter[], { settlement, partitions, recordMaxBytes }: SettleDeps): Promise<PartitionSend[]> {
  if (settlement.outcome === 'discarded') return [];
  const byPartition = new Map<string, { topic: string; partition: number; records: OutgoingRecord[] }>();
  for (const { letter, record } of group) {
    const { topic, partition: former } = letter.origin!;
    const count = (await partitions(topic))!;
    const partition = former < count ? former : record.key === null ? former % count : partitionForKey(record.key, count);
    const name = `${topic}/${partition}`;
    const send = byPartition.get(name) ?? { topic, partition, records: [] };
    send.records.push(backRecord(letter, record));
    byPartition.set(name, send);
  }
  const sends: PartitionSend[] = [];
  for (const send of byPartition.values()) sends.push(...inSends(send, await recordMaxBytes(send.topic)));
  return sends;
}

/** Records of one partition in sends that their topic takes. */
const inSends = ({ records, ...of }: PartitionSend, maxBytes: number): PartitionSend[] =>
  planSubBatches(records.map(recordBytes), sendLimitsOf(maxBytes)).map(({ start, end }) => ({ ...of, records: records.slice(start, end) }));

function marksOf(group: readonly FullLetter[], { settlement, marksAt, deadLetters, nowMs }: SettleDeps): PartitionSend {
  const mark: Omit<Mark, 'letterMs'> = { ...settlement, timeMs: nowMs() };
  return { ...marksAt, records: group.map(({ letter }) => markRecord(deadLetters, letter, mark)) };
}

const letters = (all: readonly FullLetter[]) => all.map(({ letter }) => letter);

/** The record as it came, with those of its headers that the dead letter kept, its policy among them, and what was tried before. */
function backRecord(letter: Letter, { key, value, headers }: FetchedRecord): OutgoingRecord {
  const history = historyText([...letter.history, { code: letter.code, timeMs: letter.failedMs ?? letter.writtenMs }]);
  const kept = Object.entries(headers)
    .filter(([name, { length }]) => KEPT.test(name) && !LETTERS_OWN.has(name) && length <= KEPT_MAX_BYTES)
    .map(([name, bytes]) => [name, bytes.toString('utf8')]);
  const tried = { [RETRY_HEADERS.attempts]: String(letter.attempts), [RETRY_HEADERS.history]: history };
  return { key, value, headers: { ...Object.fromEntries(kept), ...tried } };
}

const tooLarge = (group: readonly FullLetter[]): Refusal => ({
  code: 'RECORD_TOO_LARGE',
  message: `A topic refuses the size of ${range(group)}`,
  hint: 'Raise max.message.bytes of the topic from which they came, or discard them with a reason.',
});

const busy = (group: readonly FullLetter[], cause: EpeeError) =>
  new EpeeError(
    'DEAD_LETTER_BUSY',
    `Other commands keep taking over the dead letters of partition ${group[0]!.letter.partition}; ${range(group)} stay as they are`,
    {
      stage: 'cli',
      hint: 'Let the other command end, then run this one again: what is done is left out.',
      cause,
    },
  );

function range(group: readonly FullLetter[]): string {
  const [first, last] = [group[0]!.letter, group.at(-1)!.letter];
  return first === last ? idText(first) : `${idText(first)} to ${idText(last)}`;
}
