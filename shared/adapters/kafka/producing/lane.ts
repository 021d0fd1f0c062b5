import { type PartitionSend, recordBytes, type SubBatchLimits } from '@epee/stream';
import { writeInParts } from './in-parts.ts';

/** Writes to one partition. */
export interface LaneOptions {
  /** Writes records and answers the first one's offset. */
  write(send: PartitionSend): Promise<bigint>;
  /** What one write may have now. */
  limits(): SubBatchLimits;
  /** Whether an error means that the topic takes no send of this size; nothing of it was written then. */
  isTooLarge(error: unknown): boolean;
}

interface Waiting {
  readonly send: PartitionSend;
  readonly bytes: number;
  resolve(offsets: readonly bigint[]): void;
  reject(error: Error): void;
}

/**
 * Sends to one partition, one at a time; what comes meanwhile travels together in the next, within the limits. What is refused as too large is sent in parts, so that
 * only the record at fault fails.
 * @returns a function that answers the offset of each record of its own send, and rejects as the write does in which its records travelled
 */
export function createLane(options: LaneOptions): (send: PartitionSend) => Promise<readonly bigint[]> {
  const queue: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    while (queue.length > 0) await settle(takeGroup(queue, options.limits()), options);
    running = false;
  }

  return (send) =>
    new Promise((resolve, reject) => {
      queue.push({ send, bytes: send.records.reduce((sum, record) => sum + recordBytes(record), 0), resolve, reject });
      if (!running) void drain();
    });
}

/** Writes a group together; where that is too large, its halves; a single send in parts. */
async function settle(group: readonly Waiting[], options: LaneOptions): Promise<void> {
  try {
    if (group.length === 1) return group[0]!.resolve(await writeInParts(group[0]!.send, options));
    let offset = await options.write({ ...group[0]!.send, records: group.flatMap(({ send }) => send.records) });
    for (const { send, resolve } of group) {
      resolve(send.records.map((_, at) => offset + BigInt(at)));
      offset += BigInt(send.records.length);
    }
  } catch (error) {
    if (group.length > 1 && options.isTooLarge(error)) {
      const middle = group.length >> 1;
      await settle(group.slice(0, middle), options);
      return settle(group.slice(middle), options);
    }
    for (const { reject } of group) reject(error as Error);
  }
}

function takeGroup(queue: Waiting[], { maxRecords, maxBytes }: SubBatchLimits): Waiting[] {
  let records = 0;
  let bytes = 0;
  const more = queue.findIndex((waiting, at) => {
    records += waiting.send.records.length;
    bytes += waiting.bytes;
    return at > 0 && (records > maxRecords || bytes > maxBytes);
  });
  return queue.splice(0, more === -1 ? queue.length : more);
}
