import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EpeeError } from '@epee/errors';
import { withFileLock } from './file-lock.ts';
import { startGuarded } from './guarded-process.ts';
import { tail } from './log-tail.ts';
import { checkRequirements } from './requirements.ts';

/**
 * Files that Maven has fetched: Kafka's class path, and the jar that holds redis-server programs.
 */
export interface Libraries {
  /** Folder of the files; the extracted redis-server is there, too. */
  readonly folder: string;
  /** Every jar of Kafka's class path, in a fixed order. */
  readonly kafkaJars: readonly string[];
  readonly redisJar: string;
}

/** Options of fetching the libraries. */
export interface LibrariesOptions {
  /** @default {@link defaultCacheFolder} */
  readonly cacheDir?: string | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The Maven program. @default 'mvn' */
  readonly maven?: string;
}

const POM = fileURLToPath(new URL('./pom.xml', import.meta.url));
const LISTING = 'complete.json';
const FETCH_LIMIT_MS = 600_000;

/** `$XDG_CACHE_HOME/epee-stream`, else `~/.cache/epee-stream`. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'epee-stream');
}

/** The fetched libraries, where all are on disk with their sizes; else undefined. */
export function findLibraries(cacheDir: string = defaultCacheFolder()): Libraries | undefined {
  const folder = join(cacheDir, `local-stack-${pomDigest()}`);
  const listing = readListing(folder);
  if (listing === undefined) return undefined;
  const names = Object.keys(listing).sort();
  const whole = names.every((name) => existsSync(join(folder, name)) && statSync(join(folder, name)).size === listing[name]);
  const redisJar = names.find((name) => name.startsWith('embedded-redis-'));
  if (!whole || redisJar === undefined) return undefined;
  return {
    folder,
    kafkaJars: names.filter((name) => name !== redisJar).map((name) => join(folder, name)),
    redisJar: join(folder, redisJar),
  };
}

/**
 * The libraries of the local stack: from the cache, else fetched with Maven (versions pinned in
 * pom.xml). A fetch writes to its own folder, which is renamed when complete, so an interrupted
 * fetch leaves nothing half done. A second process waits for the first.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING without Java or Maven; STACK_START_FAILED when Maven
 * fails, with the end of its output; INTERRUPTED
 */
export async function ensureLibraries(options: LibrariesOptions = {}): Promise<Libraries> {
  const { cacheDir = defaultCacheFolder(), onProgress, signal } = options;
  const found = findLibraries(cacheDir);
  if (found !== undefined) return found;
  makeCacheFolder(cacheDir);
  const onWait = (holder: number) => onProgress?.(`Waiting for process ${holder}, which is fetching Kafka and Redis`);
  return withFileLock(join(cacheDir, 'fetch.lock'), async () => findLibraries(cacheDir) ?? (await fetchLibraries(cacheDir, options)), {
    onWait,
    signal,
  });
}

function makeCacheFolder(cacheDir: string): void {
  try {
    mkdirSync(cacheDir, { recursive: true });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new EpeeError('STACK_START_FAILED', `The cache folder ${cacheDir} cannot be created (${reason})`, {
      stage: 'stack',
      hint: 'Set XDG_CACHE_HOME to a folder that you may write to.',
      cause,
    });
  }
}

async function fetchLibraries(cacheDir: string, { onProgress, signal, maven = 'mvn' }: LibrariesOptions): Promise<Libraries> {
  await checkRequirements({ maven });
  removePartial(cacheDir);
  const folder = join(cacheDir, `local-stack-${pomDigest()}`);
  const partial = `${folder}.partial-${randomUUID()}`;
  mkdirSync(partial, { recursive: true });
  onProgress?.('Fetching Kafka 4.1.0 and Redis with Maven (about 55 MB, only once) ...');
  const startedMs = performance.now();
  try {
    await runMaven(maven, partial, signal);
    writeListing(partial);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  onProgress?.(`Fetched Kafka and Redis in ${((performance.now() - startedMs) / 1000).toFixed(1)} s into ${folder}`);
  const libraries = findLibraries(cacheDir);
  if (libraries === undefined)
    throw new EpeeError('STACK_START_FAILED', `Maven succeeded, but ${folder} is not complete`, { stage: 'stack' });
  return libraries;
}

async function runMaven(maven: string, outputFolder: string, signal: AbortSignal | undefined): Promise<void> {
  const logFile = join(outputFolder, 'maven.out');
  const args = ['-B', '-q', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${outputFolder}`];
  const run = await startGuarded({ command: maven, args, cwd: outputFolder, logFile, stopMs: 2000, abandonMs: 0, removeDir: outputFolder });
  const timer = setTimeout(() => run.stop(), FETCH_LIMIT_MS);
  const onAbort = () => void run.stop();
  signal?.addEventListener('abort', onAbort);
  const { exitCode } = await run.ended;
  clearTimeout(timer);
  signal?.removeEventListener('abort', onAbort);
  if (signal?.aborted)
    throw new EpeeError('INTERRUPTED', 'The fetch of Kafka and Redis was interrupted; the next start begins it again', { stage: 'stack' });
  if (exitCode !== 0) {
    throw new EpeeError('STACK_START_FAILED', `Maven could not fetch Kafka and Redis; the end of its output:\n${tail(logFile)}`, {
      stage: 'stack',
      hint: 'Check the network and the mirrors in ~/.m2/settings.xml, then run the same command again.',
    });
  }
  rmSync(logFile);
}

/**
 * Deletes the partial folders of processes that were killed. The caller holds the lock, so none is
 * in use.
 */
export function removePartial(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (name.includes('.partial-')) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function writeListing(folder: string): void {
  const jars = readdirSync(folder).filter((name) => name.endsWith('.jar'));
  writeFileSync(join(folder, LISTING), JSON.stringify(Object.fromEntries(jars.map((name) => [name, statSync(join(folder, name)).size]))));
}

function readListing(folder: string): Record<string, number> | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, LISTING), 'utf8'));
  } catch {
    return undefined;
  }
}

function pomDigest(): string {
  return createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
}
