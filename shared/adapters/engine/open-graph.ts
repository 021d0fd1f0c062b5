import { join } from 'node:path';
import { FULL_DEPTH } from '@epee/exits';
import type { AnyRow, ImageInput } from '@epee/model';
import { checkDryRun, checkPorts, type GraphKind, outputNames } from './graph/graph-contract.ts';
import { normalisePixels } from './graph/images.ts';
import { type GraphLayout, graphLayout } from './graph/layout.ts';
import { packExitBatch, packSweepBatch } from './graph/pack.ts';
import type { Manifest } from './package/manifest-schema.ts';
import type { ModelPackage } from './package/package-files.ts';
import { ThreadPool } from './threads/thread-pool.ts';
import type { Provider } from './threads/thread-protocol.ts';

/** Which graph of a package to open, and where it runs. */
export interface OpenGraphOptions {
  readonly kind: GraphKind;
  /** The graph's file within the package. */
  readonly file: string;
  readonly threads: number;
  readonly provider: Provider;
  readonly threadEntry?: URL | undefined;
}

/** A graph on its threads, checked against the manifest. */
export interface OpenGraph {
  readonly pool: ThreadPool;
  readonly layout: GraphLayout;
}

/**
 * Loads a graph into worker threads, compares its inputs and outputs with the manifest and runs it
 * once.
 * @throws EpeeError MODEL_LOAD_FAILED (the runtime refuses the graph), MODEL_INVALID (it does not
 * fit the manifest)
 */
export async function openGraph(
  { dir, manifest }: ModelPackage,
  { kind, file, threadEntry, threads, provider }: OpenGraphOptions,
): Promise<OpenGraph> {
  const layout = graphLayout(manifest);
  const graphPath = join(dir, file);
  const pool = await ThreadPool.start({
    graphPath,
    provider,
    threads,
    outputs: outputNames(kind),
    ...(threadEntry === undefined ? {} : { threadEntry }),
  });
  try {
    checkPorts(kind, file, pool.report, layout);
    const rows = dryRows(manifest);
    const inputs = () =>
      kind === 'exit'
        ? packExitBatch(rows, layout)
        : packSweepBatch(
            rows.map(({ row }) => row),
            layout,
          );
    const { outputs } = await pool.run(inputs);
    checkDryRun(kind, file, inputs(), outputs, layout);
    return { pool, layout };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** One row per task: an empty text or a black image, at full depth so that it runs every layer. */
function dryRows({ backbone, tasks }: Manifest) {
  return tasks.map(({ name, kind }) => {
    const row: AnyRow =
      backbone.family === 'vit'
        ? { id: name, task: name, pixels: blackImage(backbone.image) }
        : {
            id: name,
            task: name,
            tokenIds: Int32Array.of(backbone.clsTokenId, backbone.sepTokenId),
            wordMask: Uint8Array.of(0, kind === 'tagging' ? 1 : 0),
          };
    return { row, policy: FULL_DEPTH };
  });
}

const blackImage = (image: ImageInput) => normalisePixels(new Uint8Array(image.channels * image.height * image.width), image);
