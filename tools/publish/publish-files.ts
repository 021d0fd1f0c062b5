import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { openInput } from '@epee/input';
import { createKafka, type KafkaProducer, topicSpecs } from '@epee/kafka';
import { describeError } from '@epee/telemetry';
import type { CliContext } from '@epee/terminal';
import { counted, countNotes, duration, progressOn, short } from '@epee/terminal';
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
  /** Notes. */
  readonly published: number;
  readonly imagesTopic: string;
  readonly images: number;
  /** Of the images, those that their events refer to. */
  readonly referred: number;
  readonly failed: number;
  readonly seconds: number;
}

/**
 * Publishes the notes and images of files; bad rows are reported and left out.
 *
 * @returns 0, or 1 where a row was bad
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_SEND_FAILED with what the topics have for certain
 */
export async function runIngest(context: CliContext, config: CliConfig, request: IngestRequest): Promise<number> {
  const { stdin, stdout, stderr, signal } = context;
  const { topics, noteMaxBytes, images } = config;
  const input = openInput({ paths: request.paths, stdin, stdinAs: request.stdinAs, maxTextBytes: noteMaxBytes, images: true, signal });
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics });
  const producer = await openProducer(config);
  const progress = progressOn(stderr)('ingest');
  const shown = countNotes(progress, input.totalBytes);
  const startMs = performance.now();
  const done = { note: 0, image: 0, referred: 0 };
  let failed = 0;
  try {
    const rows = publishRows(input.rows, {
      send: (records) => producer.send(topics.notes, records),
      codec,
      images: { send: (records) => producer.send(topics.images, records), codec, maxPixels: images.limits.maxPixels },
      policy: request.policy,
      defaults: { source: request.source, version: request.version, maxTextBytes: noteMaxBytes },
      nowMs: () => Date.now(),
    });
    for await (const row of rows) {
      signal.throwIfAborted();
      if (row.error === null) done[row.kind] += 1;
      else {
        failed += 1;
        progress.line(describeError(row.error));
      }
      shown.done(row.readBytes);
    }
  } catch (error) {
    throw withStanding(error, standing(done.note, done.image + done.referred, topics));
  } finally {
    progress.end();
    await producer.close();
  }
  const totals = {
    topic: topics.notes,
    published: done.note,
    imagesTopic: topics.images,
    images: done.image + done.referred,
    referred: done.referred,
    failed,
    seconds: (performance.now() - startMs) / 1000,
  };
  stdout.write(`${request.json ? JSON.stringify(totals) : inWords(totals)}\n`);
  return failed === 0 ? 0 : 1;
}

async function openProducer({ kafka: options, topics, noteMaxBytes }: CliConfig): Promise<KafkaProducer> {
  const kafka = createKafka(options);
  const admin = await kafka.admin();
  await admin.ensureTopics(topicSpecs(topics, noteMaxBytes)).finally(() => admin.close());
  return kafka.producer();
}

function inWords({ topic, published, imagesTopic, images, referred, failed, seconds }: IngestTotals): string {
  const rate = seconds > 0 ? `, ${short((published + images) / seconds)} ${images === 0 ? 'notes' : 'documents'}/s` : '';
  const where = standing(published, images, { notes: topic, images: imagesTopic });
  const hint =
    referred === 0
      ? ''
      : `\n${counted(referred, 'image')} of over 512 KiB as file: references; the worker must allow their folder in EPEE_IMAGE_FOLDERS`;
  return `${where} in ${duration(seconds)}${rate}, ${failed} failed${hint}`;
}

/** `2 notes on epee.notes.v1, 3 images on epee.images.v1`; what there is none of is left out. */
function standing(notes: number, images: number, topics: { readonly notes: string; readonly images: string }): string {
  const parts = [
    ...(notes > 0 || images === 0 ? [`${counted(notes, 'note')} on ${topics.notes}`] : []),
    ...(images > 0 ? [`${counted(images, 'image')} on ${topics.images}`] : []),
  ];
  return parts.join(', ');
}

/** A user who has to start again wants to know what is there already; sending it again does no harm. */
function withStanding(error: unknown, confirmed: string): unknown {
  if (!(error instanceof EpeeError)) return error;
  const { code, stage, details } = error;
  return new EpeeError(code, `${error.message}; for certain there are ${confirmed}`, {
    stage,
    details,
    hint: 'Run the same command again when Kafka is back: what is sent twice gives one result.',
    cause: error,
  });
}
