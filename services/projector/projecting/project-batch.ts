import { nextOffset, type Offset, PROJECTION_LIMITS, planSubBatches, type Range } from '@epee/stream';
import { isBehind, rewindTo } from '../rewind.ts';
import type { FailedRecord } from './dead-letters.ts';
import { enter } from './enter-life.ts';
import type { Passage, ProjectingDeps } from './passage.ts';
import { readRecords } from './read-records.ts';

/**
 * Projects a batch. The first batch of an assignment reads the offset that Redis stores beside the
 * data. Where that is behind the group's, the partition is read again from there: Redis lost writes
 * that it had acknowledged (a failover, a flush). The group's offset is committed only after Redis
 * has acknowledged, and never moves back.
 * @throws Abandoned; what `heartbeat` throws; errors that will not pass
 */
export async function projectBatch(passage: Passage, deps: ProjectingDeps): Promise<void> {
  const { batch, control, state } = passage;
  await control.heartbeat();
  if (state.epoch !== batch.epoch) await begin(passage, deps);
  state.handled ??= batch.fetchedFrom;
  if (!(await enter(passage, deps))) return;
  if (isBehind({ stored: state.acknowledged, next: batch.fetchedFrom }) && (await goBack(batch.fetchedFrom, passage, deps))) return;
  const sizes = batch.records.map(({ value }) => value?.length ?? 0);
  for (const range of planSubBatches(sizes, PROJECTION_LIMITS)) {
    if (!control.active()) return;
    if (!(await projectRange(range, passage, deps))) return;
  }
}

async function begin({ of, batch, state, insist }: Passage, { store }: ProjectingDeps): Promise<void> {
  const [stored = null] = await insist(() => store.storedOffsets([of]));
  state.acknowledged = stored;
  state.life = null;
  state.handled = batch.fetchedFrom;
  state.epoch = batch.epoch;
}

/** Whether the partition was moved back. */
async function goBack(next: Offset, { of, control, state, insist }: Passage, deps: ProjectingDeps): Promise<boolean> {
  const low = await insist(() => deps.lowOffset(of.partition));
  const target = rewindTo({ stored: state.acknowledged, next }, low);
  if (target === null) return false;
  deps.metrics.rewind(of);
  deps.log.warn('Redis lacks records that were projected before; reading them again', { ...of, offset: target });
  control.seek(target);
  return true;
}

/** Whether the batch is to be continued. */
async function projectRange({ start, end }: Range, passage: Passage, deps: ProjectingDeps): Promise<boolean> {
  const { of, batch, control, state, insist } = passage;
  const records = batch.records.slice(start, end);
  const through = end === batch.records.length ? batch.lastOffset : records.at(-1)!.offset;
  const { entries, failures } = await insist(() => readRecords(records, deps.codec));
  await bury(failures, passage, deps);
  const startedMs = deps.surroundings.monotonicMs();
  const life = state.life?.number ?? null;
  const outcome = await insist(() => deps.store.project({ ...of, entries, acknowledged: state.acknowledged, life, through }));
  deps.metrics.redis((deps.surroundings.monotonicMs() - startedMs) / 1000);
  state.acknowledged = outcome.stored;
  if (outcome.kind === 'lost') {
    // Another projector may have begun another life.
    state.life = null;
    // Without anything to go back to, the next batch starts from what is stored now.
    if (!(await goBack(records[0]!.offset, passage, deps))) control.seek(records[0]!.offset);
    return false;
  }
  deps.metrics.entries(outcome.entries);
  await moveTo(nextOffset(through), passage);
  return true;
}

async function bury(failures: readonly FailedRecord[], { of, state, insist }: Passage, deps: ProjectingDeps): Promise<void> {
  const unreported = failures.filter(({ record }) => record.offset >= state.handled!);
  await insist(() => deps.sendDeadLetters(unreported, of));
  for (const { record, failure } of unreported) {
    deps.metrics.deadLetter(failure);
    deps.log.warn('A record went to the dead letters', { ...of, offset: record.offset, code: failure.code, stage: failure.stage });
  }
}

async function moveTo(next: Offset, { control, state }: Passage): Promise<void> {
  if (next > state.handled!) {
    await control.commit(next);
    state.handled = next;
  }
  control.resolve(next);
}
