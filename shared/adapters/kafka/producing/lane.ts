import { type PartitionSend, recordBytes, SEND_LIMITS } from '@epee/stream';

interface Waiting {
  readonly send: PartitionSend;
  readonly bytes: number;
  resolve(baseOffset: bigint): void;
  reject(error: Error): void;
}

/**
 * Sends to one partition, one at a time; what comes meanwhile travels together in the next, within {@link SEND_LIMITS}.
 * @param sendMerged writes records and answers the first one's offset
 * @returns a function that answers the offset of the first record of its own send, and rejects as the send does in which its records travelled
 */
export function createLane(sendMerged: (send: PartitionSend) => Promise<bigint>): (send: PartitionSend) => Promise<bigint> {
  const queue: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      const group = takeGroup(queue);
      try {
        let offset = await sendMerged({ ...group[0]!.send, records: group.flatMap(({ send }) => send.records) });
        for (const { send, resolve } of group) {
          resolve(offset);
          offset += BigInt(send.records.length);
        }
      } catch (error) {
        for (const { reject } of group) reject(error as Error);
      }
    }
    running = false;
  }

  return (send) =>
    new Promise((resolve, reject) => {
      queue.push({ send, bytes: send.records.reduce((sum, record) => sum + recordBytes(record), 0), resolve, reject });
      if (!running) void drain();
    });
}

function takeGroup(queue: Waiting[]): Waiting[] {
  let records = 0;
  let bytes = 0;
  const more = queue.findIndex((waiting, at) => {
    records += waiting.send.records.length;
    bytes += waiting.bytes;
    return at > 0 && (records > SEND_LIMITS.maxRecords || bytes > SEND_LIMITS.maxBytes);
  });
  return queue.splice(0, more === -1 ? queue.length : more);
}
