import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ExitPolicy } from '@epee/exits';
import type { Row } from '@epee/model';

/** A package with random weights, small enough for every test. */
export const TINY_MODEL = fileURLToPath(new URL('../fixtures/tiny-model', import.meta.url));

/** Answers that PyTorch gave to the same weights. */
export interface Reference {
  readonly rows: readonly {
    readonly task: string;
    readonly tokenIds: readonly number[];
    readonly wordMask: readonly number[];
    readonly markers: readonly [number, number];
  }[];
  /** [row][layer][label of the row's task]; null for tagging rows. */
  readonly pooledLogits: readonly (readonly (readonly number[])[] | null)[];
  /** [row][layer][token][tag of all groups]; null for pooled rows. */
  readonly tagLogits: readonly (readonly (readonly (readonly number[])[])[] | null)[];
  readonly cases: readonly {
    readonly row: number;
    readonly entropyThreshold: number | 'off';
    readonly patience: number | 'off';
    readonly exitLayer: number;
    readonly exitReason: string;
    /** [token][group]; null for pooled rows. */
    readonly tagIds: readonly (readonly number[])[] | null;
    readonly label: number | null;
  }[];
}

/** Reads a package's reference answers. */
export function readReference(modelDir: string): Reference {
  return JSON.parse(gunzipSync(readFileSync(join(modelDir, 'reference.json.gz'))).toString('utf8'));
}

/** The reference's rows as the engine takes them: each kind of task with its own fields alone. */
export function referenceRows({ rows }: Reference, kindOf: (task: string) => string): Row[] {
  return rows.map(({ task, tokenIds, wordMask, markers }, index) => ({
    id: String(index),
    task,
    tokenIds: Int32Array.from(tokenIds),
    ...(kindOf(task) === 'tagging' ? { wordMask: Uint8Array.from(wordMask) } : {}),
    ...(kindOf(task) === 'relation' ? { markers } : {}),
  }));
}

/** Copies the tiny package into `dir`, changes files and puts their digests right. */
export async function copyPackage(dir: string, change: Readonly<Record<string, (bytes: Buffer) => Buffer | string>>): Promise<void> {
  await cp(TINY_MODEL, dir, { recursive: true });
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'));
  for (const [file, edit] of Object.entries(change)) {
    const bytes = Buffer.from(edit(await readFile(join(dir, file))));
    await writeFile(join(dir, file), bytes);
    if (file === 'manifest.json') return;
    manifest.files[file] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  }
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
}

/** Numbers that look random and are the same in every run, in [0, 1). */
export function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A policy drawn from all kinds: thresholds from 0 to 1, patience from 1 to `layers`, either off. */
export function randomPolicy(random: () => number, layers: number): ExitPolicy {
  return {
    entropyThreshold: random() < 0.25 ? 'off' : random(),
    patience: random() < 0.4 ? 'off' : 1 + Math.floor(random() * layers),
  };
}
