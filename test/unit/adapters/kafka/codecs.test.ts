import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { EpeeError } from '@epee/errors';
import fc from 'fast-check';
import { MAX_DECOMPRESSED_BYTES } from '../../../../shared/adapters/kafka/kafkajs-fixes/codecs/cap.ts';
import { compressGzip, decompressGzip } from '../../../../shared/adapters/kafka/kafkajs-fixes/codecs/gzip.ts';
import { decompressLz4 } from '../../../../shared/adapters/kafka/kafkajs-fixes/codecs/lz4.ts';
import { decompressSnappy } from '../../../../shared/adapters/kafka/kafkajs-fixes/codecs/snappy.ts';
import { decompressZstd, zstdContentBytes } from '../../../../shared/adapters/kafka/kafkajs-fixes/codecs/zstd.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const tooLarge = { code: 'RECORD_TOO_LARGE' };
const unreadable = { code: 'RECORD_FRAMING_INVALID' };
const junk = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

/** A frame with blocks of 64 KiB at most. */
const lz4Frame = (...blocks: Buffer[]) =>
  Buffer.concat([
    hex('04224d18 60 40 82'),
    ...blocks.flatMap((block) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(block.length);
      return [size, block];
    }),
    Buffer.alloc(4),
  ]);

describe('gzip codec', () => {
  it('reads what it wrote', async () => {
    const data = Buffer.from('note '.repeat(1000));
    assert.deepEqual(await decompressGzip(await compressGzip(data)), data);
  });

  it('refuses to grow beyond the cap', async () => {
    await assert.rejects(decompressGzip(gzipSync(Buffer.alloc(MAX_DECOMPRESSED_BYTES + 1), { level: 1 })), tooLarge);
  });

  it('answers junk with a code', async () => {
    await assert.rejects(decompressGzip(Buffer.from('junk')), unreadable);
  });
});

describe('snappy codec', () => {
  it('reads literals and copies that overlap themselves', () => {
    // 10 bytes: literal "ab", then 8 bytes from 2 back.
    assert.equal(String(decompressSnappy(hex('0a 04 6162 11 02'))), 'ababababab');
    // The same with a two-byte and with a four-byte distance.
    assert.equal(String(decompressSnappy(hex('0a 04 6162 1e 0200'))), 'ababababab');
    assert.equal(String(decompressSnappy(hex('0a 04 6162 1f 02000000'))), 'ababababab');
    // A literal of 60 bytes has its length in a byte of its own.
    assert.equal(String(decompressSnappy(Buffer.concat([hex('3d f0 3c'), Buffer.alloc(61, 'x')]))), 'x'.repeat(61));
  });

  it("reads the Java client's blocks", () => {
    const head = hex('82534e4150505900 00000001 00000001');
    assert.equal(String(decompressSnappy(Buffer.concat([head, hex('00000004 02 04 6162'), hex('00000004 02 04 6364')]))), 'abcd');
    assert.equal(decompressSnappy(head).length, 0);
  });

  it('refuses to grow beyond the cap, before it takes memory', () => {
    assert.throws(() => decompressSnappy(hex('ffffffff 0f 04 6162')), tooLarge);
  });

  it('answers broken input with a code', () => {
    for (const broken of ['', '0a', '0a 04 61', '0a 04 6162 11 03', '02 04 6162 11 02', '82534e4150505900 00000001 00000001 000000ff 02']) {
      assert.throws(() => decompressSnappy(hex(broken)), unreadable, broken);
    }
    fc.assert(fc.property(junk, (data) => onlyOurErrors(() => decompressSnappy(data))));
  });
});

describe('lz4 codec', () => {
  it('reads literals, matches that overlap themselves, and long runs', () => {
    assert.equal(String(decompressLz4(lz4Frame(hex('30 616263')))), 'abc');
    // "ab", a match of 4 + 4 from 2 back, then the last literals.
    assert.equal(String(decompressLz4(lz4Frame(hex('24 6162 0200 10 63')))), 'ababababab' + 'c');
    // A literal run of 15 + 255 + 5.
    assert.equal(String(decompressLz4(lz4Frame(Buffer.concat([hex('f0 ff 05'), Buffer.alloc(275, 'x')])))), 'x'.repeat(275));
  });

  it('reads matches that reach into an earlier block, and blocks that are not compressed', () => {
    assert.equal(String(decompressLz4(lz4Frame(hex('20 6162'), hex('00 0200 10 63')))), 'abababc');
    const plain = Buffer.concat([hex('04224d18 60 40 82'), hex('03000080'), Buffer.from('abc'), Buffer.alloc(4)]);
    assert.equal(String(decompressLz4(plain)), 'abc');
  });

  it('refuses a frame whose blocks could hold more than the cap', () => {
    const blocks = Array.from({ length: 20 }, () => hex('30 616263'));
    const frame = lz4Frame(...blocks);
    frame[5] = 0x70;
    assert.throws(() => decompressLz4(frame), tooLarge);
  });

  it('answers broken input with a code', () => {
    const good = lz4Frame(hex('24 6162 0200 10 63'));
    for (let length = 0; length < good.length; length++) assert.throws(() => decompressLz4(good.subarray(0, length)), unreadable);
    assert.throws(() => decompressLz4(lz4Frame(hex('24 6162 0900 10 63'))), unreadable);
    fc.assert(fc.property(junk, (data) => onlyOurErrors(() => decompressLz4(lz4Frame(data)))));
  });
});

describe('zstd codec', () => {
  it('reads a frame that says how much it holds', async () => {
    // A raw block of 3 bytes in a single-segment frame.
    assert.equal(String(await decompressZstd(hex('28b52ffd 20 03 190000 616263'))), 'abc');
  });

  it('reads a frame that does not say', async () => {
    // An RLE block: 100,000 times "x", window of 128 KiB.
    assert.equal(String(await decompressZstd(hex('28b52ffd 00 38 03350c 78'))), 'x'.repeat(100_000));
  });

  it('knows the content size in each of its widths', () => {
    assert.equal(zstdContentBytes(hex('28b52ffd 20 03 00')), 3n);
    assert.equal(zstdContentBytes(hex('28b52ffd 40 00 0100')), 257n);
    assert.equal(zstdContentBytes(hex('28b52ffd a0 01000000')), 1n);
    assert.equal(zstdContentBytes(hex('28b52ffd e1 09 0100000000000000')), 1n);
    assert.equal(zstdContentBytes(hex('28b52ffd 00 00 00')), null);
  });

  it('refuses to grow beyond the cap, declared or not', async () => {
    await assert.rejects(decompressZstd(hex('28b52ffd e0 0000000001000000 00')), tooLarge);
    // 600 RLE blocks of 128 KiB, the largest that there are: 75 MiB.
    const block = hex('020010 78');
    const frame = Buffer.concat([hex('28b52ffd 00 38'), ...Array.from({ length: 599 }, () => block), hex('030010 78')]);
    await assert.rejects(decompressZstd(frame), tooLarge);
  });

  it('answers broken input with a code', async () => {
    for (const broken of ['', '28b52ffd', '28b52ffd 20 03 1900', '00000000 00 00', '28b52ffd e0 00']) {
      await assert.rejects(decompressZstd(hex(broken)), unreadable, broken);
    }
  });
});

function onlyOurErrors(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof EpeeError, String(error));
  }
}
