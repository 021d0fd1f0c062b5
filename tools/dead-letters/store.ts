import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { createKafka, type Kafka, type KafkaAdmin, operatorTopicSpecs, type PartitionRange, topicMissing } from '@epee/kafka';
import type { FetchedRecord } from '@epee/stream';
import { idText, type Letter, type LetterId, type LetterState, readLetter } from './letter.ts';
import { Marks } from './marks.ts';
import { isSelected, type Selection } from './selection.ts';
import type { FullLetter } from './settle.ts';

/** The dead-letter topic and what is written down about it. */
export interface LetterStore {
  readonly topic: string;
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
  /**
   * Ranges that hold every dead letter of a selection that is there now.
   * @throws EpeeError DEAD_LETTERS_EMPTY where there is none at all; DEAD_LETTER_NOT_FOUND naming the ids that lie outside the topic
   */
  ranges(selection: Selection): Promise<readonly PartitionRange[]>;
  /** Reads the dead letters of a selection, in order within their partition. */
  read(ranges: readonly PartitionRange[], selection: Selection, handlers: ReadHandlers): Promise<void>;
  /** All marks that are committed by now. */
  marks(): Promise<Marks>;
  /** Makes the topics in which people's work is written down, where they are missing. */
  ensureOperatorTopics(): Promise<void>;
  close(): Promise<void>;
}

/** Who takes what {@link LetterStore.read} reads. */
export interface ReadHandlers {
  onLetters(letters: readonly FullLetter[]): void | Promise<void>;
  /** Is called with the number of offsets that were passed. */
  onRead?(offsets: number): void;
}

/** Connects. @throws EpeeError KAFKA_UNREACHABLE; KAFKA_TOPIC_MISSING where there is no dead-letter topic */
export async function openLetters(config: CliConfig, signal: AbortSignal): Promise<LetterStore> {
  const topic = config.topics.deadLetters;
  const { operator } = config;
  const kafka = createKafka(config.kafka);
  const admin = await kafka.admin();
  const close = () => admin.close();
  try {
    if ((await admin.partitions(topic)) === null) throw topicMissing(topic);
  } catch (error) {
    await close();
    throw error;
  }

  async function marks(): Promise<Marks> {
    const lows = new Map((await admin.offsets(topic)).map(({ partition, low }) => [partition, low]));
    const found = new Marks(topic, lows);
    if ((await admin.partitions(operator.marksTopic)) === null) return found;
    const ranges = (await admin.offsets(operator.marksTopic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
    const onRecords = (_partition: number, records: readonly FetchedRecord[]) => {
      for (const record of records) found.add(record);
    };
    await kafka.scan({ topic: operator.marksTopic, ranges, onRecords, signal });
    return found;
  }

  return {
    topic,
    kafka,
    admin,
    marks,
    close,
    async ranges(selection) {
      const all = (await admin.offsets(topic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
      if (selection.ids.length > 0) return rangesOf(selection.ids, all, topic);
      if (all.every(({ from, to }) => from >= to)) throw empty(`There are no dead letters: ${topic} is empty`);
      if (selection.sinceMs === null) return all;
      const starts = new Map(
        (await admin.offsetsAt(topic, Math.max(0, selection.sinceMs))).map(({ partition, offset }) => [partition, offset]),
      );
      return all.map(({ partition, from, to }) => ({ partition, from: starts.get(partition) ?? from, to }));
    },
    async read(ranges, selection, { onLetters, onRead }) {
      const onRecords = async (partition: number, records: readonly FetchedRecord[]) => {
        signal.throwIfAborted();
        const letters = records.map((record) => ({ record, letter: readLetter(partition, record) }));
        await onLetters(letters.filter(({ letter }) => isSelected(selection, letter)));
        onRead?.(records.length);
      };
      await kafka.scan({ topic, ranges, onRecords, signal });
    },
    async ensureOperatorTopics() {
      await admin.ensureTopics(operatorTopicSpecs(operator, config.topics));
    },
  };
}

function rangesOf(ids: readonly LetterId[], all: readonly PartitionRange[], topic: string): PartitionRange[] {
  const outside = ids.filter(
    ({ partition, offset }) => !all.some((one) => one.partition === partition && offset >= one.from && offset < one.to),
  );
  if (outside.length > 0) throw notFound(topic, outside);
  return all.flatMap(({ partition }) => {
    const offsets = ids.filter((id) => id.partition === partition).map(({ offset }) => offset);
    if (offsets.length === 0) return [];
    const [first, last] = [offsets.reduce((a, b) => (a < b ? a : b)), offsets.reduce((a, b) => (a > b ? a : b))];
    return [{ partition, from: first, to: last + 1n }];
  });
}

/** DEAD_LETTER_NOT_FOUND. */
export function notFound(topic: string, ids: readonly LetterId[]): EpeeError {
  const some = ids.slice(0, 5).map(idText).join(', ');
  const more = ids.length > 5 ? ` and ${ids.length - 5} more` : '';
  return new EpeeError('DEAD_LETTER_NOT_FOUND', `${topic} has no dead letter ${some}${more}; nothing was done`, {
    stage: 'cli',
    hint: 'The names are PARTITION:OFFSET as epee dead-letters list shows them; old dead letters expire.',
  });
}

/** DEAD_LETTERS_EMPTY. */
export const empty = (message: string) => new EpeeError('DEAD_LETTERS_EMPTY', message, { stage: 'cli' });

/** What is known of a dead letter: still to be looked at, or done. */
export const stateOf = (letter: Letter, marks: Marks): LetterState => marks.of(letter)?.outcome ?? 'open';
