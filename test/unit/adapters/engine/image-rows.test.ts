import assert from 'node:assert/strict';
import { normalisePixels } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { FULL_DEPTH } from '@epee/exits';
import type { ImageInput, ImageRow } from '@epee/model';
import { graphLayout, rowTokens } from '../../../../shared/adapters/engine/graph/layout.ts';
import { packExitBatch } from '../../../../shared/adapters/engine/graph/pack.ts';
import { parseManifest } from '../../../../shared/adapters/engine/package/manifest.ts';
import { rowError } from '../../../../shared/adapters/engine/schedule/row-check.ts';
import { manifestData, sectionRow, layout as textLayout } from './fixtures.ts';

const image: ImageInput = { width: 4, height: 2, channels: 3, patch: 2, mean: [0, 0.5, 0.5], std: [1, 0.5, 0.25] };

/** The manifest of an image model as plain data. */
function imageManifest() {
  const { backbone: _, tokenizer: __, ...rest } = manifestData();
  const finding = {
    ...rest.tasks[0]!,
    name: 'finding',
    kind: 'image',
    maxTokens: 3,
    labels: ['normal', 'pneumonia'],
  };
  return { ...rest, backbone: { family: 'vit', layers: 3, hidden: 16, image: { ...image } }, tasks: [finding] } as Record<
    string,
    unknown
  > & {
    backbone: { image: Record<string, unknown> };
    tasks: (typeof finding)[];
  };
}

const layout = graphLayout(parseManifest(JSON.stringify(imageManifest()), 'manifest.json'));
const row = (pixels: ArrayLike<number> = new Float32Array(24)): ImageRow => ({
  id: 'a',
  task: 'finding',
  pixels: Float32Array.from(pixels),
});

function problems(change: (data: ReturnType<typeof imageManifest>) => unknown): unknown {
  const data = imageManifest();
  change(data);
  try {
    parseManifest(JSON.stringify(data), 'manifest.json');
    return [];
  } catch (error) {
    assert.ok(error instanceof EpeeError);
    return error.details.problems;
  }
}

describe('manifest of an image model', () => {
  it('is read, and its rows are as long as its patches and [CLS]', () => {
    assert.deepEqual(layout.image, image);
    assert.equal(rowTokens(row(), layout), 3);
  });

  it('is refused where its parts disagree', () => {
    assert.deepEqual(
      problems((d) => Object.assign(d.backbone.image, { patch: 3 })),
      [
        'backbone.image.patch: 3 does not divide an image of 4 x 2 pixels',
        'tasks.0.maxTokens: must be 1 (patches and [CLS] of an image), but is 3',
      ],
    );
    assert.deepEqual(
      problems((d) => Object.assign(d.backbone.image, { mean: [0.5], std: [0.5, 0, 0.5] })),
      ['backbone.image.mean: 1 values for 3 channels', 'backbone.image.std: 0 must be greater than 0'],
    );
    assert.deepEqual(
      problems((d) => Object.assign(d, { tokenizer: 'tokenizer.json' })),
      ['tokenizer: an image model must have none'],
    );
    assert.deepEqual(
      problems((d) => Object.assign(d.tasks[0]!, { kind: 'classification' })),
      ['tasks.0.kind: a vit backbone reads images; it cannot do classification tasks'],
    );
  });
});

describe('families of text models', () => {
  const withFamily = (family: string, change: (data: ReturnType<typeof manifestData>) => unknown = () => {}) => {
    const data = manifestData();
    data.backbone.family = family;
    change(data);
    return () => parseManifest(JSON.stringify(data), 'manifest.json');
  };

  it('may be bert, albert or gpt2, but gpt2 cannot tag', () => {
    assert.doesNotThrow(withFamily('albert'));
    assert.throws(withFamily('gpt2'), /tasks\.1\.kind: tagging needs context on both sides; gpt2 sees only the left side/);
    assert.throws(withFamily('t5'), { code: 'MODEL_INVALID', message: /backbone\.family/ });
    assert.throws(
      withFamily('bert', (d) => Object.assign(d.tasks[0]!, { kind: 'image' })),
      /tasks\.0\.kind: a bert backbone reads text; an image task needs vit/,
    );
  });

  it('need candidates for relations only where a task finds entities', () => {
    const noCandidates = (d: ReturnType<typeof manifestData>) => Object.assign(d.tasks[2]!.relation!, { candidates: [] });
    assert.throws(withFamily('bert', noCandidates), /relation\.candidates: at least one is needed where the model has a tagging task/);
    assert.doesNotThrow(
      withFamily('gpt2', (d) => {
        noCandidates(d);
        d.tasks.splice(1, 1);
      }),
    );
  });
});

describe('normalisePixels', () => {
  it('uses the mean and deviation of each channel, channel after channel', () => {
    const bytes = Uint8Array.from({ length: 24 }, (_, index) => (index % 3 === 0 ? 255 : index % 3 === 1 ? 0 : index));
    const pixels = normalisePixels(bytes, image);
    assert.deepEqual([...pixels.slice(0, 8)], Array(8).fill(1));
    assert.deepEqual([...pixels.slice(8, 16)], Array(8).fill(-1));
    assert.ok(Math.abs(pixels[16 + 3]! - (11 / 255 - 0.5) / 0.25) < 1e-6);
  });

  it('names the right number of bytes', () => {
    assert.throws(() => normalisePixels(new Uint8Array(8), image), {
      name: 'RangeError',
      message: /An image of 4 x 2 pixels in 3 channels has 24 bytes, but 8 were given/,
    });
  });
});

describe('image rows', () => {
  it('go to the graph in their order, with their policies', () => {
    const rows = [1, 2].map((value) => ({ row: row(new Float32Array(24).fill(value)), policy: FULL_DEPTH }));
    const inputs = packExitBatch(rows, layout);
    assert.deepEqual(
      inputs.map(({ name, dims }) => [name, ...dims]),
      [
        ['pixel_values', 2, 3, 2, 4],
        ['task', 2],
        ['entropy_threshold', 2],
        ['patience', 2],
      ],
    );
    assert.deepEqual([inputs[0]!.data[0], inputs[0]!.data[24]], [1, 2]);
  });

  it('are refused by size and by value, and by models of the other kind', () => {
    const refusal = (error: EpeeError | null) => error?.message;
    assert.equal(rowError(row(), FULL_DEPTH, layout), null);
    assert.match(refusal(rowError(row([1, 2]), FULL_DEPTH, layout))!, /pixels has 2 values, but must have 3 x 2 x 4 = 24/);
    assert.match(
      refusal(rowError(row(new Float32Array(24).fill(Number.NaN)), FULL_DEPTH, layout))!,
      /pixels\[0\] is NaN, but must be a finite number/,
    );
    assert.match(refusal(rowError({ ...row(), task: 'sections' }, FULL_DEPTH, textLayout))!, /it has pixels, but the model reads text/);
    assert.match(
      refusal(rowError({ ...sectionRow('a'), task: 'finding' }, FULL_DEPTH, layout))!,
      /it has tokenIds, but the model reads images/,
    );
  });
});
