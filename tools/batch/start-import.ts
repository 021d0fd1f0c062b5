import { resolve } from 'node:path';
import type { CliConfig } from '@epee/config';
import type { BatchDefinition } from '@epee/redis';
import type { CliContext } from '@epee/terminal';
import { newJobId } from './job-id.ts';
import { withBatch } from './open-batch.ts';
import { exitCodeOf, writeReport } from './outcome.ts';
import { watchJob } from './watch-job.ts';

/** What `epee batch import` was asked for. */
export interface ImportRequest {
  readonly paths: readonly string[];
  readonly definition: Omit<BatchDefinition, 'id' | 'createdAtMs' | 'paths' | 'chunkRows'>;
  /** Whether to end at once and leave the import to itself. */
  readonly detach: boolean;
  readonly json: boolean;
}

/** Rows of a chunk: what is read again after a kill, and one transaction. */
const CHUNK_ROWS = 500;

/**
 * Starts an import and watches it to its end.
 * @returns 0; 1 where rows could not be read or notes became dead letters; 130 where watching was interrupted
 * @throws EpeeError REDIS_UNREACHABLE, JOB_INPUT_INVALID, JOB_FOLDER_REFUSED, JOB_CANCELLED and whatever else makes an import fail
 */
export async function runImport(
  context: CliContext,
  config: CliConfig,
  { paths, definition, detach, json }: ImportRequest,
): Promise<number> {
  return withBatch(config, async (batch) => {
    const id = newJobId(Date.now(), Math.random);
    const { notesPerSecond } = definition;
    await batch.store.create({
      ...definition,
      id,
      createdAtMs: Date.now(),
      paths: paths.map((path) => resolve(path)),
      chunkRows: Math.max(1, Math.min(CHUNK_ROWS, notesPerSecond ?? CHUNK_ROWS)),
    });
    // Were this process to die just here, the jobs service would add the chunk itself.
    await batch.queue.add({ import: id, run: 1, chunk: 0 });
    if (detach) {
      context.stdout.write(json ? `${JSON.stringify({ id })}\n` : `${id}\n`);
      return 0;
    }
    context.stderr.write(`${id} begins\n`);
    return follow(context, batch, { id, json });
  });
}

/** Watches an import to its end and reports. */
export async function follow(
  context: CliContext,
  batch: Parameters<typeof watchJob>[1],
  { id, json }: { id: string; json: boolean },
): Promise<number> {
  const job = await watchJob(context, batch, id);
  if (job === null) {
    context.stderr.write(`${id} goes on without this command. To watch it again: epee batch status ${id} --watch\n`);
    return 130;
  }
  if (job.state === 'paused') {
    context.stderr.write(`${id} is paused. To go on: epee batch resume ${id}\n`);
    return 0;
  }
  await writeReport(context, batch, job, { json });
  return exitCodeOf(job);
}
