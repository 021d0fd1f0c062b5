import { setTimeout as sleep } from 'node:timers/promises';
import { type Codec, createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { watchTopics } from '@epee/demo';
import { EpeeError } from '@epee/errors';
import { extractRows, type OpenExtractor, openExtractor } from '@epee/extract';
import { createKafka, type KafkaProducer } from '@epee/kafka';
import type { MeasuredRow } from '@epee/notes';
import { publishRows } from '@epee/publish';
import { type ResultJson, resultToJson } from '@epee/records';
import { createProjectionStore } from '@epee/redis';

/** A note to be sent both ways. */
export interface BenchNote {
  readonly documentId: string;
  readonly text: string;
}

/** One way for notes to become results. */
export interface Way {
  /** Reads notes; `onResult` is called with each result when it is there. Resolves with the seconds that it took, when the last one is. */
  run(notes: readonly BenchNote[], onResult: (result: ResultJson) => void): Promise<number>;
  close(): Promise<void>;
}

/** `epee extract` in this process. */
export async function extractWay(config: CliConfig, signal: AbortSignal): Promise<Way & Pick<OpenExtractor, 'model'>> {
  const open = await openExtractor(config);
  return {
    model: open.model,
    async run(notes, onResult) {
      const startMs = performance.now();
      const outcomes = extractRows(rowsOf(notes), {
        extractor: open.extractor,
        extract: { policyName: config.policy, mode: 'note' },
        defaults: () => ({ defaultSource: 'epee-bench', receivedAtMs: Date.now(), maxTextBytes: config.noteMaxBytes }),
      });
      for await (const { outcome } of outcomes) {
        signal.throwIfAborted();
        if (outcome instanceof EpeeError) throw outcome;
        const json = resultToJson(outcome);
        // What the command writes to its standard output.
        JSON.stringify(json);
        onResult(json);
      }
      return seconds(startMs);
    },
    close: open.close,
  };
}

/** The way through Kafka; it also measures the time until Redis has everything. */
export interface KafkaWay extends Way {
  /** Seconds until Redis had the last result of the last {@link Way.run}, from its start. */
  redisSeconds(): number;
  deadLetters(): number;
}

/** Ends when no further result has come for so long. */
const STALL_LIMIT_MS = 180_000;
const POLL_MS = 10;

/** The notes topic, a worker, the results topic, a projector and Redis; worker and projector run elsewhere. `failure` rejects when one of them ends. */
export async function kafkaWay(config: CliConfig, failure: Promise<never>, signal: AbortSignal): Promise<KafkaWay> {
  const { topics, noteMaxBytes } = config;
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics });
  const producer = await createKafka(config.kafka).producer();
  const store = await createProjectionStore(config.redis);
  const closed = new AbortController();
  const pause = () => sleep(POLL_MS, undefined, { signal: closed.signal });
  const arrived = new Set<string>();
  let deadLetters = 0;
  let progressMs = 0;
  let onResult: (result: ResultJson) => void = () => undefined;
  const watch = await watchTopics(config, (arrival) => {
    if (arrived.has(arrival.documentId)) return;
    arrived.add(arrival.documentId);
    progressMs = performance.now();
    if (arrival.kind === 'result') onResult(arrival.result);
    else deadLetters += 1;
  });
  const failed = Promise.race([failure, watch.done.then(() => new Promise<never>(() => undefined)), aborted(signal)]);
  failed.catch(() => undefined);
  let redisSeconds = 0;
  return {
    async run(notes, tell) {
      onResult = tell;
      const startMs = performance.now();
      progressMs = startMs;
      const sent = publishNotes(notes, { producer, codec, topic: topics.notes, maxTextBytes: noteMaxBytes });
      sent.catch(() => undefined);
      await Promise.race([
        failed,
        Promise.all([sent, until(() => notes.every(({ documentId }) => arrived.has(documentId)), { progressMs: () => progressMs, pause })]),
      ]);
      const took = seconds(startMs);
      const stored = async () => {
        for (const { documentId } of notes) while ((await store.getResult(documentId)) === null) await pause();
      };
      await Promise.race([failed, deadLetters > 0 ? undefined : stored()]);
      redisSeconds = seconds(startMs);
      return took;
    },
    redisSeconds: () => redisSeconds,
    deadLetters: () => deadLetters,
    async close() {
      // Whatever still waits would keep the process alive.
      closed.abort();
      await watch.stop();
      await producer.close();
      store.close();
    },
  };
}

/** Waits until something is reached; gives up when nothing has moved for long. @throws EpeeError STACK_NOT_RUNNING */
export async function until(
  reached: () => boolean,
  { progressMs, pause }: { readonly progressMs: () => number; readonly pause: () => Promise<void> },
): Promise<void> {
  while (!reached()) {
    if (performance.now() - progressMs() > STALL_LIMIT_MS) {
      throw new EpeeError('STACK_NOT_RUNNING', `No further result came for ${STALL_LIMIT_MS / 1000} s`, { stage: 'stack' });
    }
    await pause();
  }
}

/** Rejects when the signal is aborted: nothing may throw in the reader of the results, which would try them again. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

const seconds = (sinceMs: number) => (performance.now() - sinceMs) / 1000;

/** Publishes notes as `epee ingest` does. @throws EpeeError what is wrong with the first note that cannot be sent; KAFKA_SEND_FAILED */
export async function publishNotes(
  notes: readonly BenchNote[],
  {
    producer,
    codec,
    topic,
    maxTextBytes,
  }: { producer: Pick<KafkaProducer, 'send' | 'recordMaxBytes'>; codec: Codec; topic: string; maxTextBytes: number },
): Promise<void> {
  const published = publishRows(rowsOf(notes), {
    send: (records) => producer.send(topic, records),
    recordMaxBytes: () => producer.recordMaxBytes(topic),
    codec,
    policy: null,
    defaults: { source: 'epee-bench', version: '1', maxTextBytes },
    nowMs: () => Date.now(),
  });
  for await (const { error } of published) if (error !== null) throw error;
}

/** Notes as rows of a file. */
async function* rowsOf(notes: readonly BenchNote[]): AsyncGenerator<MeasuredRow> {
  for (const { documentId, text } of notes) yield { where: documentId, fields: { documentId, text }, readBytes: 0 };
}

/** So many notes; where there are fewer texts they come again, under ids of their own. */
export function repeated(texts: readonly BenchNote[], count: number): BenchNote[] {
  return Array.from({ length: count }, (_, index) => {
    const { documentId, text } = texts[index % texts.length]!;
    return { documentId: `${documentId}-${Math.floor(index / texts.length) + 1}`, text };
  });
}
