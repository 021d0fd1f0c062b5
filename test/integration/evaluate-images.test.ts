import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPackage } from '@epee/engine';
import { encodePng } from '@epee/imaging';
import { epee, TINY_IMAGE_MODEL, TINY_MODEL } from './cli-support/program.ts';
import { pseudoRandom, readReference } from './engine-fixture.ts';

const LABELS = ['normal', 'pneumonia', 'effusion'];
const highest = (logits: readonly number[]) => LABELS[logits.indexOf(Math.max(...logits))]!;

/** The reference's images as the bytes that they were made of: `(byte / 255 - mean) / std`, channel after channel. */
async function referenceImages() {
  const { backbone } = (await loadPackage(TINY_IMAGE_MODEL)).manifest;
  assert.ok(backbone.family === 'vit');
  const { width, height, channels, mean, std } = backbone.image;
  const { rows, pooledLogits } = readReference(TINY_IMAGE_MODEL) as unknown as {
    readonly rows: readonly { readonly pixels: readonly number[] }[];
    readonly pooledLogits: readonly (readonly (readonly number[])[])[];
  };
  return Promise.all(
    rows.map(async ({ pixels }, index) => {
      const byteAt = (place: number, channel: number) =>
        Math.round((pixels[channel * width * height + place]! * std[channel]! + mean[channel]!) * 255);
      const data = Uint8Array.from({ length: pixels.length }, (_, at) => byteAt(Math.floor(at / channels), at % channels));
      return { png: await encodePng({ data, width, height, channels }), layers: pooledLogits[index]!.map(highest) };
    }),
  );
}

/** Blocks of colours, 12 x 8 and larger. */
async function blocks(index: number): Promise<Buffer> {
  const random = pseudoRandom(index + 1);
  const [width, height] = index % 3 === 0 ? [36, 24] : [12, 8];
  const colours = Array.from({ length: 3 * 6 }, () => Math.floor(256 * random()));
  const block = (place: number) => Math.floor(((place % width) * 3) / width) + 3 * Math.floor((2 * Math.floor(place / width)) / height);
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => colours[3 * block(Math.floor(at / 3)) + (at % 3)]!);
  return encodePng({ data, width, height, channels: 3 });
}

interface Line {
  readonly id: string;
  readonly image: string;
  readonly label: string;
  readonly document?: string;
}

