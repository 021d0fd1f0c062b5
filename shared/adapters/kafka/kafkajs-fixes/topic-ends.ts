import { EpeeError } from '@epee/errors';
import type kafkajs from 'kafkajs';
import type { PartitionEnds } from '../types.ts';

/** What is used of the library's cluster, which its types do not show. */
interface LibraryCluster {
  isolationLevel?: number | undefined;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  fetchTopicsOffset(
    topics: readonly { topic: string; fromBeginning: boolean; partitions: readonly { partition: number }[] }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';
const [READ_UNCOMMITTED, READ_COMMITTED] = [0, 1];

/** An admin client of the library, and a function that asks its brokers where a topic's partitions begin and end. */
export interface AdminWithEnds {
  readonly admin: kafkajs.Admin;
  /** @throws the library's errors */
  ends(topic: string): Promise<PartitionEnds[]>;
}

/**
 * Makes an admin client that also tells last stable offsets. kafkajs 2.2.4 asks for ends at one level of isolation per cluster object and keeps that object to itself,
 * so it is caught where the client makes it.
 * @throws EpeeError INTERNAL for another version of kafkajs
 */
export function adminWithEnds(client: kafkajs.Kafka, retry: kafkajs.RetryOptions): AdminWithEnds {
  const own = client as unknown as Record<symbol, (options: object) => LibraryCluster>;
  const symbol = Object.getOwnPropertySymbols(own).find(({ description }) => description === CREATE_CLUSTER);
  if (symbol === undefined) throw new EpeeError('INTERNAL', `kafkajs has no ${CREATE_CLUSTER}: it is another version`, { stage: 'config' });
  const create = own[symbol]!;
  let cluster: LibraryCluster | null = null;
  own[symbol] = (options) => {
    cluster = create(options);
    return cluster;
  };
  const admin = client.admin({ retry });
  let last: Promise<unknown> = Promise.resolve();
  return {
    admin,
    ends(topic) {
      // One question at a time: the level of isolation is a field of the cluster.
      const asked = last.then(() => askEnds(cluster!, topic));
      last = asked.catch(() => undefined);
      return asked;
    },
  };
}

async function askEnds(cluster: LibraryCluster, topic: string): Promise<PartitionEnds[]> {
  await cluster.addTargetTopic(topic);
  await cluster.refreshMetadataIfNecessary();
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
  const ask = async (isolationLevel: number, fromBeginning: boolean) => {
    cluster.isolationLevel = isolationLevel;
    const answer = await cluster.fetchTopicsOffset([{ topic, fromBeginning, partitions }]);
    return new Map(answer[0]?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  };
  try {
    // The stable ends first: asked the other way round, they could lie behind the ends.
    const stable = await ask(READ_COMMITTED, false);
    const high = await ask(READ_UNCOMMITTED, false);
    const low = await ask(READ_UNCOMMITTED, true);
    return partitions.map(({ partition }) => {
      const end = high.get(partition) ?? 0n;
      return { partition, low: low.get(partition) ?? 0n, stable: stable.get(partition) ?? end, high: end };
    });
  } finally {
    cluster.isolationLevel = READ_UNCOMMITTED;
  }
}
