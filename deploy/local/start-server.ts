import { rmSync } from 'node:fs';
import { EpeeError } from '@epee/errors';
import { describeEnd, type GuardedProcess, type ProcessPlan, startGuarded } from './guarded-process.ts';
import { tail } from './log-tail.ts';

/** A server to start, and how to know that it is ready. */
export interface ServerPlan extends ProcessPlan {
  /** Name in messages. */
  readonly name: string;
  /** Whether the server answers; called until it does. */
  ready(process: GuardedProcess): Promise<boolean>;
  /** @default 60000 */
  readonly startMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws EpeeError STACK_START_FAILED, with the end of its log, where it ends (`details.ended`) or
 * does not answer within `startMs`; INTERRUPTED
 */
export async function startServer(plan: ServerPlan): Promise<GuardedProcess> {
  const { name, ready, startMs = 60_000, signal, ...process } = plan;
  const { logFile } = process;
  rmSync(logFile, { force: true });
  const server = await startGuarded(process).catch((cause) => {
    throw startFailed({ name, what: `could not be started (${cause.message})`, ended: true, logFile, cause });
  });
  const deadline = performance.now() + startMs;
  while (!(await ready(server)) || !server.running()) {
    if (!server.running())
      throw startFailed({ name, what: `ended while starting (${describeEnd(await server.ended)})`, ended: true, logFile });
    if (signal?.aborted || performance.now() > deadline) {
      await server.stop();
      if (signal?.aborted)
        throw new EpeeError('INTERRUPTED', `The start of ${name} was interrupted; ${name} is stopped`, { stage: 'stack' });
      throw startFailed({ name, what: `did not answer within ${startMs} ms`, ended: false, logFile });
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return server;
}

interface StartFailure {
  readonly name: string;
  readonly what: string;
  readonly ended: boolean;
  readonly logFile: string;
  readonly cause?: unknown;
}

function startFailed({ name, what, ended, logFile, cause }: StartFailure): EpeeError {
  const log = tail(logFile);
  const portTaken = /Address already in use|EADDRINUSE/i.test(log);
  const shown = log === '' ? '' : `; the end of ${logFile}:\n${log}`;
  return new EpeeError('STACK_START_FAILED', `${name} ${what}${shown}`, { stage: 'stack', details: { ended, portTaken, logFile }, cause });
}
