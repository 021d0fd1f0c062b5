import assert from 'node:assert/strict';
import type { LoadedModel } from '@epee/model';
import { scoredTasks } from '../../../../../tools/evaluation/read/scored-tasks.ts';
import type { LabelledFile } from '../../../../../tools/labelled-data/labelled-file.ts';

const off = { entropyThreshold: 'off', patience: 'off' } as const;
const task = (kind: 'image' | 'classification', name: string, labels: readonly string[]) =>
  ({ name, kind, maxTokens: 9, labels, groups: [], relation: null, policies: { full: off } }) as const;
const model = (kind: 'image' | 'classification'): LoadedModel => ({
  ...{ name: 'm', version: '1.0.0', sha256: '', layers: 3, precision: 'fp32' },
  tasks: [task(kind, 'view', ['front', 'side']), task(kind, 'finding', ['normal', 'pneumonia'])],
  ...(kind === 'image' ? { image: { width: 4, height: 3, channels: 1, patch: 1, mean: [0.5], std: [0.5] } } : {}),
});
const images = (...labels: string[]): LabelledFile => ({
  kind: 'image',
  items: labels.map((label, at) => ({ where: `f:${at}`, document: String(at), item: { id: String(at), image: `${at}.png`, label } })),
});
const texts: LabelledFile = {
  kind: 'classification',
  items: [{ where: 'f:1', document: '1', item: { id: '1', text: 'a', label: 'normal' } }],
};

describe('what data can be scored for', () => {
  it('is, of images, the task that knows most of their labels', () => {
    assert.deepEqual(scoredTasks(images('pneumonia', 'effusion', 'normal', 'side'), model('image')), ['finding']);
    assert.throws(() => scoredTasks(images('effusion'), model('image')), {
      code: 'USAGE_INVALID',
      message: /on image data with these labels: effusion/,
    });
  });

  it('is nothing where a model of images is given texts, or the other way round', () => {
    assert.throws(() => scoredTasks(texts, model('image')), {
      code: 'USAGE_INVALID',
      message: 'model m reads images, but the data hold texts (classification)',
    });
    assert.throws(() => scoredTasks(images('normal'), model('classification')), {
      code: 'USAGE_INVALID',
      message: 'model m reads texts, but the data hold images (image)',
    });
    assert.deepEqual(scoredTasks(texts, model('classification')), ['finding']);
  });
});
