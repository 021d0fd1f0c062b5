import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { readZipEntry } from '../../../deploy/local/zip-entry.ts';

/** A zip archive, laid out as in PKWARE's APPNOTE. */
function zip(files: Readonly<Record<string, { readonly content: Buffer; readonly deflate: boolean }>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, { content, deflate }] of Object.entries(files)) {
    const packed = deflate ? deflateRawSync(content) : content;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflate ? 8 : 0, 8);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    const parts = [local, Buffer.from(name), Buffer.alloc(4), packed];
    locals.push(...parts);
    directory.push(entry, Buffer.from(name));
    at += parts.reduce((sum, { length }) => sum + length, 0);
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, central, end]);
}

describe('zip entry', () => {
  const dir = mkdtempSync(join(tmpdir(), 'epee-zip-'));
  const path = join(dir, 'a.jar');
  after(() => rmSync(dir, { recursive: true, force: true }));

  const long = Buffer.from('abc'.repeat(10_000));
  before(() =>
    writeFileSync(path, zip({ first: { content: Buffer.from('one'), deflate: false }, second: { content: long, deflate: true } })),
  );

  it('is read whether it is packed or not', () => {
    assert.equal(readZipEntry(path, 'first')?.toString(), 'one');
    assert.deepEqual(readZipEntry(path, 'second'), long);
  });

  it('is undefined where the archive has none of that name', () => {
    assert.equal(readZipEntry(path, 'third'), undefined);
  });

  it('is refused for a file that is no archive', () => {
    writeFileSync(join(dir, 'b.jar'), 'not a zip');
    assert.throws(() => readZipEntry(join(dir, 'b.jar'), 'first'), /is not a zip archive/);
  });
});
