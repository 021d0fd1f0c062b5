import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { type DataFolder, markPrepared, openDataFolder, renewDataFolder } from './data-folder.ts';
import { type KafkaNodePorts, kafkaProperties } from './kafka-properties.ts';
import { javaCommand } from './requirements.ts';
import { runTool } from './run-tool.ts';

/** Kafka's version, as in pom.xml. */
export const KAFKA_VERSION = '4.1.0';

interface KafkaMarker {
  readonly kafka: string;
  readonly brokers: number;
  readonly clusterId: string;
}

/** Java options for every Kafka program here: a small heap, and a fast start before peak speed. */
export const JAVA_OPTIONS = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

/** Kafka's data folder as found: prepared by this version for this number of brokers, or not. */
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

/**
 * Writes each node's `server.properties` for its present ports and, where the folder holds no cluster yet, formats its storage.
 *
 * @returns the cluster's id
 * @throws EpeeError STACK_START_FAILED when Kafka's own format tool fails, with its output
 */
export async function prepareKafkaData({
  dir,
  nodes,
  classPath,
}: {
  dir: string;
  nodes: readonly KafkaNodePorts[];
  classPath: string;
}): Promise<string> {
  const known = openKafkaData(dir, nodes.length).prepared;
  if (known === undefined) renewDataFolder(dir);
  for (const node of nodes) {
    const folder = nodeFolder(dir, node.nodeId);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'server.properties'), kafkaProperties(node, nodes, join(folder, 'data')));
  }
  if (known !== undefined) return known.clusterId;
  const clusterId = newClusterId();
  await Promise.all(nodes.map(({ nodeId }) => formatStorage(nodeFolder(dir, nodeId), clusterId, classPath)));
  markPrepared<KafkaMarker>(dir, { kafka: KAFKA_VERSION, brokers: nodes.length, clusterId });
  return clusterId;
}

/** A cluster id as Kafka makes them: 16 random bytes in URL-safe base64; never with a leading dash, which the format tool would take for an option. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

async function formatStorage(folder: string, clusterId: string, classPath: string): Promise<void> {
  const args = [
    ...JAVA_OPTIONS,
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    join(folder, 'server.properties'),
  ];
  const { exitCode, output } = await runTool(javaCommand(), args, { timeoutMs: 60_000, cwd: folder });
  if (exitCode !== 0)
    throw new EpeeError('STACK_START_FAILED', `Kafka could not format its storage in ${folder}:\n${output.slice(-2000)}`, {
      stage: 'stack',
    });
}
