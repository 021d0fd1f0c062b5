import type { ChunkQueue } from '@epee/queue';
import type { BatchState, BatchStore } from '@epee/redis';
import type { Logger } from '@epee/telemetry';

/** What sweeping works with. */
export interface SweepDeps {
  readonly store: Pick<BatchStore, 'states' | 'get'>;
  readonly queue: Pick<ChunkQueue, 'add'>;
  /** Imports that were worked on since it was asked last: one may begin and be lost between two sweeps. */
  begun(): readonly string[];
  /** Is called once with each import that was running and that Redis no longer has. */
  onLost(id: string): Promise<void>;
}

const RUNNING: readonly BatchState[] = ['importing', 'paused', 'extracting'];

/**
 * Makes the sweep. It puts the next chunk of every running import into the queue, unless it is there: this picks up what was
 * killed between two steps, and what was lost with the last second of Redis. It also notices imports that Redis has forgotten.
 */
export function createSweep({ store, queue, begun, onLost }: SweepDeps): () => Promise<void> {
  let running: readonly string[] = [];
  return async () => {
    const known = new Set([...running, ...begun()]);
    running = [...known];
    const states = await store.states();
    const kept = new Set(states.map(({ id }) => id));
    const lost = running.filter((id) => !kept.has(id));
    running = states.filter(({ state }) => RUNNING.includes(state)).map(({ id }) => id);
    for (const id of lost) await onLost(id);
    for (const { id, state } of states) {
      const job = state === 'importing' ? await store.get(id) : null;
      if (job?.state === 'importing') await queue.add({ import: id, run: job.run, chunk: job.nextChunk });
    }
  };
}

/** Sweeps at once, then again `everyMs` after each sweep. */
export function startSweeping(
  deps: SweepDeps,
  { everyMs, log, onSwept }: { everyMs: number; log: Logger; onSwept: (ok: boolean) => void },
): { stop(): void } {
  const sweep = createSweep(deps);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = async () => {
    try {
      await sweep();
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
