import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { csvSink, parquetSink } from '../../../../tools/batch/export/sinks.ts';
import { TABLES, type TableRow } from '../../../../tools/batch/export/tables.ts';
import { sampleResult } from '../../services/cli/support.ts';

describe('files of tables', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-sinks-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('hold in Parquet what was added, in several groups of rows, with missing values', async () => {
    const table = TABLES.find(({ name }) => name === 'sections')!;
    const path = join(folder, 'sections.parquet');
    const sink = parquetSink(path, table);
    const rows: TableRow[] = Array.from({ length: 45_000 }, (_, at) => [
      `doc-${at}`,
      '9007199254740993',
      'plan',
      at % 2 === 0 ? null : 'PLAN',
      0,
      at,
      'é🦞',
      0.5,
      3,
      'entropy',
    ]);
    for (let at = 0; at < rows.length; at += 700) await sink.add(rows.slice(at, at + 700));
    await sink.close();
    const read = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    assert.equal(read.length, rows.length);
    for (const at of [0, 1, 20_001, 44_999])
      assert.deepEqual(
        table.columns.map(({ name }) => read[at]![name] ?? null),
        rows[at],
      );
  });

  for (const { name } of TABLES) {
    it(`can be empty in Parquet: ${name}`, async () => {
      const path = join(folder, `${name}.parquet`);
      await parquetSink(path, TABLES.find((table) => table.name === name)!).close();
      assert.deepEqual(await parquetReadObjects({ file: await asyncBufferFromFile(path) }), []);
    });
  }

  it('begin in CSV with their columns', async () => {
    const table = TABLES.find(({ name }) => name === 'entities')!;
    const sink = await csvSink(join(folder, 'entities.csv'), table);
    await sink.add(table.rows(sampleResult()));
    await sink.close();
    const lines = readFileSync(join(folder, 'entities.csv'), 'utf8').split('\r\n');
    assert.equal(
      lines[0],
      'documentId,version,id,label,start,end,text,confidence,exitLayer,exitReason,certainty,time,subject,action,codes,parsed',
    );
    assert.equal(lines[1], 'note-1,1,e1,Effect,0,4,Rash,0.9,3,entropy,,,,,[],');
    assert.equal(lines[2], 'note-1,1,e2,Treatment.Drug,20,31,"amoxi\n cillin",0.9,3,entropy,,,,,[],');
  });
});
