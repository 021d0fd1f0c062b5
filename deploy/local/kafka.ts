import { EpeeError } from '@epee/errors';
import { renewDataFolder } from './data-folder.ts';
import { openKafkaData, prepareKafkaData } from './kafka-data.ts';
import { type KafkaNode, launchNodes } from './kafka-nodes.ts';
import { type KafkaProgram, prepareKafkaProgram } from './kafka-preparation.ts';
import type { KafkaAccounts, KafkaNodePorts } from './kafka-properties.ts';
import { ensureLibraries, type LibrariesOptions } from './libraries.ts';
import { findFreePorts } from './ports.ts';

/** Options of starting Kafka. */
export interface KafkaOptions extends LibrariesOptions {
  /** Folder for data and logs; a cluster of the same size in it is used again. */
  readonly dir: string;
  /** Port of the first broker; where it is taken, another is chosen. @default any free port */
  readonly port?: number | undefined;
  /** Brokers; each is a controller, too. @default 1 */
  readonly brokers?: number | undefined;
  /** Heap of each broker, MiB. @default 512 */
  readonly heapMb?: number | undefined;
  /** Accounts that log in at a port of their own and may do what access control lists allow. @default none */
  readonly accounts?: KafkaAccounts | undefined;
  /** Time limit for the start, milliseconds. @default 60000 */
  readonly startMs?: number | undefined;
  /** Folder to delete where the servers end because this process has died. */
  readonly removeDir?: string | undefined;
}

/** A running Kafka cluster. */
export interface LocalKafka {
  /** Port of the first broker. */
  readonly port: number;
  /** Process id of the first broker. */
  readonly pid: number;
  /** Addresses of all brokers, in the form of `EPEE_KAFKA_BROKERS`. */
  readonly bootstrap: string;
  /** The addresses at which accounts log in; empty without {@link KafkaOptions.accounts}. */
  readonly loginBootstrap: string;
  readonly nodes: readonly KafkaNode[];
  /** Stops all brokers cleanly. */
  stop(): Promise<void>;
  /** Lets the brokers outlive this process. */
  release(): void;
}

const PORT_TRIES = 4;

/**
 * Starts Kafka (KRaft, no Docker, loopback only) and waits until every broker is registered. Kafka
 * ends with this process unless released. Data that Kafka cannot start from is kept as
 * `<dir>.broken`, and Kafka starts empty.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING, STACK_START_FAILED (with the end of the broker's
 * log), INTERRUPTED
 */
export async function startKafka(options: KafkaOptions): Promise<LocalKafka> {
  const { dir, brokers = 1, onProgress } = options;
  const libraries = await ensureLibraries(options);
  const program = await prepareKafkaProgram(libraries, options);
  const fresh = openKafkaData(dir, brokers).prepared === undefined;
  try {
    return await startOnFreePorts({ ...options, program, renew: fresh });
  } catch (error) {
    if (fresh || !(error instanceof EpeeError) || error.details.ended !== true) throw error;
    onProgress?.(`Kafka could not start from the data in ${dir}. The data are kept as ${dir}.broken, and Kafka starts empty`);
    return startOnFreePorts({ ...options, program, renew: true });
  }
}

interface Launch extends KafkaOptions {
  readonly program: KafkaProgram;
  readonly renew: boolean;
}

async function startOnFreePorts({
  dir,
  port = 0,
  brokers = 1,
  heapMb,
  program,
  renew,
  startMs,
  removeDir,
  signal,
  accounts,
}: Launch): Promise<LocalKafka> {
  // Java uses the last of two heap sizes.
  const javaArgs = heapMb === undefined ? program.javaArgs : [...program.javaArgs, `-Xmx${heapMb}m`];
  if (renew) renewDataFolder(dir);
  for (let attempt = 1; ; attempt++) {
    const nodes = await choosePorts(brokers, attempt === 1 ? port : 0, accounts !== undefined);
    try {
      const clusterId = prepareKafkaData({ dir, nodes, checkpoint: program.checkpoint, accounts });
      const running = await launchNodes({ dir, nodes, javaArgs, clusterId, startMs, removeDir, signal });
      return asCluster(running, nodes);
    } catch (error) {
      // Another program may take the port between the check and Kafka's bind.
      if (attempt === PORT_TRIES || !(error instanceof EpeeError) || error.details.portTaken !== true) throw error;
    }
  }
}

async function choosePorts(brokers: number, preferred: number, withLogin: boolean): Promise<KafkaNodePorts[]> {
  const ports = await findFreePorts([preferred, ...Array<number>(3 * brokers - 1).fill(0)]);
  return Array.from({ length: brokers }, (_, at) => ({
    nodeId: at + 1,
    port: ports[at]!,
    controllerPort: ports[brokers + at]!,
    ...(withLogin ? { loginPort: ports[2 * brokers + at]! } : {}),
  }));
}

function asCluster(nodes: readonly KafkaNode[], ports: readonly KafkaNodePorts[]): LocalKafka {
  const first = nodes[0]!;
  return {
    port: first.port,
    get pid() {
      return first.identity().pid;
    },
    bootstrap: nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
    loginBootstrap: ports.flatMap(({ loginPort }) => (loginPort === undefined ? [] : [`127.0.0.1:${loginPort}`])).join(','),
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
    release: () => {
      for (const node of nodes) node.release();
    },
  };
}
