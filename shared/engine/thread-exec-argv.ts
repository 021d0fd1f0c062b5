import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Node flags for worker threads beyond those that they inherit: a program that registers tsx by itself, not by a flag, leaves its threads without it.
 * @param execArgv flags of the process
 * @param nodeOptions value of NODE_OPTIONS
 * @returns null to inherit the process's flags as they are
 */
export function threadExecArgv(execArgv: readonly string[], nodeOptions: string | undefined): string[] | null {
  if ([...execArgv, nodeOptions ?? ''].some((flag) => flag.includes('tsx'))) return null;
  try {
    return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
  } catch {
    // Not installed: Node itself reads TypeScript here, or the program would not have come this far.
    return null;
  }
}
