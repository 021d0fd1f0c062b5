import { openGraphRunner, rowTokens } from '@epee/engine';
import { type ExitPolicy, FULL_DEPTH } from '@epee/exits';
import type { AnyRow, LoadedModel } from '@epee/model';
import { countSteps, type Watch } from '@epee/terminal';
import { pieces, ratio, spread, steadyMs, turnOf } from '@epee/timing';
import type { SideTime } from '../report/report.ts';

/** A way to let rows out, to be measured: a policy for each task. */
export interface MeasuredSide {
  readonly name: string;
  policyOf(task: string): ExitPolicy;
}

/** How sides are measured. */
export interface MeasureOptions {
  readonly modelDir: string;
  /** The model of that folder. */
  readonly model: Pick<LoadedModel, 'image'>;
  readonly batchSizes: readonly number[];
  readonly rounds: number;
  /** Rows that are run, evenly spread over those given. */
  readonly maxRows: number;
  /** Name of the work, for its progress. */
  readonly what: string;
}

const WARM_UP_ROUNDS = 1;
const FULL: MeasuredSide = { name: 'full depth', policyOf: () => FULL_DEPTH };

/**
 * Runs the same batches (of rows of like length, as the engine makes them) through the exit graph
 * in fp32 on one thread, at full depth and with each side's policies, in turns within each batch. A
 * batch size beyond the number of rows is left out.
 * @throws the signal's reason, before the next round
 */
export async function measurePolicies(
  given: readonly AnyRow[],
  sides: readonly MeasuredSide[],
  { modelDir, model, batchSizes, rounds, maxRows, what }: MeasureOptions,
  { startProgress, signal }: Watch,
): Promise<SideTime[]> {
  const rows = spread(given, maxRows).toSorted((a, b) => rowTokens(a, model) - rowTokens(b, model));
  const all = [FULL, ...sides];
  const sizes = batchSizes.filter((size) => size <= rows.length);
  const progress = startProgress(what);
  const steps = countSteps(progress, 'rounds');
  const runner = await openGraphRunner({ modelDir, graph: 'exit', precision: 'fp32' });
  try {
    const measured: SideTime[] = [];
    for (const batchRows of sizes) {
      const batches = pieces(rows, batchRows);
      const times = all.map(() => batches.map((): number[] => []));
      const tokenLayers = all.map(() => 0);
      for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
        signal.throwIfAborted();
        steps(1, sizes.length * (rounds + WARM_UP_ROUNDS));
        tokenLayers.fill(0);
        for (const [index, batch] of batches.entries()) {
          for (const side of turnOf([...all.keys()], index + round + WARM_UP_ROUNDS)) {
            const own = batch.map((row) => ({ ...row, policy: all[side]!.policyOf(row.task) }));
            const run = await runner.runBatch(own, FULL_DEPTH);
            if (round >= 0) times[side]![index]!.push(run.runMs);
            for (const [at, layer] of run.exitLayers.entries()) tokenLayers[side]! += layer * rowTokens(batch[at]!, model);
          }
        }
      }
      const used = batches.length * batchRows;
      for (const [side, { name }] of all.entries()) {
        measured.push({
          name,
          batchRows,
          rows: used,
          rowMs: steadyMs(times[side]!) / used,
          speedUp: ratio(times[0]!, times[side]!),
          tokenSpeedUp: tokenLayers[0]! / tokenLayers[side]!,
        });
      }
    }
    return measured;
  } finally {
    progress.end();
    await runner.close();
  }
}
