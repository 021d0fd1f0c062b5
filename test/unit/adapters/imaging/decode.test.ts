import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { decodeImage, inspectImage } from '@epee/imaging';
import { decodeError } from '../../../../shared/adapters/imaging/decode.ts';
import { greyOf } from '../../../../shared/adapters/imaging/grey.ts';
import { sharp } from '../../../../shared/adapters/imaging/library.ts';
import { JPEG, pngClaiming, pngOf, ramp } from './images.ts';

const LIMITS = { maxPixels: 1_000_000, timeoutMs: 20_000 };
const grey = (width: number, height: number) => ({ width, height, channels: 1 as const });
const colour = (width: number, height: number) => ({ width, height, channels: 3 as const });

async function decode(bytes: Buffer, input: Parameters<typeof decodeImage>[2]): Promise<number[]> {
  return [...(await decodeImage(bytes, await inspectImage(bytes, LIMITS), input, LIMITS))];
}

describe('inspectImage', () => {
  it('finds format and size of PNG and JPEG', async () => {
    assert.deepEqual(await inspectImage(await pngOf(7, 5), LIMITS), { format: 'png', width: 7, height: 5, channels: 1 });
    assert.deepEqual(await inspectImage(await pngOf(7, 5, 3), LIMITS), { format: 'png', width: 7, height: 5, channels: 3 });
    assert.deepEqual(await inspectImage(JPEG, LIMITS), { format: 'jpeg', width: 8, height: 8, channels: 1 });
  });

  it('refuses what is empty, of another format, or cut short in its header', async () => {
    await assert.rejects(inspectImage(Buffer.alloc(0), LIMITS), { code: 'IMAGE_EMPTY' });
    for (const bytes of ['GIF89a', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'II*\0', 'text'])
      await assert.rejects(inspectImage(Buffer.from(bytes), LIMITS), { code: 'IMAGE_UNREADABLE', message: /first bytes of neither/ });
    await assert.rejects(inspectImage((await pngOf(7, 5)).subarray(0, 20), LIMITS), {
      code: 'IMAGE_UNREADABLE',
      message: /header of the PNG \(20 bytes\)/,
    });
    await assert.rejects(inspectImage(pngClaiming(0, 9), LIMITS), { code: 'IMAGE_UNREADABLE' });
  });

  it('refuses a decompression bomb by its header, with size and limit, and decodes nothing', async () => {
    const bomb = pngClaiming(60_000, 60_000, deflateSync(Buffer.alloc(7501 * 100)));
    assert.ok(bomb.length < 2000);
    await assert.rejects(inspectImage(bomb, LIMITS), {
      code: 'IMAGE_TOO_LARGE',
      message: 'The image has 60000 x 60000 = 3600000000 pixels; 1000000 are allowed',
    });
    const claimed = { format: 'png', width: 10, height: 10, channels: 1 } as const;
    await assert.rejects(decodeImage(bomb, claimed, grey(4, 4), LIMITS), { code: 'IMAGE_UNREADABLE' }, 'also where the event lies');
  });
});

describe('the image library', () => {
  it('reads only PNG and JPEG', async () => {
    await assert.rejects(sharp(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')).metadata());
    await assert.rejects(sharp(import.meta.filename).metadata());
  });
});

describe('decodeImage', () => {
  it('keeps the pixels where nothing is resized, and repeats them for a colour model', async () => {
    const pixels = [...ramp(35)];
    assert.deepEqual(await decode(await pngOf(7, 5), grey(7, 5)), pixels);
    assert.deepEqual(
      await decode(await pngOf(7, 5), colour(7, 5)),
      pixels.flatMap((value) => [value, value, value]),
    );
    const raw = { format: 'raw', width: 7, height: 5, channels: 1 } as const;
    assert.deepEqual([...(await decodeImage(Buffer.from(ramp(35)), raw, grey(7, 5), LIMITS))], pixels);
    assert.deepEqual(await decode(await pngOf(7, 5, 3), colour(7, 5)), [...ramp(105)]);
  });

  it('turns colours grey as the trainer does', async () => {
    assert.deepEqual([...greyOf(Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 255, 255, 255]))], [76, 150, 29, 9, 255]);
    assert.deepEqual(await decode(await pngOf(7, 5, 3), grey(7, 5)), [...greyOf(ramp(105))]);
  });

  it('resizes to width x height, also 16 bits, palettes, alpha and EXIF rotations', async () => {
    assert.equal((await decode(await pngOf(70, 50), colour(6, 4))).length, 72);
    const flat = { create: { width: 40, height: 20, channels: 4, background: { r: 200, g: 200, b: 200, alpha: 0.5 } } } as const;
    assert.deepEqual(new Set(await decode(await sharp(flat).png().toBuffer(), grey(3, 3))), new Set([100]), 'alpha lies on black');
    const deep = new Uint16Array(35).map((_, at) => at * 257);
    const deepPng = await sharp(deep, { raw: { width: 7, height: 5, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    assert.deepEqual(await decode(deepPng, grey(7, 5)), [...ramp(35)]);
    const colours = { raw: { width: 10, height: 8, channels: 3 } } as const;
    assert.equal((await decode(await sharp(ramp(240), colours).png({ palette: true }).toBuffer(), grey(5, 4))).length, 20);
    const top = Buffer.alloc(16 * 8, 0).fill(255, 0, 16 * 4);
    const turned = await sharp(top, { raw: { width: 16, height: 8, channels: 1 } })
      .withMetadata({ orientation: 3 })
      .png()
      .toBuffer();
    const [above, below] = await decode(turned, grey(1, 2));
    assert.ok(above! < 50 && below! > 200, 'what was above is below');
  });

  it('refuses images that are cut short or corrupt', async () => {
    const png = await pngOf(60, 60);
    for (const bytes of [png.subarray(0, png.length - 300), JPEG.subarray(0, JPEG.length - 6), corrupted(png)])
      await assert.rejects(decode(bytes, grey(4, 4)), { code: 'IMAGE_UNREADABLE', message: /cut short or corrupt/ });
  });

  it('names the time limit when the library has passed it', () => {
    assert.equal(decodeError(new Error('timeout: 42% complete'), 'png').code, 'IMAGE_TIMEOUT');
    assert.equal(decodeError(new Error('VipsJpeg: premature end'), 'jpeg').code, 'IMAGE_UNREADABLE');
  });
});

function corrupted(png: Buffer): Buffer {
  const bytes = Buffer.from(png);
  bytes.fill(0x55, 60, 90);
  return bytes;
}
