import type { Codec } from '@epee/avro';
import type { ImagingEvent } from '@epee/records';
import { POLICY_HEADER } from './note-record.ts';
import type { IngestRecord } from '../types.ts';

/**
 * The Kafka record of an image. The same document gives the same key.
 * @param policy named exit policy, or `null` for the worker's own
 */
export function imageRecord(image: ImagingEvent, codec: Pick<Codec, 'encodeImage'>, policy: string | null): IngestRecord {
  return { key: image.documentId, value: codec.encodeImage(image), headers: policy === null ? {} : { [POLICY_HEADER]: policy } };
}
