import type { SubBatchLimits } from './sub-batches.ts';

/**
 * One send to one partition. Building a send is quadratic in its records in kafkajs 2.2.4 (20,000 block 1.8 s), and the broker's size limit (1 MiB unless configured)
 * counts the whole send.
 */
export const SEND_LIMITS: SubBatchLimits = Object.freeze({ maxRecords: 1000, maxBytes: 768 * 1024 });

/**
 * Records that the worker extracts and commits together. Few enough that memory stays flat, that a rebalance or a stop waits for little, and that results do not wait
 * for a whole poll; enough that a transaction costs little per note.
 */
export const EXTRACTION_LIMITS: SubBatchLimits = Object.freeze({ maxRecords: 32, maxBytes: 256 * 1024 });

/** Results that the projector writes to Redis together: one round trip for each step, and little to repeat after trouble. */
export const PROJECTION_LIMITS: SubBatchLimits = Object.freeze({ maxRecords: 500, maxBytes: 2 * 1024 * 1024 });

/** Notes that a replay reads and commits together: so many of each partition are read again after a kill, at most. */
export const REPLAY_LIMITS: SubBatchLimits = Object.freeze({ maxRecords: 16, maxBytes: 256 * 1024 });

/** Dead letters that one transaction sends back or discards. */
export const SETTLEMENT_LIMITS: SubBatchLimits = Object.freeze({ maxRecords: 100, maxBytes: 512 * 1024 });

/** Records of a request that ingest publishes together. */
export const PUBLISH_LIMITS: SubBatchLimits = Object.freeze({ maxRecords: 500, maxBytes: 256 * 1024 });

/** Kafka's own default of `max.message.bytes`, for clusters that do not tell. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
/** Head of a send, which counts against the topic's limit. */
const SEND_OVERHEAD_BYTES = 256;

/**
 * Bytes that one record may have on a topic.
 * @param maxMessageBytes the topic's `max.message.bytes`, or null where the cluster does not tell
 */
export const recordMaxBytes = (maxMessageBytes: number | null): number =>
  (maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES) - SEND_OVERHEAD_BYTES;

/** {@link SEND_LIMITS} for a topic whose records may have `maxBytes`. */
export const sendLimitsOf = (maxBytes: number): SubBatchLimits => ({
  ...SEND_LIMITS,
  maxBytes: Math.min(SEND_LIMITS.maxBytes, maxBytes),
});

/** Fields of a note's record beside its text. */
const NOTE_FIELDS_BYTES = 256 * 1024;
/** A result repeats the note's text in its sections, entities and relations. */
const RESULT_GROWTH = 8;
const DEAD_LETTER_HEADERS_BYTES = 64 * 1024;

/**
 * The `max.message.bytes` of our own topics. A note of the longest text allowed fits, so does its result, and so does any such note as a dead letter. An image in its
 * event has half of the least that a note may have.
 * @param noteMaxBytes UTF-8 bytes that a note's text may have
 */
export function topicMaxBytes(noteMaxBytes: number): { readonly notes: number; readonly results: number; readonly deadLetters: number } {
  const notes = Math.max(1024 * 1024, noteMaxBytes) + NOTE_FIELDS_BYTES;
  return { notes, results: RESULT_GROWTH * notes, deadLetters: notes + DEAD_LETTER_HEADERS_BYTES };
}
