import { recordMaxBytes } from '@epee/stream';
import { processSurroundings } from '@epee/work';
import { connectRawAdmin, maxMessageBytes, partitionsOf } from '../client/admin.ts';
import { reaching, topicMissing } from '../client/errors.ts';
import type { KafkaOptions } from '../types.ts';

/** What a producer must know of a topic. */
export interface TopicFact {
  readonly partitions: number;
  /** Bytes that one record may have. */
  readonly maxBytes: number;
}

/** What is known of topics; asked again after a while. */
export interface TopicFacts {
  /** @throws EpeeError KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE; refusals of the brokers */
  of(topic: string): Promise<TopicFact>;
  /** Bytes that one record may have, as far as it was asked. */
  known(topic: string): number;
  /** Asks anew next time. */
  forget(topic: string): void;
  close(): Promise<void>;
}

const MAX_AGE_MS = 30_000;

/** Connects. @throws EpeeError KAFKA_UNREACHABLE, KAFKA_LOGIN_REFUSED */
export async function createTopicFacts(options: KafkaOptions): Promise<TopicFacts> {
  const { monotonicMs } = processSurroundings;
  let admin = await connectRawAdmin(options);
  const known = new Map<string, TopicFact & { readonly atMs: number }>();

  async function look(topic: string): Promise<TopicFact | null> {
    const partitions = await partitionsOf(admin, topic);
    return partitions === null ? null : { partitions, maxBytes: recordMaxBytes(await maxMessageBytes(admin, topic)) };
  }

  async function ask(topic: string): Promise<TopicFact | null> {
    try {
      return await look(topic);
    } catch {
      // Brokers may all have moved since the last question: once more over new connections.
      void admin.disconnect().catch(() => undefined);
      admin = await connectRawAdmin(options);
      return reaching(options, () => look(topic), { operation: 'Describe', topic });
    }
  }

  return {
    async of(topic) {
      const entry = known.get(topic);
      if (entry !== undefined && monotonicMs() - entry.atMs < MAX_AGE_MS) return entry;
      const fact = await ask(topic);
      if (fact === null) throw topicMissing(topic);
      known.set(topic, { ...fact, atMs: monotonicMs() });
      return fact;
    },
    known: (topic) => known.get(topic)?.maxBytes ?? recordMaxBytes(null),
    forget: (topic) => void known.delete(topic),
    close: () => admin.disconnect(),
  };
}
