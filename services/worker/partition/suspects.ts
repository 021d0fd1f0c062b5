import type { Range } from '@epee/stream';
import { keepAlive } from '@epee/work';
import type { StepEnd } from './marking.ts';
import type { Passage } from './passage.ts';
import { rangesOf } from './ranges.ts';
import { beginStep, commitStep } from './steps.ts';

/**
 * Works in small steps, one after the other, on the first records of a batch: those that may have been in flight when a process died. Steps of one record have the whole
 * process for themselves.
 * @param count records under suspicion, also beyond the batch
 * @returns whether to continue with the rest of the batch
 */
export async function workOnSuspects(passage: Passage, count: number): Promise<boolean> {
  const { topic, partition, records } = passage.batch;
  const { step } = passage.marking.suspicion();
  passage.log.info('Working in small steps on records that were in flight when a process died', { topic, partition, count, rows: step });
  const ranges = rangesOf(passage, { start: 0, end: Math.min(count, records.length) }, step);
  if (step > 1) return workInSteps(passage, ranges, 'continues');
  const leave = await enterAlone(passage);
  try {
    const alone = { ...passage, gate: { ...passage.gate, run: <T>(work: () => Promise<T>) => work() } };
    // Whoever leaves the gate is not alone any more.
    return await workInSteps(alone, ranges, 'pauses');
  } finally {
    leave();
  }
}

/** @param end what comes after the last step */
async function workInSteps(passage: Passage, ranges: readonly Range[], end: StepEnd): Promise<boolean> {
  const { batch, extract, gate, waiting, abandon } = passage;
  for (const range of ranges) {
    if (!(await beginStep(passage))) return false;
    const output = await keepAlive(
      gate.run(() => extract(batch, range, abandon)),
      waiting,
    );
    if (!(await commitStep(passage, range, output, range === ranges.at(-1) ? end : 'continues'))) return false;
  }
  return true;
}

async function enterAlone({ gate, waiting }: Passage): Promise<() => void> {
  const entering = gate.enterAlone();
  try {
    return await keepAlive(entering, waiting);
  } catch (error) {
    void entering.then((leave) => leave());
    throw error;
  }
}
