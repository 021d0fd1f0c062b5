import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { csvRecord } from './csv.ts';
import type { Table, TableRow } from './tables.ts';

/** Takes rows and writes them to a file. */
export interface Sink<T> {
  add(rows: readonly T[]): Promise<void>;
  close(): Promise<void>;
}

/** Rows that Parquet writes together. */
const ROW_GROUP = 20_000;

/** A text file, written as fast as the disk takes it. */
export function textSink(path: string): Sink<string> {
  const stream = createWriteStream(path, { flags: 'wx' });
  return {
    add: async (lines) => {
      for (const line of lines) if (!stream.write(line)) await once(stream, 'drain');
    },
    close: () => {
      stream.end();
      return finished(stream);
    },
  };
}

/** A CSV file with a header. */
export async function csvSink(path: string, { columns }: Table): Promise<Sink<TableRow>> {
  const text = textSink(path);
  await text.add([csvRecord(columns.map(({ name }) => name))]);
  return { add: (rows) => text.add(rows.map(csvRecord)), close: text.close };
}

/** A Parquet file; holds one group of rows. */
export function parquetSink(path: string, { columns }: Table): Sink<TableRow> {
  const empty = columns.map(({ name, type }) => ({ name, type, data: [], nullable: true }));
  const writer = new ParquetWriter({ writer: fileWriter(path), schema: schemaFromColumnData({ columnData: empty }) });
  let held: TableRow[] = [];
  const flush = async () => {
    const rows = held;
    held = [];
    const columnData = empty.map((column, at) => ({ ...column, data: rows.map((row) => row[at] ?? null) }));
    await writer.write({ columnData, rowGroupSize: ROW_GROUP });
  };
  return {
    async add(rows) {
      for (const row of rows) held.push(row);
      if (held.length >= ROW_GROUP) await flush();
    },
    async close() {
      if (held.length > 0) await flush();
      writer.finish();
    },
  };
}
