import { join } from 'node:path';
import type { GuardedProcess } from './guarded-process.ts';
import { nodeFolder } from './kafka-data.ts';
import { askCluster } from './kafka-probe.ts';
import type { KafkaNodePorts } from './kafka-properties.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { javaCommand } from './requirements.ts';
import { startServer } from './start-server.ts';

/** One broker of a running cluster. */
export interface KafkaNode {
  readonly nodeId: number;
  readonly port: number;
  identity(): ProcessIdentity;
  running(): boolean;
  /** Stops it cleanly. */
  stop(): Promise<void>;
  /** SIGKILL; settles when the process has ended. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, and waits until it serves. */
  restart(): Promise<void>;
  /** Sends it a signal, for example SIGSTOP. */
  signal(name: NodeJS.Signals): void;
  release(): void;
}

/** Options of {@link launchNodes}. */
export interface LaunchOptions {
  readonly dir: string;
  readonly nodes: readonly KafkaNodePorts[];
  /** Java options with the class path. */
  readonly javaArgs: readonly string[];
  readonly clusterId: string;
  readonly startMs?: number | undefined;
  readonly removeDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Time limit for a clean stop of a broker, milliseconds. */
export const KAFKA_STOP_MS = 15_000;

/**
 * Starts every node and waits until all are registered. Where one fails, the others are stopped.
 *
 * @throws EpeeError STACK_START_FAILED, INTERRUPTED
 */
export async function launchNodes(options: LaunchOptions): Promise<KafkaNode[]> {
  const starts = await Promise.allSettled(options.nodes.map((node) => launchNode(node, options, options.nodes.length)));
  const failure = starts.find((start) => start.status === 'rejected');
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  if (failure === undefined) return running;
  await Promise.all(running.map((node) => node.stop()));
  throw failure.reason;
}

async function launchNode(ports: KafkaNodePorts, options: LaunchOptions, brokers: number): Promise<KafkaNode> {
  let server = await launch(ports, options, brokers);
  return {
    ...ports,
    identity: () => server.identity,
    running: () => server.running(),
    stop: async () => {
      await server.stop();
    },
    kill: async () => {
      server.signal('SIGKILL');
      await server.ended;
    },
    restart: async () => {
      await server.stop();
      server = await launch(ports, options, 1);
    },
    signal: (name) => server.signal(name),
    release: () => server.release(),
  };
}

function launch({ nodeId, port }: KafkaNodePorts, options: LaunchOptions, brokers: number): Promise<GuardedProcess> {
  const { dir, javaArgs, clusterId, startMs, removeDir, signal } = options;
  const folder = nodeFolder(dir, nodeId);
  return startServer({
    name: `Kafka broker ${nodeId}`,
    command: javaCommand(),
    args: [...javaArgs, 'kafka.Kafka', join(folder, 'server.properties')],
    cwd: folder,
    logFile: join(folder, 'server.log'),
    stopMs: KAFKA_STOP_MS,
    startMs,
    signal,
    ...(removeDir ? { removeDir } : {}),
    ready: async () => {
      const view = await askCluster(port);
      return view?.clusterId === clusterId && view.brokerIds.includes(nodeId) && view.brokerIds.length >= brokers;
    },
  });
}
