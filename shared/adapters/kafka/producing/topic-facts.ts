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
  /** The same without a wait for a cluster that does not answer: what was known last, which is asked anew meanwhile. @throws as `of` where nothing is known */
  maxBytes(topic: string): Promise<number>;
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

  const asking = new Map<string, Promise<TopicFact>>();
  async function fresh(topic: string): Promise<TopicFact> {
    const fact = await ask(topic);
    if (fact === null) throw topicMissing(topic);
    known.set(topic, { ...fact, atMs: monotonicMs() });
    return fact;
  }

  async function of(topic: string): Promise<TopicFact> {
    const entry = known.get(topic);
    if (entry !== undefined && monotonicMs() - entry.atMs < MAX_AGE_MS) return entry;
    const asked = asking.get(topic) ?? fresh(topic).finally(() => asking.delete(topic));
    asking.set(topic, asked);
    return asked;
  }

  return {
    of,
    known: (topic) => known.get(topic)?.maxBytes ?? recordMaxBytes(null),
    async maxBytes(topic) {
      const asked = of(topic);
      asked.catch(() => undefined);
      return known.get(topic)?.maxBytes ?? (await asked).maxBytes;
    },
    forget: (topic) => void known.delete(topic),
    close: () => admin.disconnect(),
  };
}
