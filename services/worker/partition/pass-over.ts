import type { Offset } from '@epee/stream';
import { withDeadline } from '@epee/work';
import { PASS_OVER_MS } from '../limits.ts';
import type { Marking } from './marking.ts';
import type { Partition, Standing } from './passage.ts';

/**
 * Commits an idle partition's offset past what nobody reads: markers, and records of aborted transactions at its end. Without that the group would stay behind the end of
 * a partition on which nothing waits, until its next record. Never rejects: what failed is done again later.
 * @param epoch the present assignment; where the partition was not taken over in it yet, that is done first
 */
export async function passOver(partition: Partition, epoch: number): Promise<void> {
  if (partition.standing.passed === null) return;
  try {
    await withDeadline(commitPassed(partition, epoch), { afterMs: PASS_OVER_MS });
  } catch (error) {
    // Nobody knows what became of it: the next batch takes the partition over anew.
    partition.standing.epoch = null;
    partition.standing.log = null;
    partition.log.debug('Could not commit past markers; trying again later', {}, error);
  }
}

async function commitPassed({ standing, marking, transactions }: Partition, epoch: number): Promise<void> {
  if (standing.epoch !== epoch) {
    standing.committed = await transactions.open();
    marking.takeOver();
    standing.isMarked = false;
    standing.epoch = epoch;
  }
  const { passed, committed } = standing;
  const isBehind = passed !== null && (committed === null || passed > committed);
  if (isBehind && (await follow(passed, standing, marking))) {
    await transactions.commit([], passed, marking.closed());
    standing.committed = passed;
    standing.isMarked = false;
  }
  standing.passed = null;
}

/**
 * Lets the mark say which log an offset past markers is a place in. Markers may be of a later leader
 * epoch than the last record: the mark then names none, so that nobody takes the log for a truncated
 * one.
 * @returns false where the log lost its end: what is there now must be read, and the next batch finds out from where
 */
async function follow(passed: Offset, { committed, log }: Standing, marking: Marking): Promise<boolean> {
  const life = marking.life();
  if (life === null || life.epoch === null || log === null) return true;
  const end = await log.endOfEpoch(life.epoch);
  if (end === null) return true;
  if (committed !== null && end < committed) return false;
  if (end < passed) marking.live({ id: life.id, epoch: null });
  return true;
}
