import assert from 'node:assert/strict';
import { describeEncoding } from '../../../../shared/adapters/notes/decode.ts';
import { readRows, readText } from '../../../../shared/adapters/notes/note-rows.ts';

const TEXT = 'Temp 38 °C, müde.';
const utf16 = Buffer.from(TEXT, 'utf16le');

async function problemOf(bytes: Buffer, kind: 'text' | 'rows' = 'text') {
  const chunks = (async function* () {
    yield bytes;
  })();
  const rows = kind === 'text' ? readText(chunks, 'n.txt', 'n', 1000) : readRows(chunks, 'n.jsonl', 1000);
  for await (const row of rows) return 'error' in row ? row.error : null;
  return null;
}

describe('a file that is not UTF-8', () => {
  it('is refused with the first wrong byte, what it looks like, and the command that converts it', async () => {
    const error = (await problemOf(Buffer.from(TEXT, 'latin1')))!;
    assert.equal(error.code, 'TEXT_INVALID_UTF8');
    assert.equal(error.message, 'n.txt: the bytes are not valid UTF-8 from byte 8 on; they look like WINDOWS-1252');
    assert.equal(error.hint, 'Convert the file: iconv -f WINDOWS-1252 -t UTF-8 FILE > CONVERTED');
  });

  it('is told from UTF-16 with and without its mark, and from bytes that are no text', () => {
    const looks = (bytes: Buffer) => describeEncoding(bytes).looksLike;
    assert.equal(looks(utf16), 'UTF-16LE');
    assert.equal(looks(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])), 'UTF-16LE');
    assert.equal(looks(Buffer.from(utf16).swap16()), 'UTF-16BE');
    assert.equal(looks(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])), 'UTF-16BE');
    assert.equal(looks(Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 0xff])), 'binary data');
  });

  it('counts a character that is cut at the end from its first byte', () => {
    assert.equal(describeEncoding(Buffer.from('abc\xff', 'latin1')).at, 3);
    assert.equal(describeEncoding(Buffer.from('ü', 'utf8').subarray(0, 1)).at <= 1, true);
  });
});

describe('a file whose lines are not notes', () => {
  it('says how an array or an object over several lines becomes lines', async () => {
    for (const text of ['[{"id":"a"}]', '[', '{']) assert.match((await problemOf(Buffer.from(text), 'rows'))!.message, /jq -c \.\[\]/);
    assert.match((await problemOf(Buffer.from('{"id":'), 'rows'))!.message, /not valid JSON$/);
  });
});
