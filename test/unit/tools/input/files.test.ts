import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { MeasuredRow } from '@epee/notes';
import { findNoteFiles } from '@epee/notes';
import { type InputOptions, openInput } from '../../../../tools/input/input.ts';

describe('reading notes from files', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-files-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  };

  async function read(paths: readonly string[], more: Partial<InputOptions> = {}): Promise<MeasuredRow[]> {
    const { signal } = new AbortController();
    const rows: MeasuredRow[] = [];
    const input = openInput({ paths, stdin: Readable.from([]), stdinAs: 'auto', stdinId: 'stdin-7', maxTextBytes: 100, signal, ...more });
    for await (const row of input.rows) rows.push(row as MeasuredRow);
    return rows;
  }

  /** What matters of a row: its place without the folder, and its fields or code. */
  const plain = (rows: readonly MeasuredRow[]) =>
    rows.map((row) => [row.where.replace(`${folder}/`, ''), 'error' in row ? row.error.code : row.fields]);

  it('finds files below a folder in the order of their names, ids by path, without hidden names, links and other endings', () => {
    for (const name of ['b.txt', 'a/z.txt', 'a/y.JSONL', '.hidden/x.txt', '.h.txt', 'c.pdf']) put(name, 'x');
    symlinkSync(join(folder, 'b.txt'), join(folder, 'link.txt'));
    const { files, problems } = findNoteFiles([folder]);
    assert.deepEqual(
      files.map(({ path, kind, documentId }) => [path.replace(`${folder}/`, ''), kind, documentId]),
      [
        ['a/y.JSONL', 'rows', 'a/y'],
        ['a/z.txt', 'text', 'a/z'],
        ['b.txt', 'text', 'b'],
      ],
    );
    assert.deepEqual(problems, []);
  });

  it('waits for no pipe', () => {
    execFileSync('mkfifo', [join(folder, 'pipe.txt')]);
    const { files, problems } = findNoteFiles([join(folder, 'pipe.txt')]);
    assert.deepEqual([files, problems.map(({ message }) => /is neither a file nor a folder/.test(message))], [[], [true]]);
  });

  it('says which path is missing, of another kind or holds nothing, and goes on with the others', async () => {
    mkdirSync(join(folder, 'empty'));
    const rows = await read([join(folder, 'none.txt'), put('a.pdf', 'x'), join(folder, 'empty'), put('a.txt', 'Rash.')]);
    assert.deepEqual(plain(rows), [
      ['none.txt', 'FILE_NOT_FOUND'],
      ['a.pdf', 'FILE_INVALID'],
      [join(folder, 'empty').replace(`${folder}/`, ''), 'FILE_INVALID'],
      ['a.txt', { documentId: 'a', text: 'Rash.' }],
    ]);
  });

  it('reads rows with their line, leaves out empty lines and reports bad ones by line', async () => {
    const lines = [
      Buffer.from('{"id":"1","text":"a"}\r\n\n'),
      Buffer.from('{"id":"2",\n[1]\n"text"\n'),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      Buffer.from(`{"id":"long","text":"${'x'.repeat(70_000)}"}\n{"id":"3","text":"b"}`),
    ];
    assert.deepEqual(plain(await read([put('n.jsonl', Buffer.concat(lines))])), [
      ['n.jsonl:1', { id: '1', text: 'a' }],
      ['n.jsonl:3', 'FILE_INVALID'],
      ['n.jsonl:4', 'FILE_INVALID'],
      ['n.jsonl:5', 'FILE_INVALID'],
      ['n.jsonl:6', 'TEXT_INVALID_UTF8'],
      ['n.jsonl:7', 'TEXT_TOO_LARGE'],
      ['n.jsonl:8', { id: '3', text: 'b' }],
    ]);
  });

  it('never quotes a bad line', async () => {
    const rows = await read([put('n.jsonl', '{"text": "Agneta Lindqvist"\n')]);
    const [row] = rows;
    assert.ok(row !== undefined && 'error' in row);
    assert.doesNotMatch(`${row.error.message}${JSON.stringify(row.error.details)}${row.error.stack}`, /Agneta/);
  });

  it('keeps a text as it is: CRLF, astral characters, no byte order mark', async () => {
    const [row] = await read([put('a.txt', '\ufeffBP 120/80\r\n🦞\r\n')]);
    assert.deepEqual(row !== undefined && 'fields' in row && row.fields.text, 'BP 120/80\r\n🦞\r\n');
  });

  it('refuses a text file that is too large or not UTF-8', async () => {
    const rows = await read([put('a.txt', 'x'.repeat(101)), put('b.txt', 'x'.repeat(100)), put('c.txt', Buffer.from([0x61, 0xff]))]);
    assert.deepEqual(plain(rows), [
      ['a.txt', 'TEXT_TOO_LARGE'],
      ['b.txt', { documentId: 'b', text: 'x'.repeat(100) }],
      ['c.txt', 'TEXT_INVALID_UTF8'],
    ]);
  });

  it('reads gzip, and says where a broken one breaks off', async () => {
    // Lines that do not compress, so that several chunks come before the break.
    const lines = Array.from({ length: 2000 }, (_, at) => `{"id":"${at}","text":"${Math.sin(at)} ${Math.cos(at)}"}\n`).join('');
    const whole = gzipSync(lines);
    assert.equal((await read([put('a.ndjson.gz', whole)])).length, 2000);
    const rows = await read([put('b.jsonl.gz', whole.subarray(0, whole.length / 2)), put('c.txt', 'ok')]);
    const broken = rows.findIndex((row) => 'error' in row);
    assert.ok(broken > 0, 'rows before the break are read');
    assert.deepEqual(plain(rows.slice(broken)), [
      ['b.jsonl.gz', 'FILE_INVALID'],
      ['c.txt', { documentId: 'c', text: 'ok' }],
    ]);
  });

  it('measures all bytes of its files, and knows how many there are', async () => {
    const a = put('a.jsonl', '{"id":"1","text":"a"}\n'.repeat(5000));
    const b = put('b.txt', 'Rash.');
    const { signal } = new AbortController();
    const { totalBytes, rows } = openInput({ paths: [a, b], stdin: Readable.from([]), stdinAs: 'auto', maxTextBytes: 100, signal });
    let read = 0;
    for await (const row of rows) read += row.readBytes;
    assert.equal(totalBytes, 5000 * 22 + 5);
    assert.equal(read, totalBytes);
  });

  describe('from standard input', () => {
    const from = (...chunks: string[]) => ({ stdin: Readable.from(chunks.map((chunk) => Buffer.from(chunk))) });

    for (const [what, chunks, more, expected] of [
      ['a text', ['Rash ', 'today.'], {}, [['stdin', { documentId: 'stdin-7', text: 'Rash today.' }]]],
      [
        'rows, by their first character',
        ['\n ', '{"id":"1"}\n{"id":"2"}'],
        {},
        [
          ['stdin:2', { id: '1' }],
          ['stdin:3', { id: '2' }],
        ],
      ],
      [
        'rows that begin badly, when told that they are rows',
        ['x\n{"id":"1"}'],
        { stdinAs: 'rows' },
        [
          ['stdin:1', 'FILE_INVALID'],
          ['stdin:2', { id: '1' }],
        ],
      ],
      [
        'a text that looks like rows, when told that it is text',
        ['{a}'],
        { stdinAs: 'text' },
        [['stdin', { documentId: 'stdin-7', text: '{a}' }]],
      ],
    ] as const) {
      it(`reads ${what}`, async () => assert.deepEqual(plain(await read(['-'], { ...from(...chunks), ...more })), expected));
    }

    it('refuses to read it twice', async () => {
      await assert.rejects(read(['-', '-']), { code: 'USAGE_INVALID' });
    });

    it('ends when it is interrupted', async () => {
      const interrupt = new AbortController();
      const stdin = new Readable({ read: () => undefined });
      const reading = read(['-'], { stdin, signal: interrupt.signal });
      interrupt.abort('SIGINT');
      await assert.rejects(reading, { name: 'AbortError' });
    });
  });
});
