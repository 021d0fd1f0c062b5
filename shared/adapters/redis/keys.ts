import { createHash } from 'node:crypto';

/** The capped stream of what was written. Same hash slot as {@link OFFSETS_KEY}. */
export const STREAM_KEY = 'epee:results';

/**
 * Hash of the last projected offset by topic partition. Its tag is the whole name of {@link
 * STREAM_KEY}, which puts both in one slot.
 */
export const OFFSETS_KEY = 'epee:offsets:{epee:results}';

/** Pattern that matches every {@link resultKey}. */
export const RESULT_KEYS = 'epee:result:{*}';

/**
 * First 32 hex digits of the SHA-256 of an id. Keys show up in slow logs, monitors and key
 * listings, where document ids and patient references do not belong. It hides an id from casual
 * eyes; whoever can guess ids can compute it too.
 */
export function hashedId(id: string): string {
  return createHash('sha256').update(id, 'utf8').digest('hex').slice(0, 32);
}

/**
 * Hash with the latest result of a document: version, topicPartition, offset, patient (hashed),
 * result (JSON), updatedAtMs, life (number of the life of the log, see {@link lifeField}).
 */
export function resultKey(documentId: string): string {
  return `epee:result:{${hashedId(documentId)}}`;
}

/** Sorted set of document ids by the time of their result, from a hashed patient reference. */
export function patientKey(hashedPatientRef: string): string {
  return `epee:patient:{${hashedPatientRef}}`;
}

/** Field of {@link OFFSETS_KEY} for a topic partition, also kept beside each result. */
export function partitionField({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

/**
 * Field of {@link OFFSETS_KEY} for the life of a topic partition's log: its number, a space, the id
 * of the topic. The counter of imports keeps the id alone.
 */
export const lifeField = (partition: Parameters<typeof partitionField>[0]): string => `life:${partitionField(partition)}`;
