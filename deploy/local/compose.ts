import { fileURLToPath } from 'node:url';
import { EpeeError } from '@epee/errors';
import { runTool } from './run-tool.ts';

/** Options of Docker Compose. */
export interface ComposeOptions {
  /** @default 'docker' */
  readonly docker?: string | undefined;
  /** @default the repository's docker-compose.yml */
  readonly composeFile?: string | undefined;
  /** Variables for the file, beside those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** The servers that `epee up` starts. `epee run` or `docker compose up` runs the services. */
const SERVERS = ['kafka', 'redis'];
const COMPOSE_FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));
const DAEMON_MS = 5_000;
const UP_MS = 600_000;

/**
 * Whether a Docker daemon answers within 5 s and Compose is installed. A client without a daemon
 * answers no.
 */
export async function dockerAnswers({ docker = 'docker' }: ComposeOptions = {}): Promise<boolean> {
  const info = await runTool(docker, ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: DAEMON_MS });
  if (info.exitCode !== 0) return false;
  return (await runTool(docker, ['compose', 'version'], { timeoutMs: DAEMON_MS })).exitCode === 0;
}

/**
 * Starts Kafka and Redis in containers and waits until their health checks pass.
 *
 * @throws EpeeError STACK_START_FAILED with the end of Compose's output
 */
export async function composeUp(options: ComposeOptions = {}): Promise<void> {
  await compose(['up', '--detach', '--wait', ...SERVERS], options);
}

/**
 * Stops and removes the containers; the data volumes stay.
 *
 * @throws EpeeError STACK_START_FAILED with the end of Compose's output
 */
export async function composeDown(options: ComposeOptions = {}): Promise<void> {
  await compose(['down'], options);
}

async function compose(args: readonly string[], { docker = 'docker', composeFile = COMPOSE_FILE, env }: ComposeOptions): Promise<void> {
  const { exitCode, output } = await runTool(docker, ['compose', '--file', composeFile, ...args], { timeoutMs: UP_MS, env });
  if (exitCode === 0) return;
  throw new EpeeError('STACK_START_FAILED', `\`docker compose ${args.join(' ')}\` failed; the end of its output:\n${output.slice(-2000)}`, {
    stage: 'stack',
    hint: 'Stop the Docker daemon or pass --no-docker to run Kafka and Redis as plain processes.',
  });
}
