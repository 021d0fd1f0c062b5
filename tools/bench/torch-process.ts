import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { FULL_DEPTH } from '@epee/exits';
import type { Row } from '@epee/model';

/** A Python process that holds the model in PyTorch and waits for work without using the processor. */
export interface TorchProcess {
  readonly torch: string;
  readonly python: string;
  /** Runs all rows one by one; without `policies` none leaves early, and with `padTo` shorter rows are padded to so many tokens. */
  run(how: {
    readonly policies: boolean;
    readonly padTo: number | null;
  }): Promise<{ readonly ms: number; readonly exitLayers: readonly number[] }>;
  close(): Promise<void>;
}

/** Folder of the trainer's Python package. */
export const TRAINER = fileURLToPath(new URL('../../services/trainer', import.meta.url));

/** The trainer's own Python, where it has been set up; else null. */
export function trainerPython(): string | null {
  const python = join(TRAINER, '.venv', 'bin', 'python');
  return existsSync(python) ? python : null;
}

/** What PyTorch is to run. */
export interface TorchOptions {
  readonly python: string;
  readonly env: Environment;
  readonly modelDir: string;
  readonly rows: readonly Row[];
}

/**
 * Starts `epee_trainer.bench` on a model package and rows.
 *
 * @throws EpeeError USAGE_INVALID where that Python cannot run it
 */
export async function startTorch({ python, env, modelDir, rows }: TorchOptions): Promise<TorchProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'epee-bench-'));
  const rowsFile = join(folder, 'rows.json');
  await writeFile(rowsFile, JSON.stringify(rows.map(rowJson)));
  const child = spawn(python, ['-m', 'epee_trainer.bench', modelDir, rowsFile], {
    env: { ...env, PYTHONPATH: TRAINER, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { done, value } = await lines.next();
    if (!done) return JSON.parse(value) as T;
    throw new EpeeError('USAGE_INVALID', `Python ${python}: epee_trainer.bench ended (exit code ${await ended})`, {
      stage: 'cli',
      hint: 'Name a Python that has services/trainer/requirements.txt installed, or leave PyTorch out.',
    });
  };
  const close = async () => {
    child.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ready = await next<{ torch: string; python: string }>();
    return {
      ...ready,
      run: (how) => {
        child.stdin.write(`${JSON.stringify(how)}\n`);
        return next();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function rowJson({ task, tokenIds, wordMask, markers = [0, 0], policy = FULL_DEPTH }: Row) {
  return {
    task,
    tokenIds: [...tokenIds],
    wordMask: wordMask === undefined ? [...tokenIds].map(() => 0) : [...wordMask],
    markers,
    ...policy,
  };
}
