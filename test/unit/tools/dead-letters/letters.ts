import type { FetchedRecord } from '@epee/stream';
import { type Letter, readLetter } from '../../../../tools/dead-letters/letter.ts';
import type { FullLetter } from '../../../../tools/dead-letters/settle.ts';

/** A record of the dead-letter topic with these headers. */
export function letterRecord(offset: bigint, headers: Record<string, string> = {}, over: Partial<FetchedRecord> = {}): FetchedRecord {
  const all = {
    'epee-code': 'ENGINE_WORKER_DIED',
    'epee-stage': 'engine',
    'epee-message': 'died',
    'epee-origin-topic': 'notes',
    'epee-origin-partition': '2',
    'epee-origin-offset': '40',
    'epee-attempts': '1',
    'epee-time': '1700000000000',
    ...headers,
  };
  return {
    offset,
    key: Buffer.from(`doc-${offset}`),
    value: Buffer.from('bytes'),
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, Buffer.from(value)])),
    timestampMs: 1_700_000_001_000,
    ...over,
  };
}

/** A letter with its bytes. */
export function fullLetter(offset: bigint, headers: Record<string, string> = {}, over: Partial<FetchedRecord> = {}): FullLetter {
  const record = letterRecord(offset, headers, over);
  return { record, letter: readLetter(0, record) };
}

/** A letter with other fields. */
export const letterWith = (over: Partial<Letter>): Letter => ({ ...fullLetter(1n).letter, ...over });
