import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Environment } from '@epee/config';
import type { Row } from '@epee/model';
import { TRAINER } from './torch-process.ts';

/** The same weights at full depth in transformers.js, as its users would run them. */
export interface TransformersJs {
  readonly version: string;
  /** Runs rows as one batch, padded to the longest; milliseconds. */
  runBatch(rows: readonly Row[]): Promise<number>;
  close(): Promise<void>;
}

/** What is used of the library: it is fetched for the bench alone, so its types are not at hand. */
interface Library {
  readonly env: { version: string; allowRemoteModels: boolean; localModelPath: string };
  readonly AutoModelForTokenClassification: {
    from_pretrained(name: string, options: object): Promise<((inputs: object) => Promise<unknown>) & { dispose(): Promise<unknown> }>;
  };
  readonly Tensor: new (type: string, data: BigInt64Array, dims: readonly number[]) => unknown;
}

const FOLDER = fileURLToPath(new URL('transformers-js', import.meta.url));
const MODEL = 'model';
const FETCH_LIMIT_MS = 15 * 60_000;
const EXPORT_LIMIT_MS = 5 * 60_000;
const run = promisify(execFile);

/**
 * Opens transformers.js on a package's weights, in one thread; fetches the library where this has not been done yet.
 * @returns why it cannot be measured, in words, where the library cannot be fetched or does not know such a model
 */
export async function openTransformersJs(
  modelDir: string,
  { python, env, onLine }: { readonly python: string; readonly env: Environment; readonly onLine: (text: string) => void },
): Promise<TransformersJs | string> {
  const root = await mkdtemp(join(tmpdir(), 'epee-bench-'));
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    // npm writes this file last: where it is missing, nothing was fetched, or the fetching was cut off.
    if (!existsSync(join(FOLDER, 'node_modules', '.package-lock.json'))) {
      onLine('Fetching transformers.js (about 45 MB, only once) ...');
      // It shares this project's ONNX Runtime, so that both sides run the same one.
      await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: FOLDER, env, timeout: FETCH_LIMIT_MS });
    }
    await run(python, ['-m', 'epee_trainer.hub_folder', modelDir, join(root, MODEL)], {
      env: { ...env, PYTHONPATH: TRAINER },
      timeout: EXPORT_LIMIT_MS,
    });
    const library = (await import(pathToFileURL(entryOf(FOLDER)).href)) as Library;
    return await open(library, root, remove);
  } catch (error) {
    await remove();
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    return `transformers.js: ${(stderr || message).trim().split('\n').at(-1)}`;
  }
}

function entryOf(folder: string): string {
  const { resolve } = createRequire(join(folder, 'package.json'));
  return resolve('@huggingface/transformers').replace(/\.cjs$/, '.mjs');
}

async function open({ env, AutoModelForTokenClassification, Tensor }: Library, root: string, remove: () => Promise<void>) {
  env.allowRemoteModels = false;
  env.localModelPath = root;
  const model = await AutoModelForTokenClassification.from_pretrained(MODEL, {
    dtype: 'fp32',
    device: 'cpu',
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  });
  return {
    version: env.version,
    async runBatch(rows: readonly Row[]) {
      const started = performance.now();
      const dims = [rows.length, Math.max(...rows.map(({ tokenIds }) => tokenIds.length))] as const;
      const filled = (valueAt: (row: Row, place: number) => number) => {
        const data = new BigInt64Array(dims[0] * dims[1]);
        for (const [index, row] of rows.entries())
          for (let place = 0; place < row.tokenIds.length; place++) data[index * dims[1] + place] = BigInt(valueAt(row, place));
        return new Tensor('int64', data, dims);
      };
      await model({
        input_ids: filled((row, place) => row.tokenIds[place]!),
        attention_mask: filled(() => 1),
        token_type_ids: filled(() => 0),
      });
      return performance.now() - started;
    },
    async close() {
      await model.dispose();
      await remove();
    },
  };
}
