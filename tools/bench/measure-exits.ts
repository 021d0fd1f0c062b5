import { type GraphRunner, openGraphRunner } from '@epee/engine';
import { depthTable, FULL_DEPTH } from '@epee/exits';
import type { Row } from '@epee/model';
import { pieces, ratio, steadyMs, turnOf } from '@epee/timing';
import type { BenchRows } from './bench-rows.ts';
import type { ExitMeasurement } from './report.ts';

/** How exits are measured. */
export interface ExitOptions {
  readonly modelDir: string;
  readonly layers: number;
  readonly precision: 'fp32' | 'int8';
  readonly batchSizes: readonly number[];
  readonly rounds: number;
  /** Is called before each round with what is measured, and may throw to end it. */
  readonly onRound: (what: string) => void;
}

type Side = 'plain' | 'full' | 'exits';
/** By batch, then by round, milliseconds. */
type Times = Record<Side, number[][]>;
const SIDES: readonly Side[] = ['plain', 'full', 'exits'];

/** Rounds that are run and not counted: the first runs of a session allocate. */
const WARM_UP_ROUNDS = 1;

/** Number of rounds that {@link measureExits} runs for each kind of rows. */
export const exitRounds = ({ batchSizes, rounds }: Pick<ExitOptions, 'batchSizes' | 'rounds'>) =>
  batchSizes.length * (rounds + WARM_UP_ROUNDS);

/**
 * Runs the same batches through the plain graph, the exit graph with exits off, and the exit graph with exits, in turns, batch by batch. One thread. Batches
 * hold rows of like length, as the engine makes them.
 */
export async function measureExits(sources: readonly BenchRows[], options: ExitOptions): Promise<ExitMeasurement[]> {
  const { modelDir, precision, batchSizes } = options;
  const plain = await openGraphRunner({ modelDir, graph: 'plain', precision });
  try {
    const exit = await openGraphRunner({ modelDir, graph: 'exit', precision });
    try {
      const measured: ExitMeasurement[] = [];
      for (const source of sources) {
        for (const batchRows of batchSizes) {
          const batches = pieces(source.rows, batchRows);
          if (batches.length > 0) measured.push(await measure(source, batches, { ...options, plain, exit, batchRows }));
        }
      }
      return measured;
    } finally {
      await exit.close();
    }
  } finally {
    await plain.close();
  }
}

interface MeasureOptions extends ExitOptions {
  readonly plain: GraphRunner;
  readonly exit: GraphRunner;
  readonly batchRows: number;
}

async function measure(
  { used }: BenchRows,
  batches: readonly (readonly Row[])[],
  { plain, exit, precision, batchRows, rounds, layers, onRound }: MeasureOptions,
): Promise<ExitMeasurement> {
  const times: Times = { plain: batches.map(() => []), full: batches.map(() => []), exits: batches.map(() => []) };
  let exitLayers: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    onRound(`${used.name}, ${precision}, batch ${batchRows}`);
    exitLayers = [];
    for (const [index, batch] of batches.entries()) {
      const deep = batch.map(({ policy: _, ...row }) => row);
      for (const side of turnOf(SIDES, index + round + WARM_UP_ROUNDS)) {
        const run = await (side === 'plain' ? plain : exit).runBatch(side === 'exits' ? batch : deep, FULL_DEPTH);
        if (round >= 0) times[side][index]!.push(run.runMs);
        if (side === 'exits') exitLayers.push(...run.exitLayers);
      }
    }
  }
  const rows = batches.flat();
  return { rows: used, precision, batchRows, rounds, ...figures(times, depthOf(rows, exitLayers, layers), rows.length) };
}

function depthOf(rows: readonly Row[], exitLayers: readonly number[], layers: number) {
  return depthTable(
    rows.map(({ tokenIds }, index) => ({ exitLayer: exitLayers[index]!, exitReason: 'final', tokens: tokenIds.length })),
    layers,
  );
}

function figures(times: Times, depth: ReturnType<typeof depthOf>, rows: number) {
  const { meanExitLayer, rowSpeedUp, tokenSpeedUp } = depth;
  const timeSpeedUp = ratio(times.full, times.exits);
  const rowMs = (side: Side) => steadyMs(times[side]) / rows;
  return {
    rowMs: { plain: rowMs('plain'), full: rowMs('full'), exits: rowMs('exits') },
    meanExitLayer,
    rowSpeedUp,
    tokenSpeedUp,
    timeSpeedUp,
    plainSpeedUp: ratio(times.plain, times.exits),
    efficiency: timeSpeedUp.steady / tokenSpeedUp,
    rowEfficiency: timeSpeedUp.steady / rowSpeedUp,
    overhead: ratio(times.full, times.plain),
  };
}
