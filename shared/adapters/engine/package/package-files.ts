import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EpeeError } from '@epee/errors';
import { parseManifest } from './manifest.ts';
import type { Manifest } from './manifest-schema.ts';

/** A model package on disk whose files agree with its manifest. */
export interface ModelPackage {
  /** Absolute path of the package's folder. */
  readonly dir: string;
  readonly manifest: Manifest;
  /** SHA-256 of manifest.json, hex. */
  readonly sha256: string;
}

/**
 * Reads a model package and checks the presence, size and SHA-256 of every file in its manifest.
 * Nothing else would notice corrupt weights: the runtime loads them silently.
 * @param dir folder with manifest.json
 * @throws EpeeError MODEL_MISSING (folder or file), MODEL_INVALID (manifest, or a file that it does
 * not name), MODEL_DIGEST_MISMATCH (size or SHA-256)
 */
export async function loadPackage(dir: string): Promise<ModelPackage> {
  const folder = resolve(dir);
  const manifestPath = join(folder, 'manifest.json');
  const bytes = await readFile(manifestPath).catch((cause: unknown) => {
    throw missing(`There is no model package at ${folder}: manifest.json cannot be read`, cause);
  });
  const manifest = parseManifest(bytes.toString('utf8'), manifestPath);
  await refuseStrangers(folder, manifest);
  for (const [file, expected] of Object.entries(manifest.files)) await checkFile(join(folder, file), expected);
  return { dir: folder, manifest, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * {@link loadPackage} for a model that must read texts, or must read images.
 * @throws EpeeError as {@link loadPackage}; MODEL_INVALID for a model of the other kind
 */
export async function loadPackageOf(input: 'text' | 'image', dir: string): Promise<ModelPackage> {
  const modelPackage = await loadPackage(dir);
  const { name, backbone } = modelPackage.manifest;
  const found = backbone.family === 'vit' ? 'image' : 'text';
  if (found === input) return modelPackage;
  throw new EpeeError(
    'MODEL_INVALID',
    `Model ${name} (${backbone.family}) of ${modelPackage.dir} reads ${found}s, but a model that reads ${input}s is needed`,
    {
      stage: 'config',
      hint: `Name a package of ${input === 'text' ? 'a text model (bert, albert, gpt2)' : 'an image model (vit)'}.`,
    },
  );
}

/**
 * A graph may read any file of its folder as weights, so a file that the manifest does not name
 * would be unchecked.
 */
async function refuseStrangers(folder: string, manifest: Manifest): Promise<void> {
  const present = await readdir(folder);
  const stranger = present.find((file) => !file.startsWith('.') && file !== 'manifest.json' && !Object.hasOwn(manifest.files, file));
  if (stranger === undefined) return;
  throw new EpeeError('MODEL_INVALID', `${join(folder, stranger)} is not named in the package's manifest.json`, {
    stage: 'config',
    hint: 'Remove the file, or export the package again.',
  });
}

async function checkFile(path: string, expected: { readonly sha256: string; readonly bytes: number }): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw missing(`${path} cannot be read although manifest.json names it`, cause);
  });
  if (found.size !== expected.bytes) throw mismatch(`${path} has ${found.size} bytes, but manifest.json says ${expected.bytes}`);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (cause) {
    throw missing(`${path} cannot be read although manifest.json names it`, cause);
  }
  const actual = hash.digest('hex');
  if (actual !== expected.sha256) throw mismatch(`${path} has SHA-256 ${actual}, but manifest.json says ${expected.sha256}`);
}

function missing(message: string, cause: unknown): EpeeError {
  return new EpeeError('MODEL_MISSING', message, {
    stage: 'config',
    cause,
    hint: 'Name the folder of a complete model package in EPEE_MODEL_DIR, or as the model of the command.',
  });
}

function mismatch(message: string): EpeeError {
  return new EpeeError('MODEL_DIGEST_MISMATCH', message, {
    stage: 'config',
    hint: 'A file of the package has changed; fetch or export the package again.',
  });
}
