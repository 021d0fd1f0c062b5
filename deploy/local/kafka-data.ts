import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { type DataFolder, markPrepared, openDataFolder, renewDataFolder } from './data-folder.ts';
import { type KafkaAccounts, type KafkaNodePorts, kafkaProperties } from './kafka-properties.ts';
import { javaCommand } from './requirements.ts';
import { runTool } from './run-tool.ts';

/** Version of Kafka, as in pom.xml. */
export const KAFKA_VERSION = '4.1.0';

interface KafkaMarker {
  readonly kafka: string;
  readonly brokers: number;
  readonly clusterId: string;
}

/** Java options of every Kafka program: a small heap, and a fast start rather than peak speed. */
export const JAVA_OPTIONS = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

/** Opens Kafka's data folder: prepared only for this version and this number of brokers. */
export function openKafkaData(dir: string, brokers: number): DataFolder<KafkaMarker> {
  return openDataFolder<KafkaMarker>(
    dir,
    (marker) => marker.kafka === KAFKA_VERSION && marker.brokers === brokers && typeof marker.clusterId === 'string',
  );
}

/** The folder of one node. */
export function nodeFolder(dir: string, nodeId: number): string {
  return join(dir, `node-${nodeId}`);
}

/** Options of {@link prepareKafkaData}. */
export interface PrepareOptions {
  readonly dir: string;
  readonly nodes: readonly KafkaNodePorts[];
  /** First metadata of a new cluster, see {@link KafkaProgram}. */
  readonly checkpoint: string;
  /** Who may log in, see {@link kafkaProperties}. @default nobody */
  readonly accounts?: KafkaAccounts | undefined;
}

/**
 * Writes `server.properties` of each node for its current ports. In a folder without a cluster it
 * also writes what Kafka's format tool would: the first metadata of the cluster, and the identity
 * of each folder (`meta.properties`, version 1).
 *
 * @returns the cluster's id
 */
export function prepareKafkaData({ dir, nodes, checkpoint, accounts }: PrepareOptions): string {
  const known = openKafkaData(dir, nodes.length).prepared;
  if (known === undefined) renewDataFolder(dir);
  const clusterId = known?.clusterId ?? newClusterId();
  for (const node of nodes) {
    const data = join(nodeFolder(dir, node.nodeId), 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(nodeFolder(dir, node.nodeId), 'server.properties'), kafkaProperties(node, nodes, data, accounts));
    if (known !== undefined) continue;
    copyFileSync(checkpoint, join(data, 'bootstrap.checkpoint'));
    writeFileSync(join(data, 'meta.properties'), metaProperties(clusterId, node.nodeId));
  }
  if (known === undefined) markPrepared<KafkaMarker>(dir, { kafka: KAFKA_VERSION, brokers: nodes.length, clusterId });
  return clusterId;
}

const metaProperties = (clusterId: string, nodeId: number) =>
  `version=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\ndirectory.id=${newClusterId()}\n`;

/**
 * A cluster id in Kafka's form: 16 random bytes in URL-safe base64. It never begins with a dash,
 * which the format tool would take for an option.
 */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

/**
 * Runs Kafka's own format tool for the folders that a `server.properties` names.
 * @throws EpeeError STACK_START_FAILED when it fails, with its output
 */
export async function formatStorage(properties: string, clusterId: string, javaArgs: readonly string[]): Promise<void> {
  const args = [...javaArgs, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  const { exitCode, output } = await runTool(javaCommand(), args, { timeoutMs: 60_000 });
  if (exitCode !== 0)
    throw new EpeeError('STACK_START_FAILED', `Kafka could not format its storage (${properties}):\n${output.slice(-2000)}`, {
      stage: 'stack',
    });
}
