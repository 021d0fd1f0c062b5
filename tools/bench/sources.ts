import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSamples, type Sample } from '@epee/demo';
import { EpeeError } from '@epee/errors';
import { readLabelledFile } from '@epee/labelled-data';
import type { TextMode } from '@epee/text';

/** Texts to measure on. */
export interface Source {
  readonly name: string;
  readonly mode: TextMode;
  readonly texts: readonly Sample[];
}

const ACI_BENCH = { folder: 'aci_bench', name: 'aci_bench notes', mode: 'note' } as const;
const MAX_TEXT_BYTES = 1_048_576;

/**
 * Checks that a data folder holds something to measure on: a misspelt one would silently give way to the sample notes.
 * @throws EpeeError USAGE_INVALID
 */
export function checkData(dataDir: string | null): void {
  if (dataDir === null || ['phee', 'aci_bench'].some((folder) => fileOf(dataDir, folder, 'dev') !== undefined)) return;
  throw new EpeeError('USAGE_INVALID', `${dataDir} holds neither phee/dev.jsonl.gz nor aci_bench/dev.jsonl.gz, nor text/ with them`, {
    stage: 'cli',
    hint: 'Where no folder is named, the sample notes are measured.',
  });
}

/** PHEE's sentences and aci_bench's notes where the data folder holds them; else the project's own sample notes. */
export async function rowSources(dataDir: string | null): Promise<Source[]> {
  const sources = [
    await sourceOf(dataDir, { folder: 'phee', split: 'dev', name: 'PHEE dev sentences', mode: 'sentence' }),
    await sourceOf(dataDir, { ...ACI_BENCH, split: 'dev', name: 'aci_bench dev notes' }),
  ].filter((source) => source !== null);
  return sources.length > 0 ? sources : [await samples()];
}

/** Notes for the pipeline: aci_bench's, both splits, or the samples. */
export async function noteSource(dataDir: string | null): Promise<Source> {
  const parts = [await sourceOf(dataDir, { ...ACI_BENCH, split: 'train' }), await sourceOf(dataDir, { ...ACI_BENCH, split: 'dev' })];
  const texts = parts.flatMap((part) => part?.texts ?? []);
  return texts.length === 0 ? samples() : { name: ACI_BENCH.name, mode: ACI_BENCH.mode, texts };
}

type DataPart = Pick<Source, 'name' | 'mode'> & { readonly folder: string; readonly split: string };

async function sourceOf(dataDir: string | null, { folder, split, name, mode }: DataPart): Promise<Source | null> {
  if (dataDir === null) return null;
  const path = fileOf(dataDir, folder, split);
  if (path === undefined) return null;
  const file = await readLabelledFile(path);
  if (file.kind === 'image') return null;
  return { name, mode, texts: file.items.map(({ item }) => ({ documentId: item.id, text: item.text })) };
}

const fileOf = (dataDir: string, folder: string, split: string) =>
  [join(dataDir, folder), join(dataDir, 'text', folder)].map((dir) => join(dir, `${split}.jsonl.gz`)).find(existsSync);

async function samples(): Promise<Source> {
  return { name: 'sample notes of deploy/samples', mode: 'note', texts: await readSamples(MAX_TEXT_BYTES) };
}
