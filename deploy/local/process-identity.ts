import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Identifies a process by its id and start time (in the system's own form), because a later process
 * may get the same id.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The identity of a running process, or undefined where no process has this id. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? startFromProc(pid) : startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether exactly this process still runs, not a later one with its id. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return identityOf(pid)?.startedAt === startedAt;
}

/**
 * Stops a process that another process started: SIGTERM, after `stopMs` SIGKILL. Settles when it
 * has ended.
 */
export async function stopProcess(identity: ProcessIdentity, stopMs = 8000): Promise<void> {
  const deadline = performance.now() + stopMs;
  let signal: NodeJS.Signals = 'SIGTERM';
  send(identity, signal);
  while (isRunning(identity)) {
    if (signal === 'SIGTERM' && performance.now() > deadline) {
      signal = 'SIGKILL';
      send(identity, signal);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 2 is the name of the program in parentheses, which may hold spaces. Fields 3 (state)
    // and 22 (start time) follow the last ")".
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[19] === undefined ? undefined : `${bootId()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Start times count from boot, so the same number may occur again after a reboot. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
}

function startFromPs(pid: number): string | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}
