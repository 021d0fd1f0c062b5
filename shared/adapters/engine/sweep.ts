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
  /** Padded tokens that a batch may hold. @default as {@link autoBatchTokens} says */
  readonly batchTokens?: number;
  /** Rows that a batch may hold. @default 64 */
  readonly batchRows?: number;
}

/** Every layer's logits of a row, as `decideExits` takes them. */
export type SweepRow = PooledLayers | TaggingLayers;

/** A package's sweep graph (fp32): no row leaves early, every layer answers. For evaluation and calibration. */
export interface Sweep<R extends AnyRow = Row> {
  readonly model: LoadedModel;
  /**
   * Runs every row; answers in their order. All answers are held in memory, 4 bytes x layers x labels a pooled row, x tokens too a tagging row: give rows in portions.
   * @throws EpeeError ENGINE_ROW_INVALID for the first row that cannot run, and what the thread pool throws
   */
  run(rows: readonly R[]): Promise<SweepRow[]>;
  /** Waits for what runs, then ends the threads. */
  close(): Promise<void>;
}

/** The sweep of a text model with the tokenizer of its package. */
export interface TextSweep extends Sweep {
  readonly tokenizer: Tokenizer;
}

/** The sweep of a model of either kind. A row of the other kind is refused as one that cannot run. */
export interface AnySweep extends Sweep<AnyRow> {
  /** Null: the model reads images. */
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
 * Loads a text model's sweep graph.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID (also for an image model), MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED
 */
export async function openSweep(modelDir: string, options: SweepOptions = {}): Promise<TextSweep> {
  const modelPackage = await loadPackageOf('text', modelDir);
  const tokenizer = await openTokenizer(modelPackage);
  return { ...(await startSweep(modelPackage, options)), tokenizer };
}

/**
 * Loads an image model's sweep graph.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID (also for a text model), MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED
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

/** Copies one row's logits out of the batch's outputs: [layer, row, label] and [layer, row, token, tag]. */
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
