import { ask } from './ask.ts';

/** A cluster as one of its brokers sees it. */
export interface ClusterView {
  readonly clusterId: string | null;
  /** Ids of the brokers that are registered and not fenced. */
  readonly brokerIds: readonly number[];
}

const METADATA = 3;
const METADATA_VERSION = 2;
const CORRELATION_ID = 7;

/**
 * Asks a broker on loopback for its cluster; undefined where it does not answer. Source: Kafka
 * protocol guide, Metadata API version 2.
 */
export async function askCluster(port: number): Promise<ClusterView | undefined> {
  const complete = (answer: Buffer) => answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0);
  const answer = await ask(port, metadataRequest(), complete);
  return answer === undefined ? undefined : parseMetadata(answer);
}

/** A Metadata request (version 2) for no topics. */
export function metadataRequest(): Buffer {
  const client = Buffer.from('epee-local');
  const body = Buffer.alloc(10 + client.length + 4);
  body.writeInt16BE(METADATA, 0);
  body.writeInt16BE(METADATA_VERSION, 2);
  body.writeInt32BE(CORRELATION_ID, 4);
  body.writeInt16BE(client.length, 8);
  client.copy(body, 10);
  body.writeInt32BE(0, 10 + client.length);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/** Reads the answer to {@link metadataRequest}; undefined for anything else. */
export function parseMetadata(answer: Buffer): ClusterView | undefined {
  try {
    let at = 4;
    const int = (bytes: 2 | 4) => {
      at += bytes;
      return bytes === 2 ? answer.readInt16BE(at - 2) : answer.readInt32BE(at - 4);
    };
    const string = () => {
      const length = int(2);
      if (length < 0) return null;
      at += length;
      return answer.toString('utf8', at - length, at);
    };
    if (int(4) !== CORRELATION_ID) return undefined;
    const brokerIds = Array.from({ length: int(4) }, () => {
      const id = int(4);
      string();
      int(4);
      string();
      return id;
    });
    return { clusterId: string(), brokerIds };
  } catch {
    return undefined;
  }
}
