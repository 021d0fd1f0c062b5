import type { Readable } from 'node:stream';
import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { type NoteInput, openInput } from '@epee/input';
import { createKafka, type KafkaProducer, topicSpecs } from '@epee/kafka';
import { type AskedPolicy, demandPolicy } from '@epee/stream';
import { describeError } from '@epee/telemetry';
import { countNotes, type Watch } from '@epee/terminal';
import { publishRows } from './publish-rows.ts';
import { onTopicsText, type PublishReport } from './report.ts';

/** What is published, and with what. */
export interface PublishRequest {
  /** Files and folders; `-` is `stdin`. */
  readonly paths: readonly string[];
  readonly stdin: Readable;
  /** How `stdin` is read: `auto` takes it for rows where its first character is "{". */
  readonly stdinAs: 'auto' | 'text' | 'rows';
  /** Source of notes that name none. */
  readonly source: string;
  /** Version of notes that name none. */
  readonly version: string;
  /** Named exit policy that the worker is to follow, or null for its own. */
  readonly policy: string | null;
}

/**
 * Publishes the notes and images of files to Kafka. Bad rows are shown as lines of the progress and left out. Memory is bounded, however much the files hold.
 * @throws EpeeError POLICY_UNKNOWN before the first note; KAFKA_UNREACHABLE, KAFKA_SEND_FAILED with what the topics have for certain; the reason of `signal` when it is aborted
 */
export async function publishFiles(request: PublishRequest, config: CliConfig, { startProgress, signal }: Watch): Promise<PublishReport> {
  const { source, version, policy, ...sources } = request;
  const { topics, noteMaxBytes, images } = config;
  const input = openInput({ ...sources, maxTextBytes: noteMaxBytes, images: true, signal });
  demandPolicies(policy, input, config.policies);
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics });
  const producer = await openProducer(config);
  const progress = startProgress('ingest');
  const shown = countNotes(progress, input.totalBytes);
  const startMs = performance.now();
  const done = { note: 0, image: 0, referred: 0 };
  let failed = 0;
  const report = (): PublishReport => ({
    topic: topics.notes,
    published: done.note,
    imagesTopic: topics.images,
    images: done.image + done.referred,
    referred: done.referred,
    failed,
    seconds: (performance.now() - startMs) / 1000,
  });
  try {
    const rows = publishRows(input.rows, {
      send: (records) => producer.send(topics.notes, records),
      codec,
      images: { send: (records) => producer.send(topics.images, records), codec, maxPixels: images.limits.maxPixels },
      policy,
      defaults: { source, version, maxTextBytes: noteMaxBytes },
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
    const named = input.stdinIdUsed();
    if (named !== null) progress.line(`Notes of standard input without an id are published as ${named}, rows with their line behind it`);
  } catch (error) {
    throw withConfirmed(error, report());
  } finally {
    progress.end();
    await producer.close();
  }
  return report();
}

function demandPolicies(policy: string | null, { holdsNotes, holdsImages }: NoteInput, { notes, images }: CliConfig['policies']): void {
  if (policy === null) return;
  const asked: AskedPolicy = { policy, given: '--policy', stage: 'cli' };
  if (holdsNotes) demandPolicy(asked, notes);
  if (holdsImages) demandPolicy(asked, images);
}

async function openProducer({ kafka: options, topics, noteMaxBytes }: CliConfig): Promise<KafkaProducer> {
  const kafka = createKafka(options);
  const admin = await kafka.admin();
  await admin.ensureTopics(topicSpecs(topics, noteMaxBytes)).finally(() => admin.close());
  return kafka.producer();
}

/** A user who has to start again wants to know what is there already; sending it again does no harm. */
function withConfirmed(error: unknown, report: PublishReport): unknown {
  if (!(error instanceof EpeeError)) return error;
  const { code, stage, details } = error;
  return new EpeeError(code, `${error.message}; Kafka has confirmed ${onTopicsText(report)}`, {
    stage,
    details,
    hint: 'Run the same command again when Kafka is back: what is sent twice gives one result.',
    cause: error,
  });
}
