import { FULL_DEPTH } from '@epee/exits';
import type { ImageInput, ImageRow, Row, TaskSpec } from '@epee/model';
import type { GraphLayout } from './graph/layout.ts';
import { packExitBatch } from './graph/pack.ts';
import { type OpenGraph, openGraph } from './open-graph.ts';
import type { ModelPackage } from './package/package-files.ts';
import type { Provider } from './threads/thread-protocol.ts';

/** The faster arithmetic on this machine, and both times. */
export interface PrecisionChoice {
  readonly precision: 'fp32' | 'int8';
  /** Shortest time of a batch of 16 rows at full depth, milliseconds. */
  readonly fp32Ms: number;
  readonly int8Ms: number;
}

const BATCH_ROWS = 16;
const ROW_TOKENS = 32;
const ROUNDS = 5;

/**
 * Runs the same batch through both graphs in turn, on one thread, and picks the faster one. The
 * shortest round counts, because other work of the machine can only add time. Takes about a second
 * for 12 layers x 384.
 * @throws EpeeError MODEL_LOAD_FAILED, MODEL_INVALID
 */
export async function choosePrecision(modelPackage: ModelPackage, provider: Provider): Promise<PrecisionChoice> {
  const { graphs } = modelPackage.manifest;
  const open = (file: string) => openGraph(modelPackage, { kind: 'exit', file, threads: 1, provider });
  const fp32 = await open(graphs.fp32);
  try {
    const int8 = await open(graphs.int8);
    try {
      let [fp32Ms, int8Ms] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let round = 0; round < ROUNDS; round++) {
        fp32Ms = Math.min(fp32Ms, await timeBatch(fp32));
        int8Ms = Math.min(int8Ms, await timeBatch(int8));
      }
      return { precision: int8Ms < fp32Ms ? 'int8' : 'fp32', fp32Ms, int8Ms };
    } finally {
      await int8.pool.close();
    }
  } finally {
    await fp32.pool.close();
  }
}

async function timeBatch({ pool, layout }: OpenGraph): Promise<number> {
  const { runMs } = await pool.run(() => packExitBatch(measuredRows(layout), layout));
  return runMs;
}

/** Rows of every task in turn. Full depth takes the same time for any content. */
function measuredRows({ tasks, vocabulary, image }: GraphLayout) {
  const specs = [...tasks.values()].map(({ spec }) => spec);
  return Array.from({ length: BATCH_ROWS }, (_, index) => {
    const spec = specs[index % specs.length]!;
    const row = image === null ? textRow(index, spec, vocabulary) : imageRow(index, spec, image);
    return { row, policy: FULL_DEPTH };
  });
}

function textRow(index: number, { name, kind, maxTokens }: TaskSpec, vocabulary: number): Row {
  const length = Math.min(ROW_TOKENS, maxTokens);
  return {
    id: String(index),
    task: name,
    tokenIds: Int32Array.from({ length }, (_, token) => (31 * index + 7 * token + 11) % vocabulary),
    wordMask: new Uint8Array(length).fill(kind === 'tagging' ? 1 : 0),
  };
}

const imageRow = (index: number, { name }: TaskSpec, { width, height, channels }: ImageInput): ImageRow => ({
  id: String(index),
  task: name,
  pixels: Float32Array.from({ length: width * height * channels }, (_, at) => Math.sin(at + index)),
});
