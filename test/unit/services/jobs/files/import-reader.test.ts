import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BatchPosition } from '@epee/redis';
import { readImport } from '../../../../../services/jobs/files/import-reader.ts';
import { planFiles } from '../../../../../services/jobs/files/plan.ts';
import { walkFiles } from '../../../../../services/jobs/files/walk.ts';
import { type ChunkOptions, takeChunk } from '../../../../../services/jobs/sending/chunk.ts';

const csv = { delimiter: ',', columns: {} };
const options = { csv, maxTextBytes: 1000 };
const chunkOptions: ChunkOptions = {
  maxRows: 3,
  maxCharacters: 1_000_000,
  source: 's',
  version: '4',
  maxTextBytes: 1000,
  refusal: () => null,
  nowMs: () => 5,
};

describe('reading an import', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-import-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };

  const rows = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, at) => `${JSON.stringify({ id: `${prefix}${at}`, text: `Note ${at}.` })}\n`).join('');

  /** All chunks, each read by a reader of its own from the position where the one before ended, as after a kill. */
  async function chunksOf(paths: readonly string[], maxRows: number) {
    const ids: string[] = [];
    const problems: string[] = [];
    let position: BatchPosition | null = null;
    for (;;) {
      const reader = readImport(paths, position, options);
      const chunk = await takeChunk(reader, position, { ...chunkOptions, maxRows });
      await reader.return(undefined);
      ids.push(...chunk.notes.map(({ documentId }) => documentId));
      problems.push(...chunk.outcome.problems.map(({ where, code }) => `${where.replace(`${folder}/`, '')} ${code}`));
      position = chunk.outcome.position;
      if (chunk.outcome.last) return { ids, problems, position };
    }
  }

  for (const maxRows of [1, 2, 7, 1000]) {
    it(`gives every row once, in one order, when it begins anew after every ${maxRows} rows`, async () => {
      put('in/a.txt', 'One.');
      put('in/b.jsonl', `${rows(5, 'b')}\n  \nnot json\n${rows(2, 'c')}`);
      put('in/d.jsonl.gz', gzipSync(rows(6, 'd')));
      put('in/e/f.csv', 'id,text\nf0,"two\nlines"\nf1\nf2,x\n');
      put('in/e/g.csv.gz', gzipSync('text,id\nx,g0\ny,g1'));
      put('in/empty.jsonl', '');
      put('in/h.txt', ' ');
      const last = put('z.ndjson', rows(2, 'z').trimEnd());
      const { ids, problems, position } = await chunksOf([join(folder, 'in'), last], maxRows);
      assert.deepEqual(ids, [
        'a',
        'b0',
        'b1',
        'b2',
        'b3',
        'b4',
        'c0',
        'c1',
        'd0',
        'd1',
        'd2',
        'd3',
        'd4',
        'd5',
        'f0',
        'f2',
        'g0',
        'g1',
        'z0',
        'z1',
      ]);
      assert.deepEqual(problems, ['in/b.jsonl:8 FILE_INVALID', 'in/e/f.csv:4 FILE_INVALID', 'in/h.txt TEXT_EMPTY']);
      const { bytes } = await planFiles([join(folder, 'in'), last], { folders: [folder], csv });
      assert.equal(position?.readBytes, bytes);
    });
  }

  it('completes notes with the source and version of the import, and closes a chunk by its characters too', async () => {
    const path = put('a.jsonl', rows(3, 'a'));
    const chunk = await takeChunk(readImport([path], null, options), null, { ...chunkOptions, maxCharacters: 8 });
    assert.deepEqual(
      chunk.notes.map(({ documentId, source, version, receivedAtMs }) => [documentId, source, version, receivedAtMs]),
      [
        ['a0', 's', 4n, 5],
        ['a1', 's', 4n, 5],
      ],
    );
    assert.equal(chunk.outcome.last, false);
  });

  it('is not disturbed by files that come or go before the place that was reached', async () => {
    put('in/b.txt', 'B');
    put('in/d.txt', 'D');
    const first = await takeChunk(readImport([join(folder, 'in')], null, options), null, { ...chunkOptions, maxRows: 1 });
    rmSync(join(folder, 'in/b.txt'));
    put('in/a.txt', 'A');
    put('in/c.txt', 'C');
    const rest = await takeChunk(readImport([join(folder, 'in')], first.outcome.position, options), first.outcome.position, chunkOptions);
    assert.deepEqual(
      rest.notes.map(({ documentId }) => documentId),
      ['c', 'd'],
    );
  });

  it('refuses to go on in a file that has changed', async () => {
    const path = put('a.jsonl', rows(4, 'a'));
    const first = await takeChunk(readImport([path], null, options), null, { ...chunkOptions, maxRows: 1 });
    appendFileSync(path, rows(1, 'new'));
    const reader = readImport([path], first.outcome.position, options);
    await assert.rejects(takeChunk(reader, first.outcome.position, chunkOptions), {
      code: 'JOB_INPUT_INVALID',
      message: /changed while it was imported/,
    });
  });

  it('says how far a broken gzip file could be read, and goes on with the next file', async () => {
    put('in/a.jsonl.gz', gzipSync(rows(2000, 'a')).subarray(0, 4000));
    put('in/b.txt', 'B');
    const { ids, problems } = await chunksOf([join(folder, 'in')], 10_000);
    assert.equal(ids.at(-1), 'b');
    assert.ok(ids.length > 100);
    assert.ok(problems.includes('in/a.jsonl.gz FILE_INVALID'), problems.join());
  });

  it('walks in the order of names, without hidden names, links and other endings, and from any file on', async () => {
    for (const name of ['b/2.txt', 'b/10.txt', 'a.jsonl', 'c.csv', 'b.txt', '.hidden/x.txt', 'x.pdf']) put(`in/${name}`, 'x');
    symlinkSync(join(folder, 'in/a.jsonl'), join(folder, 'in/link.jsonl'));
    const walk = async (from: { root: number; file: string } | null) => {
      const files: string[] = [];
      for await (const { file } of walkFiles([join(folder, 'in')], from)) files.push(file);
      return files;
    };
    const all = ['a.jsonl', 'b/10.txt', 'b/2.txt', 'b.txt', 'c.csv'];
    assert.deepEqual(await walk(null), all);
    for (const [at, file] of all.entries()) assert.deepEqual(await walk({ root: 0, file }), all.slice(at));
  });

  for (const [what, paths, code] of [
    ['a path that is not there', ['none'], 'JOB_INPUT_INVALID'],
    ['a folder without notes', ['empty'], 'JOB_INPUT_INVALID'],
    ['a file of another kind', ['x.pdf'], 'JOB_INPUT_INVALID'],
    ['a CSV file without a column', ['bad.csv'], 'JOB_INPUT_INVALID'],
    ['a link that leads out of the folders', ['in/out.txt'], 'JOB_FOLDER_REFUSED'],
    ['a path beside the folders', ['../x'], 'JOB_INPUT_INVALID'],
  ] as const) {
    it(`is not begun with ${what}`, async () => {
      mkdirSync(join(folder, 'empty'));
      put('x.pdf', 'x');
      put('bad.csv', 'a,b\n');
      put('in/a.txt', 'A');
      symlinkSync('/etc/hostname', join(folder, 'in/out.txt'));
      await assert.rejects(
        planFiles(
          paths.map((path) => join(folder, path)),
          { folders: [folder], csv },
        ),
        { code },
      );
    });
  }

  it('never keeps a text in what it reports of bad rows', async () => {
    const path = put('a.jsonl', '{"id":"a","text":["MARKER"]}\n{"text":"MARKER"\n{"id":"MARKER\\u0000","text":"x"}\n');
    const { outcome } = await takeChunk(readImport([path], null, options), null, chunkOptions);
    assert.equal(outcome.problems.length, 3);
    assert.ok(!JSON.stringify(outcome).includes('MARKER'));
  });
});
