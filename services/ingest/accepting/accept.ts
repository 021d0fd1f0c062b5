import { type InputRecord, noteRecord } from '@epee/avro';
import type { EpeeError } from '@epee/errors';
import { validateNote } from '@epee/records';
import { isCallers, type Problem, problemOf } from '../http/answers.ts';
import { type Bytes, type Line, readBody, readLines, tooLarge } from '../http/body.ts';
import { parseJson } from '../http/json-text.ts';
import type { IngestMetrics } from '../metrics.ts';
import { createSender } from '../publishing/sender.ts';
import type { IngestDeps, Publish } from '../types.ts';
import { checkFits, type RecordMaxBytes } from './fitting.ts';

const MAX_LISTED = 100;
const DEFAULT_SOURCE = 'http';

/** What accepting notes needs. */
export interface AcceptContext {
  readonly deps: Pick<IngestDeps, 'codec' | 'nowMs'>;
  readonly publish: Publish;
  /** @default no limit */
  readonly recordMaxBytes?: RecordMaxBytes | undefined;
  readonly metrics: IngestMetrics;
  readonly noteMaxBytes: number;
  /** Bytes of one request's notes that may be in flight to Kafka. */
  readonly windowBytes: number;
}

/** The body of a request, and the request's other data. */
export interface NotesRequest {
  readonly body: Bytes;
  /** `content-length`, or `null`. */
  readonly declaredBytes: number | null;
  readonly policy: string | null;
}

/** A refused line. */
export interface RejectedLine extends Problem {
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Result of a stream of notes. `rejected` lists the first 100 of `rejectedCount` lines; `error` is
 * the reason if the stream was cut short.
 */
export interface StreamOutcome {
  readonly accepted: number;
  readonly rejectedCount: number;
  readonly rejected: readonly RejectedLine[];
  readonly error: EpeeError | null;
}

/**
 * Publishes one note; resolves when Kafka has it.
 * @throws EpeeError with the code that the caller gets
 */
export async function acceptNote(
  context: AcceptContext,
  { body, declaredBytes, policy }: NotesRequest,
): Promise<{ documentId: string; version: number | string }> {
  try {
    const record = toRecord(context, await readBody(body, declaredBytes, context.noteMaxBytes), policy);
    await checkFits(record.record, context.recordMaxBytes);
    await context.publish([record.record]);
    context.metrics.notes.inc({ outcome: 'accepted', code: '' });
    return record.answer;
  } catch (error) {
    context.metrics.notes.inc({ outcome: 'rejected', code: problemOf(error).code });
    throw error;
  }
}

/**
 * Publishes a stream of notes, one per line. A refused line does not hold up the others; empty
 * lines are skipped.
 */
export async function acceptLines(context: AcceptContext, { body, policy }: NotesRequest): Promise<StreamOutcome> {
  const sender = createSender(context.publish, context.windowBytes);
  const rejected: RejectedLine[] = [];
  let rejectedCount = 0;
  let error: EpeeError | null = null;
  try {
    for await (const line of readLines(body, context.noteMaxBytes)) {
      if (line.length === 0) continue;
      const record = await recordOfLine(context, line, policy);
      if ('record' in record) {
        await sender.add(record.record);
        continue;
      }
      rejectedCount++;
      context.metrics.notes.inc({ outcome: 'rejected', code: record.code });
      if (rejected.length < MAX_LISTED) rejected.push(record);
    }
    await sender.finish();
  } catch (thrown) {
    if (!isCallers(thrown)) throw thrown;
    error = thrown;
    await sender.finish().catch(() => undefined);
  }
  context.metrics.notes.inc({ outcome: 'accepted', code: '' }, sender.acknowledged());
  return { accepted: sender.acknowledged(), rejectedCount, rejected, error };
}

async function recordOfLine(context: AcceptContext, line: Line, policy: string | null): Promise<{ record: InputRecord } | RejectedLine> {
  try {
    if (line.bytes === null) throw tooLarge(`${line.length}`, context.noteMaxBytes, { what: 'The line' });
    const { record } = toRecord(context, line.bytes, policy);
    await checkFits(record, context.recordMaxBytes);
    return { record };
  } catch (error) {
    if (!isCallers(error)) throw error;
    return { line: line.number, ...problemOf(error) };
  }
}

function toRecord({ deps, noteMaxBytes }: AcceptContext, bytes: Buffer, policy: string | null) {
  const note = validateNote(parseJson(bytes), { defaultSource: DEFAULT_SOURCE, receivedAtMs: deps.nowMs(), maxTextBytes: noteMaxBytes });
  const version = note.version <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(note.version) : note.version.toString();
  return { record: noteRecord(note, deps.codec, policy), answer: { documentId: note.documentId, version } };
}
