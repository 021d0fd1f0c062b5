import { readFileSync } from 'node:fs';

/** What a process has used so far. */
export interface ProcessUse {
  /** Resident memory now. */
  readonly rssMiB: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
}

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100;
const PAGE_BYTES = 4096;

/** Reads what a process uses; null where there is no /proc, or no such process. */
export function processUse(pid: number): ProcessUse | null {
  try {
    return parseUse(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return null;
  }
}

/** Reads /proc/PID/stat (proc(5)): the program's name, in parentheses, may hold anything, so fields count from the last parenthesis. */
export function parseUse(stat: string): ProcessUse {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks, pages] = [fields[11], fields[12], fields[21]].map(Number) as [number, number, number];
  return { cpuSeconds: (userTicks + systemTicks) / TICKS, rssMiB: (pages * PAGE_BYTES) / 2 ** 20 };
}
