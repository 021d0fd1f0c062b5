import type { FetchedBatch, FetchedLog, RefusedPosition } from '@epee/kafka';
import { type LogFate, type Offset, resumeIn, resumption } from '@epee/stream';
import type { Waiting } from '@epee/work';
import { commitSubBatch, openTransactions } from './commit.ts';
import type { Partition, Passage, Standing } from './passage.ts';
import { reportLogChange } from './report.ts';

/** A partition, met by a batch of it or by a position that the broker refused. */
interface Meeting extends Partition {
  readonly of: Pick<FetchedBatch, 'topic' | 'partition' | 'epoch' | 'log'>;
  readonly waiting: Waiting;
}

/**
 * Takes the partition over on the first batch of an assignment, and wherever its log may be another
 * one than before. Answers whether the batch begins where the partition resumes; else the partition
 * is moved there.
 */
export async function arrive(passage: Passage): Promise<boolean> {
  const { batch, control, standing } = passage;
  meet(standing, batch.log);
  const isFirst = standing.epoch !== batch.epoch || mayBeOther(passage);
  if (isFirst) await takeOver({ ...passage, of: batch });
  const from = resumption(standing.committed, batch.fetchedFrom, isFirst ? 'seek' : 'process');
  if (from === 'process') return true;
  control.seek(from.seekTo);
  return false;
}

/**
 * Takes the partition over whose position is outside of the log.
 * @returns where it resumes
 */
export async function arriveOutside(partition: Partition, refused: RefusedPosition, waiting: Waiting): Promise<Offset> {
  meet(partition.standing, refused.log);
  await takeOver({ ...partition, of: refused, waiting }, refused.position);
  return partition.standing.committed ?? refused.log.start;
}

/** What was passed over before says nothing of what is met now, which may be another log. */
function meet(standing: Standing, log: FetchedLog): void {
  standing.passed = null;
  standing.log = log;
}

/**
 * A new leader may have a shorter log than the former one, and a topic that was made anew another
 * one. Only the id of the topic and the epoch of the leader tell.
 */
function mayBeOther({ batch, marking }: Passage): boolean {
  const life = marking.life();
  if (life === null) return false;
  const epoch = batch.records[0]?.leaderEpoch ?? null;
  return (batch.log.id !== null && batch.log.id !== life.id) || (epoch !== null && life.epoch !== null && epoch !== life.epoch);
}

/**
 * Shuts out the former owner, reads where the partition is and what was left beside its offset, and
 * compares that with the log.
 * @param refused position that the broker refused
 */
async function takeOver(meeting: Meeting, refused?: Offset): Promise<void> {
  const { of, standing, marking } = meeting;
  const before = marking.life();
  const committed = await openTransactions(meeting);
  standing.committed = committed;
  marking.takeOver();
  standing.isMarked = false;
  standing.epoch = of.epoch;
  const { id, start } = of.log;
  // A group's offsets go with a topic that is deleted, and the reader may be amid the new log nevertheless.
  const life = committed === null ? before : marking.life();
  const epoch = committed !== null && life !== null && life.id === id ? life.epoch : null;
  const epochEnd = epoch === null ? null : await of.log.endOfEpoch(epoch);
  const fate = resumeIn({ offset: committed ?? start, life }, { id, start, epochEnd }, refused === committed);
  if (fate.change !== 'none') return moveTo(fate, meeting);
  if (id !== null) marking.live({ id, epoch });
}

/** Moves the committed offset to where the log is to be read: whoever comes later starts from there, and the change is counted once. */
async function moveTo(fate: LogFate, meeting: Meeting): Promise<void> {
  const { of, standing, marking } = meeting;
  marking.leave(fate, of.log.id);
  const step = { sends: [], mark: marking.closed(), from: standing.committed, next: fate.resumeAt };
  const outcome = await commitSubBatch(step, meeting, () => {
    standing.committed = fate.resumeAt;
    reportLogChange(meeting, of, fate);
  });
  if (outcome === 'committed') return;
  standing.committed = outcome.overtakenAt;
  standing.epoch = null;
}
