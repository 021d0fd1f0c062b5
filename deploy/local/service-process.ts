import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { describeEnd, startGuarded } from './guarded-process.ts';
import { findFreePorts } from './ports.ts';

/** A service in its own process, as in a container. It ends when this process ends in any way. */
export interface ServiceProcess {
  readonly pid: number;
  readonly port: number;
  /** Rejects when the service ends without a call of `stop`; never resolves. */
  readonly failure: Promise<never>;
  /** Stops the service and waits. */
  stop(): Promise<void>;
}

/** Path of a service's program. */
const programOf = (path: string) => fileURLToPath(new URL(`../../services/${path}.js`, import.meta.url));
const READY_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 20_000;

/**
 * Starts a service and waits until it is ready.
 *
 * @param logFile file for its logs
 * @param program another program below services/ to run instead
 * @throws EpeeError STACK_START_FAILED where the service ends or is not ready in time
 */
export async function startService(
  name: 'ingest' | 'worker' | 'projector',
  env: Environment,
  logFile: string,
  program = `${name}/main`,
): Promise<ServiceProcess> {
  const [port] = (await findFreePorts([0])) as [number];
  const guarded = await startGuarded({
    command: process.execPath,
    args: [programOf(program)],
    cwd: process.cwd(),
    env: { ...env, [`EPEE_${name.toUpperCase()}_PORT`]: String(port) },
    logFile,
    stopMs: STOP_LIMIT_MS,
  });
  let stopping = false;
  const failure = guarded.ended.then((end): Promise<never> => {
    if (stopping) return new Promise<never>(() => undefined);
    throw new EpeeError('STACK_START_FAILED', `${name} ended unexpectedly (${describeEnd(end)}); its log is ${logFile}`, {
      stage: 'stack',
    });
  });
  failure.catch(() => undefined);
  const stop = async () => {
    stopping = true;
    await guarded.stop();
  };
  try {
    await Promise.race([failure, untilReady(name, port)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: guarded.identity.pid, port, failure, stop };
}

async function untilReady(name: string, port: number): Promise<void> {
  const deadlineMs = performance.now() + READY_LIMIT_MS;
  while ((await statusOf(port)) !== 200) {
    if (performance.now() > deadlineMs) {
      throw new EpeeError('STACK_START_FAILED', `${name} was not ready within ${READY_LIMIT_MS / 1000} s`, { stage: 'stack' });
    }
    await sleep(100);
  }
}

function statusOf(port: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/ready', agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(0));
  });
}
