import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Offset, TopicPartition } from '@epee/stream';
import type kafkajs from 'kafkajs';
import type { RefusedPosition } from '../types.ts';
import { fetchedLog } from './fetched-log.ts';
import { type LibraryBroker, topicIds } from './log-requests.ts';

/** Answers where a partition resumes whose position the broker refused. */
export type OnRefused = (refused: Omit<RefusedPosition, 'epoch'>, heartbeat: () => Promise<void>) => Promise<Offset>;

/** What is needed of the library's view of a cluster. */
interface LibraryCluster {
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, unknown>>;
  findBroker(node: { readonly nodeId: string }): Promise<LibraryBroker>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning: true;
    }[],
  ): Promise<readonly { readonly partitions: readonly { readonly offset: string }[] }[]>;
}

/** What is needed of the library's group member. */
interface LibraryGroup {
  readonly cluster: LibraryCluster;
  readonly offsetManager: { nextOffset(topic: string, partition: number): { toString(): string } };
  heartbeat(options: { readonly interval: number }): Promise<void>;
  seek(to: TopicPartition & { readonly offset: string }): void;
  recoverFromOffsetOutOfRange(error: TopicPartition): Promise<void>;
}

/** A refused position is asked for again at once: without a pause a log that is being moved would be asked without end. */
const PAUSE_MS = 200;

const library = createRequire(import.meta.url);
const handlers = new WeakMap<object, { readonly onRefused: OnRefused; readonly heartbeatIntervalMs: number }>();
let isInstalled = false;

/**
 * Replaces what the library does about a position outside of the log, for the whole process: it
 * commits "the beginning" as the group's offset, in place of what was committed and whatever stood
 * beside it. Now nothing is committed, and the owner of the group member says where to resume.
 */
export function installOutOfRange(): void {
  if (isInstalled) return;
  const { prototype } = library('kafkajs/src/consumer/consumerGroup.js') as { readonly prototype: LibraryGroup };
  prototype.recoverFromOffsetOutOfRange = recover;
  isInstalled = true;
}

/** The assigner of the library's consumers, which is where it shows its cluster; its positions outside of logs go to `onRefused` then. */
export const assignerWith =
  (assigner: kafkajs.PartitionAssigner, onRefused: OnRefused, heartbeatIntervalMs: number): kafkajs.PartitionAssigner =>
  (config) => {
    handlers.set(config.cluster, { onRefused, heartbeatIntervalMs });
    return assigner(config);
  };

async function recover(this: LibraryGroup, { topic, partition }: TopicPartition): Promise<void> {
  const handler = handlers.get(this.cluster);
  const of = { topic, partition };
  const position = BigInt(this.offsetManager.nextOffset(topic, partition).toString());
  const log = await askForLog(this.cluster, of);
  const heartbeat = () => this.heartbeat({ interval: handler?.heartbeatIntervalMs ?? 0 });
  const resumeAt = handler === undefined ? log.start : await handler.onRefused({ ...of, position, log }, heartbeat);
  this.seek({ ...of, offset: resumeAt.toString() });
  await sleep(PAUSE_MS);
}

async function askForLog(cluster: LibraryCluster, { topic, partition }: TopicPartition) {
  await cluster.refreshMetadata();
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  const broker = await cluster.findBroker({ nodeId: nodeId ?? '' });
  const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }]);
  const ids = await topicIds(broker, [topic]);
  return fetchedLog(broker, { topic, partition, id: ids?.get(topic) ?? null, start: BigInt(answer?.partitions[0]?.offset ?? 0) });
}
