import type { Environment } from '@epee/config';
import { type GraphRunner, openGraphRunner } from '@epee/engine';
import { FULL_DEPTH } from '@epee/exits';
import type { Row } from '@epee/model';
import { pieces, type Ratio, ratio, steadyMs, turnOf } from '@epee/timing';
import { type BenchRows, describeRows } from './bench-rows.ts';
import type { PeerMeasurement } from './report.ts';
import { startTorch, type TorchProcess } from './torch-process.ts';
import type { TransformersJs } from './transformers-js.ts';

/** How PyTorch and transformers.js are compared. */
export interface PeerOptions {
  readonly python: string;
  /** Environment of the Python process. */
  readonly env: Environment;
  readonly modelDir: string;
  /** Null where it cannot be measured. */
  readonly transformersJs: TransformersJs | null;
  readonly rounds: number;
  readonly onRound: (what: string) => void;
}

interface Side {
  readonly name: string;
  run(): Promise<{ readonly ms: number; readonly exitLayers: readonly number[] }>;
}

const BATCH = 32;
/** The best of these is what transformers.js can do, and the graphs. */
const BATCHES = [1, 8, BATCH] as const;
/** Tokens to which the authors of EPEE pad each row: `max_seq_length` in NLP/job_73mimic.sh of github.com/Learner4everrr/EPEE. */
const AUTHORS_TOKENS = 512;
const PYTORCH = 'PyTorch, batch 1, exits';
const AUTHORS = `PyTorch, batch 1, exits, rows padded to ${AUTHORS_TOKENS} tokens (the authors' way)`;
const TRANSFORMERS_JS = 'transformers.js';
const exitSide = (precision: 'fp32' | 'int8', size: number) => `exit graph ${precision}, batch ${size}, exits`;
const OURS = exitSide('fp32', 1);

/** Rounds for each kind of rows: one more than counted, to warm up. */
export const peerRounds = ({ rounds }: Pick<PeerOptions, 'rounds'>) => rounds + 1;

/** Runs the same rows through PyTorch row by row, padded as the authors of EPEE do and as they are, through transformers.js, and through the graphs, in turns. One thread each. */
export async function measurePeers(
  source: BenchRows,
  { python, env, modelDir, transformersJs, rounds, onRound }: PeerOptions,
): Promise<PeerMeasurement> {
  // Whole batches only, so that all sides run the same rows.
  const rows = pieces(source.rows, BATCH).flat();
  const used = rows.length > 0 ? rows : source.rows;
  const torch = await startTorch({ python, env, modelDir, rows: used });
  const runners: GraphRunner[] = [];
  try {
    const open = async (graph: 'exit' | 'plain', precision: 'fp32' | 'int8') => {
      const runner = await openGraphRunner({ modelDir, graph, precision });
      runners.push(runner);
      return runner;
    };
    const graphs = { plain: await open('plain', 'fp32'), fp32: await open('exit', 'fp32'), int8: await open('exit', 'int8') };
    const sides = [
      ...torchSides(torch),
      ...(transformersJs === null ? [] : transformersJsSides(used, transformersJs)),
      ...graphSides(used, graphs),
    ];
    const times = new Map(sides.map(({ name }) => [name, [] as number[]]));
    const exits = new Map<string, readonly number[]>();
    for (let round = -1; round < rounds; round++) {
      onRound(`PyTorch beside the exit graph, ${source.used.name}`);
      for (const { name, run } of turnOf(sides, round + 1)) {
        const { ms, exitLayers } = await run();
        exits.set(name, exitLayers);
        if (round >= 0) times.get(name)!.push(ms);
      }
    }
    return {
      rows: describeRows(source.used.name, used),
      torch: torch.torch,
      python: torch.python,
      rounds,
      sameExits: exits.get(PYTORCH)!.filter((layer, row) => layer === exits.get(OURS)![row]).length,
      sides: sides.map(({ name }) => ({
        name,
        rowMs: steadyMs([times.get(name)!]) / used.length,
        againstAuthors: ratio([times.get(AUTHORS)!], [times.get(name)!]),
        againstPyTorch: ratio([times.get(PYTORCH)!], [times.get(name)!]),
        againstTransformersJs: peerRatio(times, name),
      })),
    };
  } finally {
    await Promise.all([torch.close(), ...runners.map((runner) => runner.close())]);
  }
}

/** Time of transformers.js at its best batch over a side's; null where it was not measured. */
function peerRatio(times: ReadonlyMap<string, number[]>, name: string): Ratio | null {
  const peers = [...times].filter(([side]) => side.startsWith(TRANSFORMERS_JS)).map(([, rounds]) => rounds);
  const best = peers.toSorted((a, b) => steadyMs([a]) - steadyMs([b]))[0];
  return best === undefined ? null : ratio([best], [times.get(name)!]);
}

/** Batches that leave no rest, so that all sides run the same rows. */
const sizesFor = (rows: readonly Row[]) => BATCHES.filter((size) => rows.length % size === 0);

function torchSides(torch: TorchProcess): Side[] {
  return [
    { name: AUTHORS, run: () => torch.run({ policies: true, padTo: AUTHORS_TOKENS }) },
    { name: 'PyTorch, batch 1, full depth', run: () => torch.run({ policies: false, padTo: null }) },
    { name: PYTORCH, run: () => torch.run({ policies: true, padTo: null }) },
  ];
}

function transformersJsSides(rows: readonly Row[], library: TransformersJs): Side[] {
  const run = (size: number) => async () => {
    let ms = 0;
    for (const batch of pieces(rows, size)) ms += await library.runBatch(batch);
    return { ms, exitLayers: [] };
  };
  return sizesFor(rows).map((size) => ({ name: `${TRANSFORMERS_JS} ${library.version}, batch ${size}, full depth`, run: run(size) }));
}

function graphSides(rows: readonly Row[], { plain, fp32, int8 }: Record<'plain' | 'fp32' | 'int8', GraphRunner>): Side[] {
  const deep = rows.map(({ policy: _, ...row }) => row);
  const graph = (runner: GraphRunner, given: readonly Row[], size: number) => async () => {
    let ms = 0;
    const exitLayers: number[] = [];
    for (const batch of pieces(given, size)) {
      const run = await runner.runBatch(batch, FULL_DEPTH);
      ms += run.runMs;
      exitLayers.push(...run.exitLayers);
    }
    return { ms, exitLayers };
  };
  const sizes = sizesFor(rows);
  return [
    ...sizes.map((size) => ({ name: `plain graph fp32, batch ${size}, full depth`, run: graph(plain, deep, size) })),
    ...sizes.map((size) => ({ name: exitSide('fp32', size), run: graph(fp32, rows, size) })),
    ...sizes.map((size) => ({ name: `exit graph int8, batch ${size}, full depth`, run: graph(int8, deep, size) })),
    ...sizes.map((size) => ({ name: exitSide('int8', size), run: graph(int8, rows, size) })),
  ];
}
