import { createRequire } from 'node:module';

/** A record of a fetch's answer, as the library decodes it. */
export interface LibraryRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  /** Markers; the library hands none of them out. */
  isControlRecord: boolean;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** A transaction that was aborted, as a fetch's answer lists it. */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** Type of an abort marker: version and type, 16 bits each. */
const ABORT = 0;

/**
 * Hides the records of aborted transactions from a reader of committed records, as markers are hidden. Brokers list aborted transactions in the order of their ends, and
 * several may have begun before the first record of a fetch; kafkajs 2.2.4 takes them one per record and in the order of the list, so that records of one that began
 * earlier but ended later come through. They stay in the answer, as the reader resumes behind its last record.
 */
export function hideAborted(records: readonly LibraryRecord[], aborted: readonly AbortedTransaction[]): void {
  const begun = aborted.toSorted((a, b) => Number(BigInt(a.firstOffset) - BigInt(b.firstOffset)));
  const open = new Set<string>();
  for (const record of records) {
    while (begun.length > 0 && BigInt(begun[0]!.firstOffset) <= BigInt(record.offset)) open.add(begun.shift()!.producerId);
    const { producerId, inTransaction } = record.batchContext ?? { producerId: '', inTransaction: false };
    if (!inTransaction || !open.has(producerId)) continue;
    if (!record.isControlRecord) record.isControlRecord = true;
    else if (record.key?.readInt16BE(2) === ABORT) open.delete(producerId);
  }
}

interface FetchAnswer {
  readonly responses?: readonly {
    readonly partitions: { readonly messages: LibraryRecord[]; abortedTransactions?: readonly AbortedTransaction[] | null }[];
  }[];
}

type Decode = (raw: unknown) => Promise<FetchAnswer>;

const library = createRequire(import.meta.url);
const VERSIONS = ['v4', 'v5', 'v7', 'v8', 'v11'] as const;
let isInstalled = false;

/** Lets every fetch of the library go through {@link hideAborted}, for the whole process. */
export function installAbortedFilter(): void {
  if (isInstalled) return;
  for (const version of VERSIONS) {
    const module = library(`kafkajs/src/protocol/requests/fetch/${version}/response.js`) as { decode: Decode };
    module.decode = filtering(module.decode);
  }
  isInstalled = true;
}

function filtering(decode: Decode): Decode {
  return async (raw) => {
    const answer = await decode(raw);
    for (const partition of (answer.responses ?? []).flatMap(({ partitions }) => partitions)) {
      hideAborted(partition.messages, partition.abortedTransactions ?? []);
      partition.abortedTransactions = [];
    }
    return answer;
  };
}
