import type { RefusedPosition } from '@epee/kafka';
import { LOG_CHANGES, type LogFate, type Offset } from '@epee/stream';
import { isForeign } from '../rewind.ts';
import type { Passage, ProjectingDeps } from './passage.ts';

/** A partition, met by a batch of it or by a position that the broker refused. */
type Meeting = Pick<Passage, 'of' | 'state' | 'insist'>;

/**
 * Finds out whether the log is the one whose offset Redis stores. Where it is not, Redis begins
 * another life of it, whose results replace those of the same version, and the log is read from its
 * start.
 * @returns whether the batch begins where the log is to be read; else the partition is moved there
 */
export async function enter(passage: Passage, deps: ProjectingDeps): Promise<boolean> {
  const { batch, control, state } = passage;
  const { start } = batch.log;
  let isNew = await meet(batch.log, passage, deps);
  if (!isNew && isForeign(state.acknowledged, batch.highWatermark)) {
    await startOver(passage, deps);
    isNew = true;
  }
  if (!isNew || batch.fetchedFrom <= start) return true;
  control.seek(start);
  return false;
}

/**
 * Says where to resume in a log that no longer has the position of the reader. Records that were
 * deleted before they were projected are counted, once: the stored offset is moved past them.
 */
export async function enterOutside({ position, log }: RefusedPosition, meeting: Meeting, deps: ProjectingDeps): Promise<Offset> {
  const { of, state, insist } = meeting;
  if (await meet(log, meeting, deps)) return log.start;
  const [stored = null] = await insist(() => deps.store.storedOffsets([of]));
  const next = stored === null || stored < position ? position : stored + 1n;
  if (next >= log.start) return log.start;
  await insist(() => deps.store.resetOffset(of, log.start - 1n));
  state.acknowledged = log.start - 1n;
  report({ change: 'cut', resumeAt: log.start, lost: log.start - next }, meeting, deps);
  return log.start;
}

/** Whether it is another log than before. */
async function meet({ id, start }: RefusedPosition['log'], meeting: Meeting, deps: ProjectingDeps): Promise<boolean> {
  if (id === null || meeting.state.life?.id === id) return false;
  if (!(await beginLife({ id, start }, false, meeting, deps))) return false;
  report({ change: 'anew', resumeAt: start, lost: start }, meeting, deps);
  return true;
}

/** Whether it is a new one. */
async function beginLife(
  { id, start }: { readonly id: string; readonly start: Offset },
  isOther: boolean,
  { of, state, insist }: Meeting,
  { store }: ProjectingDeps,
): Promise<boolean> {
  const { number, isNew } = await insist(() => store.enterLife(of, id, isOther));
  state.life = { id, number };
  if (!isNew) return false;
  state.acknowledged = null;
  // What was handled of the former log says nothing of this one.
  state.handled = start;
  return true;
}

/** The stored offset is beyond the end: the log lost its end, or nobody could tell that it is another one. */
async function startOver(passage: Passage, deps: ProjectingDeps): Promise<void> {
  const { of, batch, state, insist } = passage;
  const { id, start } = batch.log;
  if (id !== null) await beginLife({ id, start }, true, passage, deps);
  else await insist(() => deps.store.resetOffset(of, null));
  state.acknowledged = null;
  state.handled = start;
  report({ change: 'beyond', resumeAt: start, lost: 0n }, passage, deps);
}

function report(fate: LogFate, { of }: Meeting, { metrics, log }: ProjectingDeps): void {
  metrics.logChanged(of, fate);
  log.error(LOG_CHANGES[fate.change], { ...of, code: 'KAFKA_LOG_CHANGED', action: fate.change, offset: fate.resumeAt, count: fate.lost });
}
