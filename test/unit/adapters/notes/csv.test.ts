import assert from 'node:assert/strict';
import { type CsvOptions, type LocatedRow, readCsvLayout, readCsvRows } from '@epee/notes';
import fc from 'fast-check';
import { readCsvRecords, splitCsvRecord } from '../../../../shared/adapters/notes/csv-records.ts';

async function* chunked(bytes: Buffer, size = bytes.length): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const COMMA: CsvOptions = { delimiter: ',', columns: {} };

async function rowsOf(text: string | Buffer, options = COMMA, size?: number) {
  const bytes = Buffer.from(text);
  const layout = await readCsvLayout(chunked(bytes, size), 'f.csv', options);
  const rest = chunked(bytes.subarray(layout.next.byte), size);
  const rows: LocatedRow[] = [];
  for await (const row of readCsvRows(rest, 'f.csv', { ...options, layout, maxTextBytes: 1000, from: layout.next })) rows.push(row);
  return rows;
}

const plain = (rows: readonly LocatedRow[]) => rows.map((row) => [row.where, 'error' in row ? row.error.message : row.fields]);

describe('CSV', () => {
  it('reads quoted fields with delimiters, quotes and line ends, whatever the line ends are, and names records by their first line', async () => {
    const rows = await rowsOf('\ufeff"id",text,version\r\na,"x, ""y""\nsecond",2\r\n\r\nb,say "hi",\nc,"é🦞",7');
    assert.deepEqual(plain(rows), [
      ['f.csv:2', { documentId: 'a', text: 'x, "y"\nsecond', version: '2' }],
      ['f.csv:5', { documentId: 'b', text: 'say "hi"' }],
      ['f.csv:6', { documentId: 'c', text: 'é🦞', version: '7' }],
    ]);
  });

  it('takes source identifiers in JSON and a retraction by its reason', async () => {
    const rows = await rowsOf(
      'id,noteTime,sourceIds,retraction,text\na,1700000000000,"[{""system"":""TXA-12"",""value"":""7""}]",,Rash.\nb,,oops,mistake,\n',
    );
    assert.deepEqual(plain(rows), [
      ['f.csv:2', { documentId: 'a', noteTime: '1700000000000', sourceIds: [{ system: 'TXA-12', value: '7' }], text: 'Rash.' }],
      ['f.csv:3', { documentId: 'b', sourceIds: 'oops', retraction: { reason: 'mistake' } }],
    ]);
  });

  it('takes columns under other names and another delimiter', async () => {
    const rows = await rowsOf('note;key;mrn\nRash.;k1;p1\n', {
      delimiter: ';',
      columns: { text: 'note', documentId: 'key', patientRef: 'mrn' },
    });
    assert.deepEqual(plain(rows), [['f.csv:2', { documentId: 'k1', text: 'Rash.', patientRef: 'p1' }]]);
  });

  it('reports records that cannot be read and goes on behind them', async () => {
    const rows = await rowsOf(
      Buffer.concat([Buffer.from('id,text\na\nb,"x"y\n'), Buffer.from([0xff, 0x2c, 0x61, 0x0a]), Buffer.from('d,ok\ne,"open\nf,lost\n')]),
    );
    assert.deepEqual(plain(rows), [
      ['f.csv:2', 'f.csv:2: the record has 1 fields, but the header has 2'],
      ['f.csv:3', 'f.csv:3: something follows a closing quote'],
      ['f.csv:4', 'f.csv:4: the bytes are not valid UTF-8 from byte 0 on; they look like WINDOWS-1252'],
      ['f.csv:5', { documentId: 'd', text: 'ok' }],
      ['f.csv:6', 'f.csv:6: a quote is not closed; nothing after it could be read'],
    ]);
  });

  it('drops a record over the limit', async () => {
    const rows = await rowsOf(`id,text\na,${'x'.repeat(80_000)}\nb,ok\n`);
    assert.match(String(plain(rows)[0]![1]), /^f\.csv:2: the record is longer than 71536 bytes/);
    assert.deepEqual(plain(rows)[1], ['f.csv:3', { documentId: 'b', text: 'ok' }]);
  });

  for (const [what, text, options, message] of [
    ['without the text', 'id,note\n', COMMA, 'f.csv:1: none of the 2 columns is named text, which should hold text'],
    [
      'without a column that was named',
      'id,text\n',
      { ...COMMA, columns: { source: 'src' } },
      'f.csv:1: none of the 2 columns is named src, which should hold source',
    ],
    ['that is empty', '', COMMA, 'f.csv: the file is empty; its first line must name the columns'],
  ] as const) {
    it(`refuses a header ${what}`, async () => {
      await assert.rejects(rowsOf(text, options), { code: 'FILE_INVALID', message });
    });
  }

  it('gives back any fields that were written by RFC 4180, however the bytes are cut, and can go on from each record', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' '), maxLength: 8 });
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (records, size) => {
        const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
        const bytes = Buffer.from(records.map((cells) => cells.map(quoted).join(',')).join('\r\n'));
        const read: (string[] | null)[] = [];
        const starts = [{ line: 1, byte: 0 }];
        for await (const record of readCsvRecords(chunked(bytes, size), { delimiter: ',', maxBytes: 1000 })) {
          read.push(splitCsvRecord(String(record.bytes), ','));
          starts.push(record.next);
        }
        assert.deepEqual(read, records);
        for (const [at, from] of starts.slice(0, -1).entries()) {
          const again = readCsvRecords(chunked(bytes.subarray(from.byte), size), { delimiter: ',', maxBytes: 1000, from });
          const { value } = await again.next();
          assert.deepEqual(splitCsvRecord(String(value!.bytes), ','), records[at]);
          assert.deepEqual(value!.next, starts[at + 1]);
        }
      }),
    );
  });
});
