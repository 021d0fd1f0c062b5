import { EpeeError } from '@epee/errors';
import type { ExitPolicy } from '@epee/exits';
import type { AnyRow } from '@epee/model';
import { packExitBatch, packSweepBatch } from './graph/pack.ts';
import { openGraph } from './open-graph.ts';
import { loadPackage } from './package/package-files.ts';

/**
 * Which graph of a package to measure. `plain` is the same model without exits: the baseline for
 * what exits cost and gain.
 */
export interface GraphRunnerOptions {
  readonly modelDir: string;
  readonly graph: 'exit' | 'plain';
  readonly precision: 'fp32' | 'int8';
}

/** The time of a batch. */
export interface BatchRun {
  /** Time in the model runtime, milliseconds; without packing and threads. */
  readonly runMs: number;
  /** Layer after which each row left, counted from 1; the last one in the plain graph. */
  readonly exitLayers: readonly number[];
}

/** One graph on one thread, for measurements: batches run exactly as given. */
export interface GraphRunner {
  /**
   * Runs rows as one batch, padded to the longest. Rows without a policy of their own follow
   * `policy`; the plain graph ignores policies.
   * @throws EpeeError what the thread pool throws
   */
  runBatch(rows: readonly AnyRow[], policy: ExitPolicy): Promise<BatchRun>;
  /** Ends the thread. */
  close(): Promise<void>;
}

/**
 * Opens one graph of a model package for measurements, on the CPU with one thread, with the
 * engine's own settings.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID (also where the package has no plain graph),
 * MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED
 */
export async function openGraphRunner({ modelDir, graph, precision }: GraphRunnerOptions): Promise<GraphRunner> {
  const modelPackage = await loadPackage(modelDir);
  const { graphs, backbone } = modelPackage.manifest;
  const plain = precision === 'fp32' ? graphs.plain : graphs.plainInt8;
  const file = graph === 'exit' ? graphs[precision] : plain;
  if (file === undefined) {
    throw new EpeeError('MODEL_INVALID', `${modelPackage.dir} has no plain graph (${precision}), the baseline of the exits`, {
      stage: 'config',
      hint: 'Export the package again with the trainer of this release.',
    });
  }
  const { pool, layout } = await openGraph(modelPackage, { kind: graph, file, threads: 1, provider: 'cpu' });
  return {
    async runBatch(rows, policy) {
      const { outputs, runMs } = await pool.run(() =>
        graph === 'exit'
          ? packExitBatch(
              rows.map((row) => ({ row, policy: row.policy ?? policy })),
              layout,
            )
          : packSweepBatch(rows, layout),
      );
      const exits = outputs.find(({ name }) => name === 'exit_layer');
      return { runMs, exitLayers: exits === undefined ? rows.map(() => backbone.layers) : Array.from(exits.data, Number) };
    },
    close: () => pool.close(),
  };
}
