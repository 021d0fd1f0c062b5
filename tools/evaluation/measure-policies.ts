import { openGraphRunner, rowTokens } from '@epee/engine';
import { type ExitPolicy, FULL_DEPTH } from '@epee/exits';
import type { AnyRow, LoadedModel } from '@epee/model';
import { pieces, type Ratio, ratio, spread, steadyMs, turnOf } from '@epee/timing';

/** A way to let rows out, to be measured: a policy for each task. */
export interface MeasuredSide {
  readonly name: string;
  policyOf(task: string): ExitPolicy;
}

/** What a side took at a batch size. */
export interface SideTime {
  readonly name: string;
  readonly batchRows: number;
  readonly rows: number;
  /** Milliseconds; each batch counts with its median over the rounds. */
  readonly rowMs: number;
  /** Full depth over this side in time. */
  readonly speedUp: Ratio;
  /** The same in tokens times layers: what exits could save of it. */
  readonly tokenSpeedUp: number;
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
  /** Told before each round, of how many; may throw to end it. */
  readonly onRound: (rounds: number) => void;
}

const WARM_UP_ROUNDS = 1;
const FULL: MeasuredSide = { name: 'full depth', policyOf: () => FULL_DEPTH };

/**
 * Runs the same batches (of rows of like length, as the engine makes them) through the exit graph in fp32 on one thread, at full depth and with each side's policies, in
 * turns within each batch. A batch size beyond the number of rows is left out.
 */
export async function measurePolicies(
  given: readonly AnyRow[],
  sides: readonly MeasuredSide[],
  options: MeasureOptions,
): Promise<SideTime[]> {
  const { modelDir, model, batchSizes, rounds, maxRows, onRound } = options;
  const rows = spread(given, maxRows).toSorted((a, b) => rowTokens(a, model) - rowTokens(b, model));
  const all = [FULL, ...sides];
  const sizes = batchSizes.filter((size) => size <= rows.length);
  const runner = await openGraphRunner({ modelDir, graph: 'exit', precision: 'fp32' });
  try {
    const measured: SideTime[] = [];
    for (const batchRows of sizes) {
      const batches = pieces(rows, batchRows);
      const times = all.map(() => batches.map((): number[] => []));
      const tokenLayers = all.map(() => 0);
      for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
        onRound(sizes.length * (rounds + WARM_UP_ROUNDS));
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
    await runner.close();
  }
}
