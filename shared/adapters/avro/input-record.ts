import type { ClinicalNote, ImagingEvent } from '@epee/records';
import { POLICY_HEADER } from '@epee/stream';
import type { Codec } from './codec.ts';

/** A note or an image as a Kafka record. */
export interface InputRecord {
  /** The documentId: the same document always goes to the same partition. */
  readonly key: string;
  /** Avro in Confluent's wire format. */
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The Kafka record of a note. The same document gives the same key.
 * @param policy named exit policy, or `null` for the worker's own
 */
export function noteRecord(note: ClinicalNote, codec: Pick<Codec, 'encodeNote'>, policy: string | null): InputRecord {
  return { key: note.documentId, value: codec.encodeNote(note), headers: policyHeader(policy) };
}

/**
 * The Kafka record of an image. The same document gives the same key.
 * @param policy named exit policy, or `null` for the worker's own
 */
export function imageRecord(image: ImagingEvent, codec: Pick<Codec, 'encodeImage'>, policy: string | null): InputRecord {
  return { key: image.documentId, value: codec.encodeImage(image), headers: policyHeader(policy) };
}

const policyHeader = (policy: string | null): Record<string, string> => (policy === null ? {} : { [POLICY_HEADER]: policy });