describe('epee with labelled images', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'epee-evaluate-images-'));
    await mkdir(join(dir, 'images'));
  });
  after(() => rm(dir, { recursive: true }));

  const put = async (name: string, lines: readonly object[]) => {
    const path = join(dir, name);
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return path;
  };
  const putImages = async (count: number, labelOf: (index: number) => string = () => 'normal'): Promise<Line[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const image = `images/${index}.png`;
        await writeFile(join(dir, image), await blocks(index));
        return { id: `p${index % 30}_${index}`, image, label: labelOf(index) };
      }),
    );
  const readLines = async (path: string) =>
    (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const reported = async (command: string, model: string, data: string, ...flags: string[]) => {
    const json = join(dir, 'found.json');
    await rm(json, { force: true });
    const ended = await epee([command, model, '--data', data, '-o', json, ...flags]);
    return { ...ended, report: await readFile(json, 'utf8').then(JSON.parse, () => null) };
  };
  const evaluate = (data: string, ...flags: string[]) => reported('evaluate', TINY_IMAGE_MODEL, data, ...flags);

  describe('evaluate', () => {
    it('answers at every layer as the reference does', async () => {
      const images = await referenceImages();
      const lines = await Promise.all(
        images.map(async ({ png, layers }, index) => {
          await writeFile(join(dir, `reference-${index}.png`), png);
          return { id: `r${index}`, image: `reference-${index}.png`, label: layers.at(-1)! };
        }),
      );
      const { exitCode, stderr, report } = await evaluate(await put('reference.jsonl', lines));
      assert.equal(exitCode, 0, stderr);
      const [{ task, isAccuracy, views }] = report.tasks;
      assert.deepEqual([task, isAccuracy, report.data.kind], ['finding', true, 'image']);
      for (const layer of [1, 2, 3]) {
        const right = images.filter(({ layers }) => layers[layer - 1] === layers.at(-1)).length;
        const view = views.find(({ name }: { name: string }) => name === `layer ${layer}`);
        assert.equal(view.scores.finding.f1, (100 * right) / images.length);
      }
    });

    it('predicts what epee extract answers, and agrees with the exit graph', async () => {
      const lines = await putImages(24);
      const out = join(dir, 'predictions.jsonl');
      const { exitCode, stderr, report } = await evaluate(
        await put('data.jsonl', lines),
        ...['--policy', 'full', 'fast', '--predictions', out, '--engine'],
      );
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual([report.engine.rows, report.engine.different - report.engine.onTheEdge], [48, 0]);
      const predictions = await readLines(out);
      assert.ok(new Set(predictions.map(({ label }) => label)).size > 1, 'images that the model tells apart');
      assert.ok(new Set(predictions.map(({ exits }) => exits[0].exitLayer)).size > 1);
      for (const policy of ['full', 'fast']) {
        const extracted = await epee(['extract', ...lines.map(({ image }) => join(dir, image)), '--policy', policy, '--quiet']);
        const found = extracted.stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).classifications[0]);
        assert.deepEqual(
          predictions.filter((one) => one.policy === policy).map(({ label, exits }) => [label, exits[0].exitLayer, exits[0].exitReason]),
          found.map(({ label, exitLayer, exitReason }) => [label, exitLayer, exitReason]),
        );
      }
    });

    it('shows intervals, AUROC, the curve of all pairs, heads, hardest rows, times and a page', async () => {
      const lines = await putImages(40, (index) => LABELS[index % 2]!);
      const data = await put('many.jsonl', [...lines, { ...lines[0], id: 'p0_x', label: 'fracture' }]);
      const html = join(dir, 'report.html');
      const { exitCode, stderr, stdout, report } = await evaluate(
        data,
        ...['--document-pattern', '^(p\\d+)_', '--time', '-o', html, '--engine', 'int8', '--calibration-data', data],
      );
      assert.equal(exitCode, 0, stderr);
      const [{ views, documents, unknownLabels, analysis, gold }] = report.tasks;
      assert.deepEqual([documents, gold, unknownLabels], [30, { finding: 41 }, { fracture: 1 }]);
      const [fast, int8] = ['fast', 'fast, int8'].map((name) => views.find((view: { name: string }) => view.name === name));
      assert.deepEqual([fast.kind, int8.kind], ['policy', 'engine']);
      assert.ok(fast.auroc >= 0 && fast.auroc <= 1 && fast.intervals.finding.low <= fast.scores.finding.f1);
      assert.equal(fast.depth.rows, 41);
      const exits = fast.depth.exits.reduce(
        (sum: number, exit: Record<string, number>) => sum + exit.entropy! + exit.patience! + exit.final!,
        0,
      );
      assert.equal(exits, 41);
      assert.equal(fast.depth.tokenSpeedUp, fast.depth.rowSpeedUp, 'all images have as many tokens');
      assert.deepEqual([analysis.curves[0].measure, analysis.heads.length, analysis.hardest.length], ['accuracy', 3, 20]);
      assert.deepEqual([analysis.heads[0].decisions, analysis.temperaturesFrom], [40, 'many.jsonl']);
      assert.deepEqual([...new Set(analysis.times.map(({ batchRows }: { batchRows: number }) => batchRows))], [1, 8, 32]);
      assert.match(stdout, /finding: 41 items.*Labels that the model does not know: fracture \(1\).*AUROC.*best pairs/s);
      assert.match(await readFile(html, 'utf8'), /^<!doctype html>/);
      const first = await evaluate(data, '--scores-only', '--first', '10');
      assert.deepEqual([first.report.data.items, first.report.tasks[0].analysis], [10, null]);
    });

    it('names file, line and field of a bad line and of a bad image', async () => {
      const [good] = (await putImages(1)) as [Line];
      await writeFile(join(dir, 'cut.png'), 'no image');
      for (const [bad, words] of [
        [
          { ...good, image: '../cut.png' },
          /bad\.jsonl:2 \(image\) \$\.image must be a path .* below the folder of the file \(FILE_INVALID\)/,
        ],
        [{ id: 'x', text: 'Rash.', label: 'normal' }, /bad\.jsonl:2 \(image\) \$\.image is missing/],
        [{ ...good, image: 'cut.png' }, /bad\.jsonl:2 \$\.image: .*\(IMAGE_UNREADABLE\)/],
        [{ ...good, image: 'none.png' }, /bad\.jsonl:2 \$\.image cannot be read \(ENOENT\)/],
      ] as const) {
        const { exitCode, stderr } = await evaluate(await put('bad.jsonl', [good, bad]));
        assert.deepEqual([exitCode, words.test(stderr)], [1, true], stderr);
      }
      const { stderr } = await epee(['evaluate', TINY_IMAGE_MODEL, '--data', await put('one.jsonl', [good])], {
        env: { EPEE_IMAGE_MAX_PIXELS: '10' },
      });
      assert.match(stderr, /one\.jsonl:1 \$\.image: The image has .*10 are allowed.*\(IMAGE_TOO_LARGE\)/);
    });

    it('refuses texts for a model of images, images for one of texts, and labels that the model knows nothing of', async () => {
      const images = await put('images.jsonl', await putImages(2));
      const texts = await put('texts.jsonl', [{ id: 't', text: 'Fever.', label: 'plan' }]);
      const foreign = await put('foreign.jsonl', await putImages(2, () => 'fracture'));
      for (const [model, data, words] of [
        [TINY_IMAGE_MODEL, texts, /reads images, but the data hold texts \(classification\)/],
        [TINY_MODEL, images, /reads texts, but the data hold images \(image\)/],
        [TINY_IMAGE_MODEL, foreign, /cannot be scored on image data with these labels: fracture/],
      ] as const) {
        const { exitCode, stderr } = await reported('evaluate', model, data);
        assert.deepEqual([exitCode, words.test(stderr), /USAGE_INVALID/.test(stderr)], [2, true, true], stderr);
      }
    });
  });

  it('calibrate writes a certified policy that epee extract can follow', async () => {
    const model = join(dir, 'model');
    await cp(TINY_IMAGE_MODEL, model, { recursive: true });
    const data = await put('calibration.jsonl', await putImages(120, (index) => LABELS[index % 3]!));
    const flags = ['--confidence', '0.9', '--risk', '0.5'] as const;
    const worse = await reported('calibrate', model, data, ...flags, '--dry-run', '--loss', 'worse', '--per-class', 'gold', '--time');
    assert.equal(worse.exitCode, 0, worse.stderr);
    assert.equal(worse.report.tasks[0].documents, 120);
    assert.ok(worse.report.tasks[0].certificate.timeSpeedUp > 0);
    const grouped = await reported('calibrate', model, data, ...flags, '--dry-run', '--document-pattern', '^(p\\d+)_');
    assert.equal(grouped.report.tasks[0].documents, 30);
    const { exitCode, stderr, report } = await reported('calibrate', model, data, ...flags);
    assert.equal(exitCode, 0, stderr);
    const manifest = JSON.parse(await readFile(join(model, 'manifest.json'), 'utf8'));
    const { certificate, ...policy } = manifest.tasks[0].policies.certified;
    assert.deepEqual(policy, report.tasks[0].chosen.policy);
    assert.deepEqual(
      [certificate.n, certificate.data.items, certificate.data.documentsBy],
      [120, 120, 'field document, else path of the image'],
    );
    assert.equal((await loadPackage(model)).sha256, report.written);
    const extracted = await epee(['extract', join(dir, 'images/0.png'), '--policy', 'certified', '--quiet'], {
      env: { EPEE_IMAGE_MODEL_DIR: model },
    });
    assert.equal(JSON.parse(extracted.stdout).models[0].policy, 'certified');
    // The same lines over other pixels are other data.
    await writeFile(join(dir, 'images/0.png'), await blocks(1000));
    const changed = await reported('calibrate', model, data, ...flags, '--dry-run');
    assert.notEqual(changed.report.data.sha256, report.data.sha256);
  });
});
