import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChildPlan } from './child.ts';

/** A worker in a process of its own. */
export interface ChildWorker {
  readonly process: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it told. */
  readonly messages: readonly unknown[];
  /** What it wrote to standard error so far. */
  errors(): string;
}

/** Starts a worker in a process of its own, which kills itself as planned. */
export function spawnChild(plan: ChildPlan): ChildWorker {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./child.js', import.meta.url))], {
    env: { ...process.env, EPEE_TEST_CHILD: JSON.stringify(plan) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const chunks: string[] = [];
  child.stderr?.on('data', (chunk) => chunks.push(String(chunk)));
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return { process: child, ended, messages, errors: () => chunks.join('') };
}
