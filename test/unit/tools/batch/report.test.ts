import assert from 'node:assert/strict';
import type { EpeeError } from '@epee/errors';
import type { BatchJob } from '@epee/redis';
import { isBatchId } from '@epee/stream';
import { csvRecord } from '../../../../tools/batch/export/csv.ts';
import { TABLES } from '../../../../tools/batch/export/tables.ts';
import { newJobId } from '../../../../tools/batch/job-id.ts';
import { demandDone, importsTable, importText, reportOf, shareDone, statusText } from '../../../../tools/batch/report.ts';
import { sampleResult } from '../../services/cli/support.ts';

const position = { root: 0, file: '', ended: false, line: 1, byte: 0, size: 100, modifiedMs: 0, filesBytes: 0, readBytes: 50 };
const job = (more: Partial<BatchJob> = {}): BatchJob => ({
  id: 'batch-1',
  createdAtMs: 0,
  paths: ['/data/a.jsonl'],
  policy: null,
  source: 's',
  version: '1',
  notesPerSecond: null,
  chunkRows: 500,
  csv: { delimiter: ',', columns: {} },
  state: 'importing',
  run: 1,
  nextChunk: 1,
  position,
  totals: { files: 1, bytes: 100, resultOffsets: {} },
  owner: null,
  intent: null,
  failure: null,
  sent: 40,
  unreadable: 2,
  extracted: 18,
  deadLetters: 2,
  deadLettersByCode: { ENGINE_NON_FINITE: 2 },
  rows: 100,
  layersRun: 300,
  layersFull: 1200,
  startedAtMs: 1000,
  sentAtMs: null,
  finishedAtMs: null,
  ...more,
});

describe('the report of an import', () => {
  it('tells the share that is done: of the bytes read, those whose notes are finished', () => {
    assert.equal(shareDone(job()), 0.25);
    assert.equal(shareDone(job({ sentAtMs: 2000, state: 'extracting' })), 0.5);
    assert.equal(shareDone(job({ state: 'done' })), 1);
    assert.equal(shareDone(job({ totals: null, position: null })), null);
  });

  it('tells where an import is now, and why it failed', () => {
    assert.equal(
      statusText(reportOf(job(), [], 3000)),
      'batch-1  importing 25.0 %, 2.00 s\n  40 sent, 18 extracted, 2 dead-lettered, 2 unreadable',
    );
    const failure = { code: 'JOB_INPUT_INVALID', message: 'a is not there', hint: null };
    assert.match(statusText(reportOf(job({ state: 'failed', failure }), [], 3000)), /\n {2}a is not there \(JOB_INPUT_INVALID\)$/);
  });

  it('lists imports in a table that fits 80 columns, however many notes they have', () => {
    const asked = { createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5), policy: 'careful', paths: ['/data/a.jsonl', '/data/b'] };
    const large = job({
      ...asked,
      id: 'batch-20260102-030405-iiii',
      sent: 1_234_567,
      extracted: 1_000_000,
      deadLetters: 12_345,
      unreadable: 99_999,
    });
    const lines = importsTable(
      [large, job()].map((one) => reportOf(one, [], 0)),
      80,
    ).split('\n');
    assert.match(lines[0]!, /^import +state +sent +results +dead +bad rows$/);
    assert.match(lines[1]!, /^ {2}time \(UTC\) +policy +files$/);
    assert.match(lines[3]!, /^batch-20260102-030405-iiii {2}importing 4… {2}1,234,567 {2}1,000,000 {2}12,345 +99,999$/);
    assert.match(lines[4]!, /^ {2}2026-01-02 03:04 {2}careful {2}a\.jsonl and 1 more$/);
    assert.ok(
      lines.every((line) => line.length <= 80),
      lines.join('\n'),
    );
    assert.equal(importsTable([], 80), 'There are no batch imports.');
  });

  it('reports counts, codes, bad rows, layers and time', () => {
    const report = reportOf(
      job({ state: 'done', finishedAtMs: 11_000 }),
      [{ where: 'a:3', code: 'FILE_INVALID', message: 'a:3: bad' }],
      99_000,
    );
    assert.deepEqual([report.seconds, report.notesPerSecond, report.layersSaved], [10, 2, 0.75]);
    const words = importText(report);
    for (const line of [
      'batch-1: done, 10.0 s, 2.00 notes/s',
      'ENGINE_NON_FINITE 2',
      'a:3: bad (FILE_INVALID)',
      'and 1 more',
      '75.0 % (300 of 1,200 run)',
    ])
      assert.ok(words.includes(line), line);
  });

  it('is an error of its own where an import was cancelled or failed', () => {
    const of = (more: Partial<BatchJob>) => reportOf(job(more), [], 0);
    demandDone(of({ state: 'done' }));
    demandDone(of({ state: 'paused' }));
    assert.throws(() => demandDone(of({ state: 'cancelled' })), { code: 'JOB_CANCELLED' });
    const failure = { code: 'JOB_INPUT_INVALID', message: 'a is not there', hint: null };
    assert.throws(
      () => demandDone(of({ state: 'failed', failure })),
      (error: EpeeError) => error.code === 'JOB_INPUT_INVALID' && error.hint!.includes('epee batch resume batch-1'),
    );
  });

  it('names imports so that people can read their time and no two are the same', () => {
    const id = newJobId(Date.UTC(2026, 0, 2, 3, 4, 5), () => 0.5);
    assert.equal(id, 'batch-20260102-030405-iiii');
    assert.ok(isBatchId(id));
  });
});

describe('tables of results', () => {
  const rowsOf = (name: string) => TABLES.find((table) => table.name === name)!;

  it('have a value for every column', () => {
    for (const table of TABLES) for (const row of table.rows(sampleResult())) assert.equal(row.length, table.columns.length, table.name);
  });

  it('name both ends of a relation', () => {
    const [row] = rowsOf('relations').rows(sampleResult());
    assert.deepEqual(row!.slice(0, 7), ['note-1', '1', 'adverse_effect', 'e2', 'amoxi\n cillin', 'e1', 'Rash']);
  });

  it('are written by RFC 4180', () => {
    assert.equal(csvRecord(['a', 'b,c', 'say "x"', 'two\nlines', '', null, 1.5]), 'a,"b,c","say ""x""","two\nlines","",,1.5\r\n');
  });
});
