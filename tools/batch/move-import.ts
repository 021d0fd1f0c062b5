import { EpeeError } from '@epee/errors';
import type { BatchState } from '@epee/redis';
import { type BatchConfig, findJob, withBatch } from './open-batch.ts';

/** What can be asked of an import, from which states, and what it is then. */
const MOVES = {
  pause: { from: ['importing'], to: 'paused', words: 'is paused: nothing more is sent; what was sent is still extracted' },
  resume: { from: ['paused', 'failed'], to: 'importing', words: 'resumes' },
  cancel: {
    from: ['importing', 'paused', 'extracting', 'failed'],
    to: 'cancelled',
    words: 'is cancelled: nothing more is sent; what was sent is still extracted',
  },
} as const satisfies Record<string, { from: readonly BatchState[]; to: BatchState; words: string }>;

/** What can be asked of an import. */
export type Move = keyof typeof MOVES;

/** What became of it. */
export interface MoveReport {
  readonly id: string;
  readonly move: Move;
  /** False where the import was in that state already. */
  readonly moved: boolean;
}

/** Pauses, resumes or cancels an import. @throws EpeeError JOB_NOT_FOUND, JOB_CANCELLED, JOB_STATE_INVALID */
export function moveImport({ id, move }: Pick<MoveReport, 'id' | 'move'>, config: BatchConfig): Promise<MoveReport> {
  return withBatch(config, async ({ store, queue }) => {
    await findJob(store, id);
    const { from, to } = MOVES[move];
    const { moved, state } = await store.move(id, from, to, Date.now());
    if (moved && to === 'importing') {
      const job = await findJob(store, id);
      await queue.add({ import: id, run: job.run, chunk: job.nextChunk });
    }
    if (moved || state === to) return { id, move, moved };
    if (state === 'cancelled') throw new EpeeError('JOB_CANCELLED', `${id} was cancelled; it cannot ${move}`, { stage: 'cli' });
    throw new EpeeError('JOB_STATE_INVALID', `${id} is ${state}; only one that is ${from.join(', ')} can ${move}`, { stage: 'cli' });
  });
}

/** What became of it, in a line. */
export const moveText = ({ id, move, moved }: MoveReport): string => `${id} ${moved ? MOVES[move].words : `is ${MOVES[move].to} already`}`;
