import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { createKafka } from '@epee/kafka';
import { type ExtractionResult, resultToJson } from '@epee/records';
import type { CliContext } from '@epee/terminal';
import { count, counted, countSteps, progressOn } from '@epee/terminal';
import { hasEnded } from '../job-words.ts';
import { findJob, withBatch } from '../open-batch.ts';
import { readResults } from './read-results.ts';
import { csvSink, parquetSink, type Sink, textSink } from './sinks.ts';
import { TABLES, type TableRow } from './tables.ts';

/** Forms in which tables are written. */
export const TABLE_FORMATS = ['csv', 'parquet', 'both', 'none'] as const;

/** What `epee batch export` was asked for. */
export interface ExportRequest {
  readonly id: string;
  /** Folder to be made; must not be there yet. */
  readonly out: string;
  readonly tables: (typeof TABLE_FORMATS)[number];
  readonly json: boolean;
}

/**
 * Writes an import's results: results.jsonl, and the tables. They are written to a folder beside and moved when they are complete.
 * @returns 0; 1 where the topic no longer has all results
 * @throws EpeeError JOB_NOT_FOUND, FILE_INVALID (the folder is there already, or cannot be written), KAFKA_UNREACHABLE, INTERRUPTED
 */
export async function runExport(context: CliContext, config: CliConfig, { id, out, tables, json }: ExportRequest): Promise<number> {
  const { stdout, stderr, signal } = context;
  const job = await withBatch(config, ({ store }) => findJob(store, id));
  const target = resolve(out);
  if (existsSync(target)) throw outInvalid(out, 'is there already; name a folder that is not');
  const part = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.part`);
  await mkdir(part, { recursive: true }).catch((error) => {
    throw outInvalid(out, `cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  });
  const progress = progressOn(stderr)('export');
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
          await writer.add(results);
          steps(results.length, job.extracted);
        },
      },
    );
    await writer.close();
    await rename(part, target);
    progress.end();
    if (!hasEnded(job)) stderr.write(`${id} has not ended: these are the results so far\n`);
    if (found < job.extracted) {
      stderr.write(`${counted(job.extracted - found, 'result')} of ${count(job.extracted)} are no longer on ${config.topics.results}\n`);
    }
    stdout.write(
      json ? `${JSON.stringify({ id, out: target, results: found, rows: writer.rows() })}\n` : inWords(found, out, writer.rows()),
    );
    return found < job.extracted ? 1 : 0;
  } finally {
    progress.end();
    await rm(part, { recursive: true, force: true });
  }
}

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

const inWords = (results: number, out: string, rows: Readonly<Record<string, number>>) =>
  `${counted(results, 'result')} in ${out}: ${Object.entries(rows)
    .map(([name, number]) => `${count(number)} ${name}`)
    .join(', ')}\n`;

const outInvalid = (out: string, what: string) =>
  new EpeeError('FILE_INVALID', `--out ${out} ${what}`, { stage: 'cli', details: { path: out } });
