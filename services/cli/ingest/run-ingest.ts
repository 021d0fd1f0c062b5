import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { createKafka, type KafkaProducer, topicSpecs } from '@epee/kafka';
import type { CliContext } from '../context.ts';
import { openInput } from '../notes/input.ts';
import { counted, duration, short } from '../output/numbers.ts';
import { startProgress } from '../output/progress.ts';
import { describeError } from '../report-error.ts';
import { publishRows } from './publish-rows.ts';

/** What `epee ingest` was asked for. */
export interface IngestRequest {
  readonly paths: readonly string[];
  readonly stdinAs: 'auto' | 'text' | 'rows';
  /** Source of notes that name none. */
  readonly source: string;
  /** Version of notes that name none. */
  readonly version: string;
  /** Named exit policy that the worker is to follow, or null for its own. */
  readonly policy: string | null;
  readonly json: boolean;
}

/** What came of it. */
export interface IngestTotals {
  readonly topic: string;
  readonly published: number;
  readonly failed: number;
  readonly seconds: number;
}

/**
 * Publishes the notes of files; bad rows are reported and left out.
 *
 * @returns 0, or 1 where a row was bad
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_SEND_FAILED with the number of notes that the topic has for certain
 */
export async function runIngest(context: CliContext, config: CliConfig, request: IngestRequest): Promise<number> {
  const { stdin, stdout, stderr, signal } = context;
  const { topics, noteMaxBytes } = config;
  const input = openInput({ paths: request.paths, stdin, stdinAs: request.stdinAs, maxTextBytes: noteMaxBytes, signal });
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics });
  const producer = await openProducer(config);
  const progress = startProgress(stderr, { what: 'ingest', totalBytes: input.totalBytes });
  const startMs = performance.now();
  let published = 0;
  let failed = 0;
  try {
    const rows = publishRows(input.rows, {
      send: (records) => producer.send(topics.notes, records),
      codec,
      policy: request.policy,
      defaults: { source: request.source, version: request.version, maxTextBytes: noteMaxBytes },
      nowMs: () => Date.now(),
    });
    for await (const row of rows) {
      signal.throwIfAborted();
      if (row.error === null) published += 1;
      else {
        failed += 1;
        progress.line(describeError(row.error));
      }
      progress.done(row.readBytes);
    }
  } catch (error) {
    throw withStanding(error, published, topics.notes);
  } finally {
    progress.end();
    await producer.close();
  }
  const totals = { topic: topics.notes, published, failed, seconds: (performance.now() - startMs) / 1000 };
  stdout.write(`${request.json ? JSON.stringify(totals) : inWords(totals)}\n`);
  return failed === 0 ? 0 : 1;
}

async function openProducer({ kafka: options, topics, noteMaxBytes }: CliConfig): Promise<KafkaProducer> {
  const kafka = createKafka(options);
  const admin = await kafka.admin();
  await admin.ensureTopics(topicSpecs(topics, noteMaxBytes)).finally(() => admin.close());
  return kafka.producer();
}

function inWords({ topic, published, failed, seconds }: IngestTotals): string {
  const rate = seconds > 0 ? `, ${short(published / seconds)} notes/s` : '';
  return `${counted(published, 'note')} on ${topic} in ${duration(seconds)}${rate}, ${failed} failed`;
}

/** A user who has to start again wants to know what is there already; sending it again does no harm. */
function withStanding(error: unknown, published: number, topic: string): unknown {
  if (!(error instanceof EpeeError)) return error;
  const { code, stage, details } = error;
  return new EpeeError(code, `${error.message}; ${topic} has ${counted(published, 'note')} for certain`, {
    stage,
    details,
    hint: 'Run the same command again when Kafka is back: a note that is sent twice gives one result.',
    cause: error,
  });
}
