import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { createKafka } from '@epee/kafka';
import { type ResultJson, resultToJson } from '@epee/records';
import { DEAD_LETTER_HEADERS, headerText } from '@epee/stream';

/** What arrives for a document. */
export type Arrival =
  | { readonly kind: 'result'; readonly documentId: string; readonly result: ResultJson }
  | { readonly kind: 'dead-letter'; readonly documentId: string; readonly code: string };

/** Reads the results and the dead letters from their first record. */
export interface TopicWatch {
  /** Rejects when the reading ends by itself. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

const GROUP = 'epee.demo-watch';

/** Starts reading; `onArrival` is called with every record in the order of its partition. Two that run at a time need two groups. @throws EpeeError KAFKA_UNREACHABLE */
export async function watchTopics(
  config: Pick<CliConfig, 'kafka' | 'topics' | 'schemaRegistry'>,
  onArrival: (arrival: Arrival) => void,
  group: string = GROUP,
): Promise<TopicWatch> {
  const { topics } = config;
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics });
  return createKafka(config.kafka).consume({
    group,
    topics: [topics.results, topics.deadLetters],
    sessionTimeoutMs: 30_000,
    maxWaitMs: 100,
    onBatch: async ({ topic, records, lastOffset }, control) => {
      for (const record of records) {
        const documentId = record.key?.toString() ?? '';
        if (topic === topics.deadLetters)
          onArrival({ kind: 'dead-letter', documentId, code: headerText(record, DEAD_LETTER_HEADERS.code) ?? 'unknown' });
        else onArrival({ kind: 'result', documentId, result: resultToJson(await codec.decodeResult(record.value)) });
      }
      control.resolve(lastOffset + 1n);
    },
  });
}
