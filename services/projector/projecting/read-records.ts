import type { Codec } from '@epee/avro';
import { resultToJson } from '@epee/records';
import type { ProjectionEntry } from '@epee/redis';
import { type FetchedRecord, recordFailure, recordVerdict } from '@epee/stream';
import type { FailedRecord } from './dead-letters.ts';

/** Records as they are projected, and those that cannot be. */
export interface ReadRecords {
  readonly entries: readonly ProjectionEntry[];
  readonly failures: readonly FailedRecord[];
}

/**
 * Decodes records of the results topic. A record at fault itself is among the failures.
 * @throws EpeeError what is no record's fault: SCHEMA_REGISTRY_UNREACHABLE and the like
 */
export async function readRecords(records: readonly FetchedRecord[], codec: Pick<Codec, 'decodeResult'>): Promise<ReadRecords> {
  const entries: ProjectionEntry[] = [];
  const failures: FailedRecord[] = [];
  for (const record of records) {
    if (record.failure !== undefined) {
      failures.push({ record, failure: record.failure });
      continue;
    }
    try {
      entries.push(await readRecord(record, codec));
    } catch (error) {
      if (recordVerdict(error) !== 'dead-letter') throw error;
      failures.push({ record, failure: recordFailure(error, 'decode') });
    }
  }
  return { entries, failures };
}

async function readRecord({ offset, value }: FetchedRecord, codec: Pick<Codec, 'decodeResult'>): Promise<ProjectionEntry> {
  const result = await codec.decodeResult(value);
  const { documentId, version, patientRef, processedAtMs } = result;
  return { offset, documentId, version, patientRef, processedAtMs, json: JSON.stringify(resultToJson(result)) };
}
