import type { Range } from '@epee/stream';
import { keepAlive } from '@epee/work';
import { SUB_BATCHES_AHEAD } from '../limits.ts';
import type { Output } from '../prepare/outputs.ts';
import type { Passage } from './passage.ts';
import { beginStep, commitStep } from './steps.ts';

/** Works through sub-batches: each is committed in order, while the next ones are extracted already. */
export async function workAhead(passage: Passage, ranges: readonly Range[]): Promise<void> {
  const extraction = startAhead(passage, ranges);
  for (const [at, range] of ranges.entries()) {
    if (!(await beginStep(passage))) return;
    const output = await keepAlive(extraction.take(at), passage.waiting);
    if (!passage.draining()) extraction.beginBehind(at);
    if (!(await commitStep(passage, range, output, 'continues'))) return;
  }
}

/** Extractions of the sub-batches from one on, so many at a time. */
function startAhead({ batch, extract, gate, abandon }: Passage, ranges: readonly Range[]) {
  const begun: (Promise<Output> | undefined)[] = [];
  const beginUpTo = (end: number) => {
    for (const range of ranges.slice(begun.length, end)) {
      const output = gate.run(() => extract(batch, range, abandon));
      // Whoever stops waiting must not leave a rejection that nobody hears.
      output.catch(() => undefined);
      begun.push(output);
    }
  };
  return {
    /** The output of a sub-batch, begun at the latest now. It is kept no longer than its caller keeps it. */
    take(at: number): Promise<Output> {
      beginUpTo(at + SUB_BATCHES_AHEAD);
      const output = begun[at]!;
      begun[at] = undefined;
      return output;
    },
    beginBehind: (at: number) => beginUpTo(at + 1 + SUB_BATCHES_AHEAD),
  };
}
