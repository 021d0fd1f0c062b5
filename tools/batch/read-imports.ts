import { type BatchConfig, findJob, withBatch } from './open-batch.ts';
import { type ImportReport, reportOf } from './report.ts';

/** All imports, the latest first; their bad rows are counted but not listed. @throws EpeeError REDIS_UNREACHABLE, REDIS_REFUSED */
export const listImports = (config: BatchConfig): Promise<ImportReport[]> =>
  withBatch(config, async ({ store }) => (await store.list()).map((job) => reportOf(job, [], Date.now())));

/**
 * One import as it is now.
 * @param problems rows that could not be read, at most so many
 * @throws EpeeError JOB_NOT_FOUND, REDIS_UNREACHABLE, REDIS_REFUSED
 */
export const readImport = (id: string, config: BatchConfig, problems = 0): Promise<ImportReport> =>
  withBatch(config, async ({ store }) => {
    const job = await findJob(store, id);
    return reportOf(job, problems === 0 ? [] : await store.problems(id, problems), Date.now());
  });
