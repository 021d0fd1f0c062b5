import type { ChunkQueue } from '@epee/queue';
import type { BatchStore } from '@epee/redis';
import type { Logger } from '@epee/telemetry';

/** A sweep that is repeated until it is stopped. */
export interface Sweep {
  stop(): void;
}

/**
 * Puts the next chunk of every running import into the queue, unless it is there. This picks up
 * what was killed between two steps, and what was lost with the last second of Redis.
 */
export async function sweep({
  store,
  queue,
}: {
  store: Pick<BatchStore, 'importing' | 'get'>;
  queue: Pick<ChunkQueue, 'add'>;
}): Promise<void> {
  for (const id of await store.importing()) {
    const job = await store.get(id);
    if (job?.state === 'importing') await queue.add({ import: id, run: job.run, chunk: job.nextChunk });
  }
}

/** Sweeps at once, then `everyMs` after each sweep. */
export function startSweeping(
  deps: { store: BatchStore; queue: ChunkQueue },
  { everyMs, log, onSwept }: { everyMs: number; log: Logger; onSwept: (ok: boolean) => void },
): Sweep {
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
