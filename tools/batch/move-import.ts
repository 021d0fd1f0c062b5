import { EpeeError } from '@epee/errors';
import type { BatchState } from '@epee/redis';
import { counted } from '@epee/terminal';
import { type BatchConfig, findJob, withBatch } from './open-batch.ts';
import { finished } from './report.ts';

/** What can be asked of an import, from which states, and what it is then. */
const MOVES = {
  pause: { from: ['importing'], to: 'paused', words: 'is paused: nothing more is sent' },
  resume: { from: ['paused', 'failed'], to: 'importing', words: 'resumes' },
  cancel: {
    from: ['importing', 'paused', 'extracting', 'failed'],
    to: 'cancelled',
    words: 'is cancelled: nothing more is sent',
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
  /** Notes that were sent and wait for the worker: they are still extracted. */
  readonly waiting: number;
}

/** Pauses, resumes or cancels an import. @throws EpeeError JOB_NOT_FOUND, JOB_CANCELLED, JOB_STATE_INVALID */
export function moveImport({ id, move }: Pick<MoveReport, 'id' | 'move'>, config: BatchConfig): Promise<MoveReport> {
  return withBatch(config, async ({ store, queue }) => {
    const found = await findJob(store, id);
    const waiting = found.sent - finished(found);
    const { from, to } = MOVES[move];
    const { moved, state } = await store.move(id, from, to, Date.now());
    if (moved && to === 'importing') {
      const job = await findJob(store, id);
      await queue.add({ import: id, run: job.run, chunk: job.nextChunk });
    }
    if (moved || state === to) return { id, move, moved, waiting };
    if (state === 'cancelled') throw new EpeeError('JOB_CANCELLED', `${id} was cancelled; it cannot ${move}`, { stage: 'cli' });
    if (state === 'extracting')
      throw new EpeeError(
        'JOB_STATE_INVALID',
        `${id} has sent all its notes, of which ${counted(waiting, 'note')} wait for the worker; it cannot ${move}`,
        { stage: 'cli' },
      );
    throw new EpeeError('JOB_STATE_INVALID', `${id} is ${state}; only one that is ${from.join(', ')} can ${move}`, { stage: 'cli' });
  });
}

/** What became of it, in a line. */
export function moveText({ id, move, moved, waiting }: MoveReport): string {
  if (!moved) return `${id} is ${MOVES[move].to} already`;
  const rest = move === 'resume' || waiting === 0 ? '' : `; ${counted(waiting, 'note')} that the worker already has are still extracted`;
  return `${id} ${MOVES[move].words}${rest}`;
}
