import { chmodSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import type { Libraries } from './libraries.ts';
import { reaches } from './requirements.ts';
import { runTool } from './run-tool.ts';
import { readZipEntry } from './zip-entry.ts';

/** The redis-server programs in embedded-redis 1.4.3, by `process.platform`-`process.arch`. */
const IN_JAR: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

const MINIMUM = [6, 2] as const;

/** Where to look for redis-server. */
export interface RedisSearch {
  /** Program to try first. @default 'redis-server' on the PATH */
  readonly onPath?: string;
  /** @default this machine's */
  readonly platform?: string;
}

/**
 * A redis-server of version 6.2 or newer: the one on the PATH, else the one that Maven fetched,
 * extracted once.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING when neither runs here, with the commands that
 * install one
 */
export async function findRedisServer(
  libraries: Libraries,
  { onPath = 'redis-server', platform = `${process.platform}-${process.arch}` }: RedisSearch = {},
): Promise<string> {
  const own = await redisVersion(onPath);
  if (own !== undefined && reaches(own, MINIMUM)) return onPath;
  const entry = IN_JAR[platform];
  const extracted = entry === undefined ? undefined : extract(libraries, entry);
  if (extracted !== undefined && (await redisVersion(extracted)) !== undefined) return extracted;
  const found = own === undefined ? 'none was found' : `found ${own}`;
  const why = extracted === undefined ? `the fetched jar has none for ${platform}` : 'the fetched one does not run here';
  throw new EpeeError(
    'STACK_REQUIREMENT_MISSING',
    `redis-server ${MINIMUM.join('.')} or newer is needed (${found}, and ${why}): install it with \`sudo apt-get install redis-server\` (Debian, Ubuntu) or \`brew install redis\` (macOS)`,
    { stage: 'stack' },
  );
}

async function redisVersion(command: string): Promise<string | undefined> {
  const { exitCode, output } = await runTool(command, ['--version'], { timeoutMs: 10_000 });
  return exitCode === 0 ? /v=([\d.]+)/.exec(output)?.[1] : undefined;
}

function extract({ folder, redisJar }: Libraries, entry: string): string | undefined {
  const path = join(folder, entry);
  if (existsSync(path)) return path;
  const program = readZipEntry(redisJar, entry);
  if (program === undefined) return undefined;
  // Renamed when complete, so that no process finds half a program.
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, program);
  chmodSync(partial, 0o755);
  renameSync(partial, path);
  return path;
}
