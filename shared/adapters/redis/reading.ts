import { completeResult } from '@epee/records';
import type { Redis } from 'ioredis';
import { hashedId, patientKey, RESULT_KEYS, resultKey } from './keys.ts';
import type { PatientDocument, StoredResult } from './types.ts';

const SCAN_COUNT = 1000;

/** The latest result of a document, or null. Fields newer than the stored JSON get their defaults. */
export async function getResult(client: Redis, documentId: string): Promise<StoredResult | null> {
  const [version, topicPartition, offset, result, updatedAtMs] = await client.hmget(
    resultKey(documentId),
    'version',
    'topicPartition',
    'offset',
    'result',
    'updatedAtMs',
  );
  if (!version || !topicPartition || !offset || !result) return null;
  return {
    version: BigInt(version),
    topicPartition,
    offset: BigInt(offset),
    result: completeResult(JSON.parse(result)),
    updatedAtMs: Number(updatedAtMs),
  };
}

/**
 * A patient's documents, the latest result first. The index and the documents lie in different hash
 * slots and change one after the other; so each document is asked whether it still belongs to this
 * patient.
 */
export async function listByPatient(client: Redis, patientRef: string, limit: number): Promise<PatientDocument[]> {
  const patient = hashedId(patientRef);
  const members = await client.zrevrange(patientKey(patient), 0, limit - 1, 'WITHSCORES');
  const listed = Array.from({ length: members.length / 2 }, (_, at) => ({
    documentId: members[2 * at]!,
    processedAtMs: Number(members[2 * at + 1]),
  }));
  const pipeline = client.pipeline();
  for (const { documentId } of listed) pipeline.hmget(resultKey(documentId), 'version', 'patient');
  const answers = listed.length === 0 ? [] : ((await pipeline.exec()) ?? []);
  return listed.flatMap(({ documentId, processedAtMs }, at) => {
    const [error, answer] = answers[at]!;
    if (error !== null) throw error;
    const [version, owner] = answer as [string | null, string | null];
    return version !== null && owner === patient ? [{ documentId, version: BigInt(version), processedAtMs }] : [];
  });
}

/** Number of documents with a result. A scan may meet a key twice, hence the set. */
export async function countResults(client: Redis): Promise<number> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await client.scan(cursor, 'MATCH', RESULT_KEYS, 'COUNT', SCAN_COUNT);
    for (const key of found) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  return keys.size;
}
