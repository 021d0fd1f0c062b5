import { readFileSync } from 'node:fs';

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Resident memory of processes over time, by name; a process that was started anew goes on under its name. Linux only. */
export interface MemoryWatch {
  /** The process that now has this name. */
  is(name: string, pid: number): void;
  stop(): void;
  /** Mean of each quarter of the time watched, MiB, by name; a quarter in which the process did not run is null. */
  quarters(): Readonly<Record<string, readonly (number | null)[]>>;
}

/** Looks every so often. */
export function watchMemory(everyMs: number): MemoryWatch {
  const pids = new Map<string, number>();
  const samples = new Map<string, Sample[]>();
  const startMs = performance.now();
  const look = () => {
    for (const [name, pid] of pids) {
      const bytes = residentBytes(pid);
      if (bytes !== null) samples.set(name, [...(samples.get(name) ?? []), { atMs: performance.now() - startMs, bytes }]);
    }
  };
  const timer = setInterval(look, everyMs);
  let endMs = 0;
  return {
    is: (name, pid) => void pids.set(name, pid),
    stop: () => {
      clearInterval(timer);
      endMs = performance.now() - startMs;
    },
    quarters: () =>
      Object.fromEntries(
        [...samples].map(([name, list]) => [
          name,
          [0, 1, 2, 3].map((quarter) => {
            const own = list.filter(({ atMs }) => Math.min(3, Math.floor((4 * atMs) / endMs)) === quarter);
            return own.length === 0 ? null : own.reduce((sum, { bytes }) => sum + bytes, 0) / own.length / 1024 / 1024;
          }),
        ]),
      ),
  };
}

function residentBytes(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : 1024 * Number(kib);
  } catch {
    return null;
  }
}
