import { createRequire } from 'node:module';
import type { Offset } from '@epee/stream';
import type { FetchedLog } from '../types.ts';
import { endOfEpoch, type LibraryBroker, topicIds } from './log-requests.ts';

/** A fetch's answer, as the library has it. */
interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** First offset of the log; the library's name for it. */
      readonly lastStartOffset?: string;
      readonly messages: readonly object[];
    }[];
  }[];
}

type Fetch = (this: LibraryBroker, request: unknown) => Promise<FetchAnswer>;

const library = createRequire(import.meta.url);
const logs = new WeakMap<object, FetchedLog>();
let isInstalled = false;

/**
 * Lets every fetch of the library find out which log answered it, for the whole process; see
 * {@link logOf}. The broker that answered is asked for the topic's id afterwards: it learns of a new
 * topic before it opens the new log. So records of a topic that was made anew are never taken for
 * those of the former one.
 */
export function installFetchedLogs(): void {
  if (isInstalled) return;
  const { prototype } = library('kafkajs/src/broker/index.js') as { readonly prototype: { fetch: Fetch } };
  prototype.fetch = noting(prototype.fetch);
  isInstalled = true;
}

function noting(fetch: Fetch): Fetch {
  return async function (request) {
    const answer = await fetch.call(this, request);
    const filled = answer.responses.filter(({ partitions }) => partitions.some(({ messages }) => messages.length > 0));
    if (filled.length === 0) return answer;
    const ids = await topicIds(this, [...new Set(filled.map(({ topicName }) => topicName))]);
    for (const { topicName: topic, partitions } of filled)
      for (const { partition, lastStartOffset, messages } of partitions)
        logs.set(messages, fetchedLog(this, { topic, partition, id: ids?.get(topic) ?? null, start: BigInt(lastStartOffset ?? 0) }));
    return answer;
  };
}

/** The log that a fetch found, from the messages of its answer as the library hands them out. */
export function logOf(messages: object): FetchedLog | undefined {
  return logs.get(messages);
}

/** A log of which a broker tells more, where it is asked. */
export function fetchedLog(
  broker: LibraryBroker,
  {
    topic,
    partition,
    id,
    start,
  }: { readonly topic: string; readonly partition: number; readonly id: string | null; readonly start: Offset },
): FetchedLog {
  return { id, start, endOfEpoch: (epoch) => endOfEpoch(broker, { topic, partition, epoch }) };
}
