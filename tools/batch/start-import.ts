import { resolve } from 'node:path';
import type { CliConfig } from '@epee/config';
import type { BatchDefinition } from '@epee/redis';
import { demandPolicy } from '@epee/stream';
import { newJobId } from './job-id.ts';
import { type BatchConfig, withBatch } from './open-batch.ts';

/** What is imported. */
export interface ImportRequest {
  /** Files and folders as the jobs service sees them; relative ones are taken from the working folder. */
  readonly paths: readonly string[];
  readonly definition: Omit<BatchDefinition, 'id' | 'createdAtMs' | 'paths' | 'chunkRows'>;
}

/** Rows of a chunk: what is read again after a kill, one transaction, and what pausing cannot split. */
const CHUNK_ROWS = 100;

/**
 * Hands an import to the jobs service.
 * @returns its id
 * @throws EpeeError POLICY_UNKNOWN; REDIS_UNREACHABLE, REDIS_REFUSED
 */
export async function startImport(
  { paths, definition }: ImportRequest,
  config: BatchConfig & Pick<CliConfig, 'policies'>,
): Promise<string> {
  const { policy } = definition;
  if (policy !== null) demandPolicy({ policy, given: '--policy', stage: 'cli' }, config.policies.notes);
  return withBatch(config, async ({ store, queue }) => {
    const id = newJobId(Date.now(), Math.random);
    const { notesPerSecond } = definition;
    await store.create({
      ...definition,
      id,
      createdAtMs: Date.now(),
      paths: paths.map((path) => resolve(path)),
      chunkRows: Math.max(1, Math.min(CHUNK_ROWS, notesPerSecond ?? CHUNK_ROWS)),
    });
    // Were this process to die just here, the jobs service would add the chunk itself.
    await queue.add({ import: id, run: 1, chunk: 0 });
    return id;
  });
}
