import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { createKafka } from '@epee/kafka';
import { belowConfidence, type ExtractionResult, resultToJson } from '@epee/records';
import { count, counted, countSteps, type Watch } from '@epee/terminal';
import { findJob, withBatch } from '../open-batch.ts';
import { hasEnded } from '../report.ts';
import { readResults } from './read-results.ts';
import { csvSink, parquetSink, type Sink, textSink } from './sinks.ts';
import { TABLES, type TableRow } from './tables.ts';

/** Which results are written, where, and in which form. */
export interface ExportRequest {
  readonly id: string;
  /** Folder to be made; must not be there yet. */
  readonly folder: string;
  /** Forms in which tables are written. */
  readonly tables: 'csv' | 'parquet' | 'both' | 'none';
}

/** What was written. */
export interface ExportReport {
  readonly id: string;
  /** The folder, absolute. */
  readonly out: string;
  /** Results found; fewer than `extracted` where the topic no longer has them. */
  readonly results: number;
  /** Results that the import has. */
  readonly extracted: number;
  /** Whether the import has ended; else these are the results so far. */
  readonly ended: boolean;
  readonly topic: string;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Writes an import's results: results.jsonl, and the tables. They are written to a folder beside and moved when they are complete.
 * @throws EpeeError JOB_NOT_FOUND, FILE_INVALID (the folder is there already, or cannot be written), KAFKA_UNREACHABLE, INTERRUPTED
 */
export async function exportResults(
  { id, folder, tables }: ExportRequest,
  config: CliConfig,
  { startProgress, signal }: Watch,
): Promise<ExportReport> {
  const job = await withBatch(config, ({ store }) => findJob(store, id));
  const target = resolve(folder);
  if (existsSync(target)) throw folderInvalid(folder, 'is there already; name a folder that is not');
  const part = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.part`);
  await mkdir(part, { recursive: true }).catch((error) => {
    throw folderInvalid(folder, `cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  });
  const progress = startProgress('export');
  const steps = countSteps(progress, 'results');
  try {
    const writer = await openWriter(part, tables);
    const found = await readResults(
      { topic: config.topics.results, job: id, from: job.totals?.resultOffsets ?? {}, count: job.extracted },
      {
        kafka: createKafka(config.kafka),
        codec: await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics }),
        signal,
        onResults: async (results) => {
          await writer.add(results.map((result) => belowConfidence(result, config.minConfidence).result));
          steps(results.length, job.extracted);
        },
      },
    );
    await writer.close();
    await rename(part, target);
    const { extracted } = job;
    return { id, out: target, results: found, extracted, ended: hasEnded(job), topic: config.topics.results, rows: writer.rows() };
  } finally {
    progress.end();
    await rm(part, { recursive: true, force: true });
  }
}

/** What was written, in a line. */
export const exportText = ({ out, results, rows }: ExportReport): string =>
  `${counted(results, 'result')} in ${out}: ${Object.entries(rows)
    .map(([name, number]) => `${count(number)} ${name}`)
    .join(', ')}`;

/** What whoever uses the files should know, a line each. */
export const exportWarnings = ({ id, results, extracted, ended, topic }: ExportReport): string[] => [
  ...(ended ? [] : [`${id} has not ended: these are the results so far`]),
  ...(results < extracted ? [`${counted(extracted - results, 'result')} of ${count(extracted)} are no longer on ${topic}`] : []),
];

interface ResultWriter {
  add(results: readonly ExtractionResult[]): Promise<void>;
  rows(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

async function openWriter(folder: string, format: ExportRequest['tables']): Promise<ResultWriter> {
  const lines = textSink(join(folder, 'results.jsonl'));
  const rows = Object.fromEntries(TABLES.map(({ name }) => [name, 0]));
  const wanted = format === 'none' ? [] : TABLES;
  const sinks: (readonly [number, Sink<TableRow>])[] = [];
  for (const [at, table] of wanted.entries()) {
    if (format !== 'parquet') sinks.push([at, await csvSink(join(folder, `${table.name}.csv`), table)]);
    if (format !== 'csv') sinks.push([at, parquetSink(join(folder, `${table.name}.parquet`), table)]);
  }
  return {
    async add(results) {
      await lines.add(results.map((result) => `${JSON.stringify(resultToJson(result))}\n`));
      const byTable = TABLES.map((table) => results.flatMap((result) => table.rows(result)));
      for (const [at, { name }] of TABLES.entries()) rows[name]! += byTable[at]!.length;
      for (const [at, sink] of sinks) await sink.add(byTable[at]!);
    },
    rows: () => rows,
    close: async () => {
      await lines.close();
      for (const [, sink] of sinks) await sink.close();
    },
  };
}

const folderInvalid = (folder: string, what: string) =>
  new EpeeError('FILE_INVALID', `${folder} ${what}`, { stage: 'cli', details: { path: folder } });
