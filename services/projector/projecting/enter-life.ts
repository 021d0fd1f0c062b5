import { LOG_CHANGES, type LogFate, resumeIn } from '@epee/stream';
import { isForeign } from '../rewind.ts';
import type { Passage, ProjectingDeps } from './project-batch.ts';

/**
 * Finds out whether the log is the one whose offset Redis stores. Where it is not, Redis begins
 * another life of it, whose results replace those of the same version, and the log is read from its
 * start. Records that are gone before they were projected are counted.
 * @returns whether the batch begins where the log is to be read; else the partition is moved there
 */
export async function enter(passage: Passage, deps: ProjectingDeps): Promise<boolean> {
  const { batch, control, state } = passage;
  const { id, start } = batch.log;
  let isNew = id !== null && state.life?.id !== id && (await beginLife(id, false, passage, deps));
  if (isNew) report({ change: 'anew', resumeAt: start, lost: start }, passage, deps);
  else if (isForeign(state.acknowledged, batch.highWatermark)) {
    await startOver(passage, deps);
    isNew = true;
  }
  await countLost(passage, deps);
  if (!isNew || batch.fetchedFrom <= start) return true;
  control.seek(start);
  return false;
}

/** Whether it is a new one. */
async function beginLife(id: string, isOther: boolean, { of, batch, state, insist }: Passage, { store }: ProjectingDeps): Promise<boolean> {
  const { number, isNew } = await insist(() => store.enterLife(of, id, isOther));
  state.life = { id, number };
  if (!isNew) return false;
  state.acknowledged = null;
  // What was handled of the former log says nothing of this one.
  state.handled = batch.log.start;
  return true;
}

/** The stored offset is beyond the end: the log lost its end, or nobody could tell that it is another one. */
async function startOver(passage: Passage, deps: ProjectingDeps): Promise<void> {
  const { of, batch, state, insist } = passage;
  const { id, start } = batch.log;
  if (id !== null) await beginLife(id, true, passage, deps);
  else await insist(() => deps.store.resetOffset(of, null));
  state.acknowledged = null;
  state.handled = start;
  report({ change: 'beyond', resumeAt: start, lost: 0n }, passage, deps);
}

/** Moves the stored offset to the log's start where that is later, so that the loss is counted once. */
async function countLost(passage: Passage, deps: ProjectingDeps): Promise<void> {
  const { of, batch, state, insist } = passage;
  if (state.acknowledged === null) return;
  const { start } = batch.log;
  const fate = resumeIn({ offset: state.acknowledged + 1n, life: null }, { id: null, start, epochEnd: null }, false);
  if (fate.change !== 'cut') return;
  await insist(() => deps.store.resetOffset(of, start - 1n));
  state.acknowledged = start - 1n;
  report(fate, passage, deps);
}

function report(fate: LogFate, { of }: Passage, { metrics, log }: ProjectingDeps): void {
  metrics.logChanged(of, fate);
  log.error(LOG_CHANGES[fate.change], { ...of, code: 'KAFKA_LOG_CHANGED', action: fate.change, offset: fate.resumeAt, count: fate.lost });
}
