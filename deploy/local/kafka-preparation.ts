import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { withFileLock } from './file-lock.ts';
import { formatStorage, JAVA_OPTIONS, newClusterId } from './kafka-data.ts';
import { askCluster } from './kafka-probe.ts';
import { kafkaProperties } from './kafka-properties.ts';
import type { Libraries, LibrariesOptions } from './libraries.ts';
import { findFreePorts } from './ports.ts';
import { javaCommand } from './requirements.ts';
import { runTool } from './run-tool.ts';
import { startServer } from './start-server.ts';

/** What makes a start of Kafka cheap: made once for each pair of Kafka and Java. */
export interface KafkaProgram {
  /** Java options and class path, ready for a main class behind them. */
  readonly javaArgs: readonly string[];
  /** The first metadata of a new cluster, as Kafka's format tool writes it; the same for every cluster. */
  readonly checkpoint: string;
}

const DUMP_MS = 120_000;

/**
 * Kafka, ready to be started. The first time, it is started once and stopped again, to keep what its format tool writes and an archive of its loaded classes
 * (application class-data sharing): a start then takes less than half the processor time.
 *
 * @throws EpeeError STACK_START_FAILED, INTERRUPTED
 */
export async function prepareKafkaProgram(libraries: Libraries, options: LibrariesOptions): Promise<KafkaProgram> {
  const folder = join(libraries.folder, `kafka-${await javaFingerprint()}`);
  const classPath = libraries.kafkaJars.join(':');
  const archive = join(folder, 'classes.jsa');
  const program: KafkaProgram = {
    javaArgs: [...JAVA_OPTIONS, `-XX:SharedArchiveFile=${archive}`, '-cp', classPath],
    checkpoint: join(folder, 'bootstrap.checkpoint'),
  };
  if (existsSync(folder)) return program;
  const onWait = (holder: number) => options.onProgress?.(`Waiting for process ${holder}, which is preparing Kafka`);
  await withFileLock(
    join(libraries.folder, 'prepare.lock'),
    async () => {
      if (!existsSync(folder)) await makePreparation(folder, classPath, options);
    },
    { onWait, signal: options.signal },
  );
  return program;
}

async function makePreparation(folder: string, classPath: string, { onProgress, signal }: LibrariesOptions): Promise<void> {
  removeLeftovers(join(folder, '..'));
  const partial = `${folder}.partial-${randomUUID()}`;
  const run = join(partial, 'run');
  mkdirSync(run, { recursive: true });
  onProgress?.('Preparing Kafka for fast starts (only once) ...');
  const startedMs = performance.now();
  try {
    await runOnce(run, { partial, classPath, signal });
    copyFileSync(join(run, 'data', 'bootstrap.checkpoint'), join(partial, 'bootstrap.checkpoint'));
    rmSync(run, { recursive: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  onProgress?.(`Prepared Kafka in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

interface Rehearsal {
  readonly partial: string;
  readonly classPath: string;
  readonly signal: AbortSignal | undefined;
}

async function runOnce(folder: string, { partial, classPath, signal }: Rehearsal): Promise<void> {
  const [port = 0, controllerPort = 0] = await findFreePorts([0, 0]);
  const node = { nodeId: 1, port, controllerPort };
  const clusterId = newClusterId();
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, kafkaProperties(node, [node], join(folder, 'data')));
  await formatStorage(properties, clusterId, [...JAVA_OPTIONS, '-cp', classPath]);
  const server = await startServer({
    name: 'Kafka (being prepared)',
    command: javaCommand(),
    args: [...JAVA_OPTIONS, `-XX:ArchiveClassesAtExit=${join(partial, 'classes.jsa')}`, '-cp', classPath, 'kafka.Kafka', properties],
    cwd: folder,
    logFile: join(folder, 'server.log'),
    stopMs: DUMP_MS,
    abandonMs: 0,
    removeDir: partial,
    signal,
    ready: async () => (await askCluster(port))?.clusterId === clusterId,
  });
  // Java writes the archive while it ends.
  await server.stop();
  if (signal?.aborted)
    throw new EpeeError('INTERRUPTED', 'The preparation of Kafka was interrupted; it starts anew next time', { stage: 'stack' });
}

/** Folders of preparations whose process was killed; called under the lock, so none of them is in use. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.includes('.partial-')) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

const fingerprints = new Map<string, Promise<string>>();

/** An archive of classes fits one build of Java only. */
function javaFingerprint(): Promise<string> {
  const java = javaCommand();
  const known = fingerprints.get(java);
  if (known !== undefined) return known;
  const asked = runTool(java, ['-version']).then(({ output }) => createHash('sha256').update(output).digest('hex').slice(0, 12));
  fingerprints.set(java, asked);
  return asked;
}
