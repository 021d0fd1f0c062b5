import { withDeadline } from '@epee/work';
import { PASS_OVER_MS } from '../limits.ts';
import type { Partition } from './passage.ts';

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
  if (passed !== null && (committed === null || passed > committed)) {
    await transactions.commit([], passed, marking.closed());
    standing.committed = passed;
    standing.isMarked = false;
  }
  standing.passed = null;
}
