import type { PartitionSend } from '@epee/stream';

/** How a send is written that may be too large for its topic. */
export interface PartsOptions {
  /** Writes records and answers the first one's offset. */
  write(send: PartitionSend): Promise<bigint>;
  /** Whether an error means that the topic takes no send of this size; nothing of it was written then. */
  isTooLarge(error: unknown): boolean;
}

/**
 * Writes records in one send, or, where the topic refuses its size, in halves of it, in order. A topic may take less than was planned: its limit was lowered, or the
 * cluster did not tell it.
 * @returns the offset of each record
 * @throws what `write` throws; records before the one at fault are written then
 */
export async function writeInParts(send: PartitionSend, options: PartsOptions): Promise<bigint[]> {
  const { records } = send;
  try {
    const first = await options.write(send);
    return records.map((_, at) => first + BigInt(at));
  } catch (error) {
    if (records.length === 1 || !options.isTooLarge(error)) throw error;
    const middle = records.length >> 1;
    const front = await writeInParts({ ...send, records: records.slice(0, middle) }, options);
    return [...front, ...(await writeInParts({ ...send, records: records.slice(middle) }, options))];
  }
}
