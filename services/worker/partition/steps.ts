import { nextOffset, type Range, refusedRecord } from '@epee/stream';
import type { Fate } from '@epee/work';
import type { Output } from '../prepare/outputs.ts';
import { commitSubBatch } from './commit.ts';
import type { StepEnd } from './marking.ts';
import type { Passage } from './passage.ts';
import { reportOutput } from './report.ts';

/**
 * Says beside the committed offset that work begins, where that is not said yet. Comes before anything is decoded.
 * @returns whether to take the next sub-batch: the worker is not stopping, and the partition is still where it was
 */
export async function beginStep(passage: Passage): Promise<boolean> {
  const { batch, control, standing, marking } = passage;
  if (passage.draining() || !control.active()) return false;
  if (standing.isMarked) return true;
  const next = standing.committed ?? batch.fetchedFrom;
  const fate = await commitSubBatch({ sends: [], mark: marking.open(), from: standing.committed, next }, passage, () => {
    standing.committed = next;
    standing.isMarked = true;
  });
  return stays(passage, fate);
}

/** Commits a sub-batch with its offset. Answers whether the partition is still where it should be. */
export async function commitStep(passage: Passage, range: Range, output: Output, end: StepEnd): Promise<boolean> {
  const { batch, control, standing, marking } = passage;
  const records = range.end - range.start;
  const isLast = range.end === batch.records.length;
  const last = batch.records[range.end - 1]!;
  const next = nextOffset(isLast ? batch.lastOffset : last.offset);
  const epoch = isLast ? batch.lastEpoch : (last.leaderEpoch ?? null);
  // Until it is known to be committed nobody knows where the partition is, and a mark might move it back.
  standing.isMarked = false;
  const commit = async (written: Output): Promise<Fate> => {
    const step = { sends: written.sends, mark: marking.behind(records, end, epoch), from: standing.committed, next };
    try {
      return await commitSubBatch(step, passage, () => {
        marking.moved(records, epoch);
        standing.isMarked = end === 'continues';
        standing.committed = next;
        control.resolve(next);
        passage.progress(batch);
        reportOutput(passage, written);
      });
    } catch (error) {
      const refused = refusedRecord(error);
      const smaller = refused === null ? null : (written.smaller?.(refused) ?? null);
      if (smaller === null) throw error;
      return commit(smaller);
    }
  };
  return stays(passage, await commit(output));
}

function stays({ standing, control }: Passage, fate: Fate): boolean {
  if (fate === 'committed') return true;
  standing.committed = fate.overtakenAt;
  // Whoever moved it left a mark, which must be read.
  standing.epoch = null;
  control.seek(fate.overtakenAt);
  return false;
}
