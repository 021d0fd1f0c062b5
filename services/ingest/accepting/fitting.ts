import type { InputRecord } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { recordBytes } from '@epee/stream';

/** Bytes that one record of a topic may have. */
export type RecordMaxBytes = () => Promise<number>;

/**
 * Refuses a record that its topic can never take. While the limit is unknown it passes: the send will tell.
 * @throws EpeeError RECORD_TOO_LARGE
 */
export async function checkFits(record: InputRecord, recordMaxBytes: RecordMaxBytes | undefined): Promise<void> {
  const maxBytes = await recordMaxBytes?.().catch(() => undefined);
  const bytes = recordBytes(record);
  if (maxBytes === undefined || bytes <= maxBytes) return;
  throw new EpeeError('RECORD_TOO_LARGE', `The record of this request has ${bytes} bytes; its topic takes at most ${maxBytes}`, {
    stage: 'ingest',
    details: { bytes, maxBytes },
    hint: 'Send less in one note or image. The operator may raise max.message.bytes of the topic.',
  });
}
