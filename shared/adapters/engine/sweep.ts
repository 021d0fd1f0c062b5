import type { PooledLayers, TaggingLayers } from '@epee/exits';
import { FULL_DEPTH } from '@epee/exits';
import type { AnyRow, ImageRow, LoadedModel, Row, Tokenizer } from '@epee/model';
import { type GraphLayout, rowTokens } from './graph/layout.ts';
import { packSweepBatch } from './graph/pack.ts';
import type { NamedTensor } from './graph/tensors.ts';
import { openGraph } from './open-graph.ts';
import { loadedModel } from './package/loaded-model.ts';
import { loadPackage, loadPackageOf, type ModelPackage } from './package/package-files.ts';
import { planBatches } from './schedule/batch-plan.ts';
import { autoBatchTokens, overheadTokens } from './schedule/batch-size.ts';
import { rowError } from './schedule/row-check.ts';
import { openTokenizer } from './tokens/tokenizer.ts';

/** How a sweep runs. */
export interface SweepOptions {
  /** @default 1 */
  readonly threads?: number;
  /** Padded tokens per batch. @default {@link autoBatchTokens} */
  readonly batchTokens?: number;
  /** Rows per batch. @default 64 */
  readonly batchRows?: number;
}

/** The logits of a row at every layer, in the form that `decideExits` takes. */
export type SweepRow = PooledLayers | TaggingLayers;

/**
 * The sweep graph of a package (fp32): no row leaves early, and every layer answers. For evaluation
 * and calibration.
 */
export interface Sweep<R extends AnyRow = Row> {
  readonly model: LoadedModel;
  /**
   * Runs every row; answers in their order. All answers are in memory: 4 bytes x layers x labels
   * per pooled row, and x tokens per tagging row. So give rows in portions.
   * @throws EpeeError ENGINE_ROW_INVALID for the first row that cannot run, and what the thread
   * pool throws
   */
  run(rows: readonly R[]): Promise<SweepRow[]>;
  /** Waits for the running batches, then ends the threads. */
  close(): Promise<void>;
}

/** The sweep of a text model with the tokenizer of its package. */
export interface TextSweep extends Sweep {
  readonly tokenizer: Tokenizer;
}

/** The sweep of a model of either kind. A row of the other kind cannot run and is refused. */
export interface AnySweep extends Sweep<AnyRow> {
  /** Null where the model reads images. */
  readonly tokenizer: Tokenizer | null;
}

/**
 * Loads the sweep graph of a model, whether it reads texts or images.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID, MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED
 */
export async function openAnySweep(modelDir: string, options: SweepOptions = {}): Promise<AnySweep> {
  const modelPackage = await loadPackage(modelDir);
  const tokenizer = modelPackage.manifest.backbone.family === 'vit' ? null : await openTokenizer(modelPackage);
  return { ...(await startSweep(modelPackage, options)), tokenizer };
}

/**
 * Loads the sweep graph of a text model.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID (also for an image model), MODEL_DIGEST_MISMATCH,
 * MODEL_LOAD_FAILED
 */
export async function openSweep(modelDir: string, options: SweepOptions = {}): Promise<TextSweep> {
  const modelPackage = await loadPackageOf('text', modelDir);
  const tokenizer = await openTokenizer(modelPackage);
  return { ...(await startSweep(modelPackage, options)), tokenizer };
}

/**
 * Loads the sweep graph of an image model.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID (also for a text model), MODEL_DIGEST_MISMATCH,
 * MODEL_LOAD_FAILED
 */
export async function openImageSweep(modelDir: string, options: SweepOptions = {}): Promise<Sweep<ImageRow>> {
  return startSweep(await loadPackageOf('image', modelDir), options);
}

async function startSweep(
  modelPackage: ModelPackage,
  { threads = 1, batchTokens = autoBatchTokens('cpu', modelPackage.manifest.backbone.hidden), batchRows = 64 }: SweepOptions,
): Promise<Sweep<AnyRow>> {
  const { manifest } = modelPackage;
  const { pool, layout } = await openGraph(modelPackage, { kind: 'sweep', file: manifest.graphs.sweep, threads, provider: 'cpu' });
  const limits = { maxTokens: batchTokens, maxRows: batchRows, overheadTokens: overheadTokens('cpu') };
  return {
    model: loadedModel(modelPackage, 'fp32'),
    run: async (rows) => {
      for (const row of rows) {
        const error = rowError(row, FULL_DEPTH, layout);
        if (error !== null) throw error;
      }
      const answers: SweepRow[] = [];
      const plan = planBatches(
        rows.map((row) => rowTokens(row, layout)),
        limits,
      );
      const runBatch = async (indices: readonly number[]) => {
        const batch = indices.map((index) => rows[index]!);
        const { outputs } = await pool.run(() => packSweepBatch(batch, layout));
        for (const [position, index] of indices.entries()) answers[index] = readLayers(batch, position, outputs, layout);
      };
      await Promise.all(plan.map(runBatch));
      return answers;
    },
    close: () => pool.close(),
  };
}

/**
 * Copies the logits of one row out of the outputs of its batch: [layer, row, label] or [layer, row,
 * token, tag].
 */
function readLayers(batch: readonly AnyRow[], position: number, outputs: readonly NamedTensor[], layout: GraphLayout): SweepRow {
  const row = batch[position]!;
  const { spec, pooledOffset, pooledSize, groupSizes, tagOffset } = layout.tasks.get(row.task)!;
  const isTagging = spec.kind === 'tagging';
  const output = outputs.find(({ name }) => name === (isTagging ? 'all_tag_logits' : 'all_pooled_logits'))!;
  const data = output.data as Float32Array;
  const layers = [...Array(layout.layers).keys()];
  if (!isTagging || !('tokenIds' in row)) {
    const start = (layer: number) => (layer * batch.length + position) * layout.pooledWidth + pooledOffset;
    return { kind: 'pooled', layers: layers.map((layer) => data.slice(start(layer), start(layer) + pooledSize)) };
  }
  const width = groupSizes.reduce((sum, size) => sum + size, 0);
  const tokens = output.dims[2]!;
  const layerLogits = layers.map((layer) => {
    const logits = new Float32Array(row.tokenIds.length * width);
    for (let token = 0; token < row.tokenIds.length; token++) {
      const start = ((layer * batch.length + position) * tokens + token) * layout.tagWidth + tagOffset;
      logits.set(data.subarray(start, start + width), token * width);
    }
    return logits;
  });
  return { kind: 'tagging', layers: layerLogits, groupSizes, wordMask: row.wordMask! };
}
