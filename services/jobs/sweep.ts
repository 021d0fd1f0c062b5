import type { ChunkQueue } from '@epee/queue';
import type { BatchStore } from '@epee/redis';
import type { Logger } from '@epee/telemetry';

interface SweepDeps {
  readonly store: Pick<BatchStore, 'importing' | 'get'>;
  readonly queue: Pick<ChunkQueue, 'add'>;
}

/**
 * Puts the next chunk of every running import into the queue, unless it is there. This picks up
 * what was killed between two steps, and what was lost with the last second of Redis.
 */
async function sweep({ store, queue }: SweepDeps): Promise<void> {
  for (const id of await store.importing()) {
    const job = await store.get(id);
    if (job?.state === 'importing') await queue.add({ import: id, run: job.run, chunk: job.nextChunk });
  }
}

/** Sweeps at once, then again `everyMs` after each sweep. */
export function startSweeping(
  deps: SweepDeps,
  { everyMs, log, onSwept }: { everyMs: number; log: Logger; onSwept: (ok: boolean) => void },
): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = async () => {
    try {
      await sweep(deps);
      onSwept(true);
    } catch (error) {
      onSwept(false);
      log.warn('Cannot look for imports; trying again', {}, error);
    }
    if (!stopped) timer = setTimeout(round, everyMs);
  };
  timer = setTimeout(round, 0);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
