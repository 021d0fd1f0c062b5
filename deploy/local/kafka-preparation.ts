import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { withFileLock } from './file-lock.ts';
import { formatStorage, JAVA_OPTIONS, newClusterId } from './kafka-data.ts';
import { askCluster } from './kafka-probe.ts';
import { kafkaProperties } from './kafka-properties.ts';
import { type Libraries, type LibrariesOptions, removePartial } from './libraries.ts';
import { findFreePorts } from './ports.ts';
import { javaCommand } from './requirements.ts';
import { runTool } from './run-tool.ts';
import { startServer } from './start-server.ts';

/** Files for fast starts of Kafka, made once per version of Kafka and Java. */
export interface KafkaProgram {
  /** Java options and class path; a main class follows them. */
  readonly javaArgs: readonly string[];
  /** First metadata of a new cluster, as Kafka's format tool writes it. */
  readonly checkpoint: string;
}

const DUMP_MS = 120_000;

/**
 * Prepares Kafka for fast starts. The first call starts Kafka once and stops it again. It keeps the
 * output of the format tool and an archive of the loaded classes (application class-data sharing).
 * Later starts then take less than half the processor time.
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
  removePartial(join(folder, '..'));
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
  // Java writes the archive when it ends.
  await server.stop();
  if (signal?.aborted)
    throw new EpeeError('INTERRUPTED', 'The preparation of Kafka was interrupted; the next start begins it again', { stage: 'stack' });
}

const fingerprints = new Map<string, Promise<string>>();

/** An archive of classes fits only one build of Java. */
function javaFingerprint(): Promise<string> {
  const java = javaCommand();
  const known = fingerprints.get(java);
  if (known !== undefined) return known;
  const asked = runTool(java, ['-version']).then(({ output }) => createHash('sha256').update(output).digest('hex').slice(0, 12));
  fingerprints.set(java, asked);
  return asked;
}
