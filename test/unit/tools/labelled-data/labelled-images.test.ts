import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normalisePixels } from '@epee/engine';
import { decodeImage, encodePng } from '@epee/imaging';
import type { ImageInput, ImageRow } from '@epee/model';
import { unseenProgress, type Watch } from '@epee/terminal';
import { createLabelledImages } from '../../../../tools/labelled-data/labelled-images.ts';
import { readData } from '../../../../tools/labelled-data/read-data.ts';
import { JPEG, pngClaiming, pngOf } from '../../adapters/imaging/images.ts';

const limits = { maxPixels: 10_000, timeoutMs: 20_000 };
const input: ImageInput = { width: 4, height: 3, channels: 1, patch: 1, mean: [0.5], std: [0.25] };
const ALL = { exclude: [], first: null, documentPattern: null };

describe('labelled images', () => {
  const watch: Watch = { startProgress: unseenProgress, signal: new AbortController().signal };
  let folder: string;
  let data: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'epee-labelled-images-')));
    mkdirSync(join(folder, 'sub'));
    data = join(folder, 'data.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (images: readonly string[], path = data) =>
    writeFileSync(
      path,
      images.map((image, at) => `${JSON.stringify({ id: `i${at}`, image, label: at % 2 === 0 ? 'no' : 'yes' })}\n`).join(''),
    );
  const items = async () => {
    const { file } = await readData({ ...ALL, data }, watch);
    assert.ok(file.kind === 'image');
    return file.items;
  };
  const images = (more: Partial<Parameters<typeof createLabelledImages>[0]> = {}) =>
    createLabelledImages({ path: data, input, limits, ...more });

  it('become rows of the pixels that the pipeline makes, in their order', async () => {
    const png = await pngOf(40, 30);
    writeFileSync(join(folder, 'a.png'), png);
    writeFileSync(join(folder, 'sub/b.jpg'), JPEG);
    put(['a.png', 'sub/../sub/b.jpg', './a.png']);
    const rows = await images().rows(await items(), 'finding');
    assert.deepEqual(
      rows.map(({ id, label, task, row }) => [id, label, task, row!.id]),
      [
        ['i0', 'no', 'finding', `${data}:1`],
        ['i1', 'yes', 'finding', `${data}:2`],
        ['i2', 'no', 'finding', `${data}:3`],
      ],
    );
    const decoded = await decodeImage(png, { format: 'png', width: 40, height: 30, channels: 1 }, input, limits);
    assert.deepEqual((rows[0]!.row as ImageRow).pixels, normalisePixels(decoded, input));
    assert.equal(rows[0]!.document, rows[2]!.document, 'one path, one document');
    assert.notEqual(rows[0]!.document, rows[1]!.document);
  });

  it('come in portions whose pixels are bounded', async () => {
    writeFileSync(join(folder, 'a.png'), await pngOf(8, 8));
    put(Array<string>(5).fill('a.png'));
    const large = { ...input, width: 2048, height: 2048 };
    const sizes: number[] = [];
    for await (const rows of images({ input: large }).portions(await items(), 'finding')) sizes.push(rows.length);
    assert.deepEqual(sizes, [2, 2, 1]);
    const small: number[] = [];
    for await (const rows of images().portions(await items(), 'finding')) small.push(rows.length);
    assert.deepEqual(small, [5]);
  });

  it('name file, line, field and what is wrong where they cannot be read, and not their path', async () => {
    writeFileSync(join(folder, 'good.png'), await pngOf(4, 3));
    writeFileSync(join(folder, 'smith-bomb.png'), pngClaiming(60_000, 60_000));
    writeFileSync(join(folder, 'smith-cut.png'), JPEG.subarray(0, 12));
    writeFileSync(join(folder, 'smith-empty.png'), '');
    mkdirSync(join(folder, 'smith-folder'));
    symlinkSync('/', join(folder, 'smith-out'));
    for (const [image, code, words] of [
      ['smith-bomb.png', 'IMAGE_TOO_LARGE', /60000 x 60000/],
      ['smith-cut.png', 'IMAGE_UNREADABLE', /cut short or corrupt/],
      ['smith-empty.png', 'IMAGE_EMPTY', /no bytes/],
      ['smith-missing.png', 'FILE_INVALID', /cannot be read \(ENOENT\)/],
      ['smith-folder', 'FILE_INVALID', /is not a file/],
      ['smith-out/etc/hostname', 'FILE_INVALID', /leads out of the folder|ENOENT/],
    ] as const) {
      put(['good.png', image]);
      await assert.rejects(images().rows(await items(), 'finding'), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, words);
        assert.match(error.message, /data\.jsonl:2 \$\.image/);
        assert.doesNotMatch(error.message, /smith/);
        return true;
      });
    }
  });

  it('are left out where an image of the same bytes stands in a file to exclude', async () => {
    writeFileSync(join(folder, 'a.png'), await pngOf(4, 3));
    writeFileSync(join(folder, 'same.png'), await pngOf(4, 3));
    writeFileSync(join(folder, 'other.png'), await encodePng({ data: new Uint8Array(12), width: 4, height: 3, channels: 1 }));
    put(['a.png', 'other.png']);
    const known = join(folder, 'known.jsonl');
    put(['same.png'], known);
    const shown: string[] = [];
    const startProgress: Watch['startProgress'] = (what) => ({
      at: (_, words) => void shown.push(`${what} ${words}`),
      line: () => undefined,
      end: () => void shown.push('end'),
    });
    const { file, excluded } = await readData({ ...ALL, data, exclude: [known] }, { ...watch, startProgress });
    assert.deepEqual([excluded, file.items.map(({ item }) => item.id)], [1, ['i1']]);
    assert.deepEqual(shown, [
      ...['read images 1 of 1 images', 'end'],
      ...['read images 1 of 2 images', 'read images 2 of 2 images', 'end'],
    ]);
    const aborted = { ...watch, signal: AbortSignal.abort() };
    await assert.rejects(readData({ ...ALL, data, exclude: [known] }, aborted), { name: 'AbortError' });
    await assert.rejects(readData({ ...ALL, data: known, exclude: [data] }, watch), { code: 'USAGE_INVALID', message: /leaves nothing/ });
    const texts = join(folder, 'texts.jsonl');
    writeFileSync(texts, `${JSON.stringify({ id: 't', text: 'a' })}\n`);
    await assert.rejects(readData({ ...ALL, data, exclude: [texts] }, watch), {
      code: 'USAGE_INVALID',
      message: /images and texts are not compared/,
    });
  });
});
