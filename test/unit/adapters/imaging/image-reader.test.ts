import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { createImageReader, createPatience, type ImageReaderParts } from '@epee/imaging';
import type { ImageRow, LoadedModel, Outcome } from '@epee/model';
import { resultOf } from '../../../support/records.ts';
import { eventOf, JPEG, pngClaiming, pngEvent, pngOf, ramp } from './images.ts';

const off = { entropyThreshold: 'off', patience: 'off' } as const;
const fast = { entropyThreshold: 0.5, patience: 1 } as const;
const task = (name: string) => ({
  ...{ name, kind: 'image' as const, maxTokens: 5, labels: ['normal', 'pneumonia'], groups: [], relation: null },
  policies: { full: off, fast },
});
const model: LoadedModel = {
  ...{ name: 'tiny', version: '1.0.0', sha256: 'ab', layers: 4, precision: 'fp32' as const },
  tasks: [task('finding'), task('view')],
  image: { width: 4, height: 3, channels: 1, patch: 1, mean: [0.5], std: [0.5] },
};

function setUp(more: Partial<ImageReaderParts> = {}) {
  const rows: ImageRow[] = [];
  const engine: ImageReaderParts['engine'] = {
    model,
    async run(given) {
      rows.push(...given);
      return given.map(
        ({ id, task }): Outcome => ({
          ...{ kind: 'pooled', id, task, label: 'pneumonia', confidence: 0.9, logits: Float32Array.of(0, 1) },
          ...{ exitLayer: 2, exitReason: 'entropy', entropy: 0.1, computeMs: 1.5, queueMs: 0 },
        }),
      );
    },
  };
  const reader = createImageReader({
    engine,
    limits: { maxPixels: 10_000, timeoutMs: 20_000 },
    references: null,
    nowMs: () => 99,
    ...more,
  });
  return { reader, rows };
}

describe('an image reader', () => {
  it('gives one normalised row per task and makes the result from their answers', async () => {
    const { reader, rows } = setUp();
    const [result] = await reader.read([eventOf({ patientRef: 'p', version: 3n })], 'fast');
    assert.deepEqual(
      rows.map(({ task, policy, pixels }) => [task, policy, pixels.length]),
      [
        ['finding', fast, 12],
        ['view', fast, 12],
      ],
    );
    assert.ok([...rows[0]!.pixels].every((value, at) => Math.abs(value - (ramp(12)[at]! / 255 - 0.5) / 0.5) < 1e-6));
    const found = { label: 'pneumonia', confidence: 0.9, exitLayer: 2, exitReason: 'entropy' };
    assert.deepEqual(result, {
      ...resultOf({ documentId: 'image-1', version: 3n, kind: 'image', patientRef: 'p' }),
      classifications: [
        { task: 'finding', ...found },
        { task: 'view', ...found },
      ],
      models: [{ name: 'tiny', version: '1.0.0', sha256: 'ab', policy: 'fast' }],
      compute: { rows: 2, layersRun: 4, layersFull: 8, computeMs: 3 },
      processedAtMs: 99,
    });
  });

  it('answers the images in order; a bad image does not stop the others', async () => {
    const { reader, rows } = setUp();
    const png = await pngOf(9, 9);
    const bomb = { format: 'png', width: 60_000, height: 60_000, bytes: pngClaiming(60_000, 60_000) } as const;
    const cases = [
      [eventOf(), 'image-1'],
      [eventOf({ width: 0 }), 'RECORD_INVALID'],
      [eventOf({ bytes: Buffer.alloc(0) }), 'IMAGE_EMPTY'],
      [eventOf({ bytes: null }), 'RECORD_INVALID'],
      [eventOf({ bytes: Buffer.alloc(11) }), 'IMAGE_MISMATCH'],
      [eventOf({ format: 'jpeg', width: 9, height: 9, bytes: png }), 'IMAGE_MISMATCH'],
      [eventOf({ format: 'png', width: 8, height: 8, bytes: JPEG }), 'IMAGE_MISMATCH'],
      [eventOf({ format: 'png', width: 9, height: 8, bytes: png }), 'IMAGE_MISMATCH'],
      [eventOf({ format: 'png', width: 9, height: 9, channels: 3, bytes: png }), 'IMAGE_MISMATCH'],
      [eventOf({ format: 'png', width: 9, height: 9, bytes: png.subarray(0, 60) }), 'IMAGE_UNREADABLE'],
      [eventOf({ format: 'png', width: 9, height: 9, bytes: Buffer.from('text') }), 'IMAGE_UNREADABLE'],
      [eventOf(bomb), 'IMAGE_TOO_LARGE'],
      [{ ...eventOf(), policyName: 'reckless' }, 'POLICY_UNKNOWN'],
      [eventOf({ bytes: null, reference: { uri: 'file:///a', sha256: '0'.repeat(64), bytes: 4 } }), 'IMAGE_REFERENCE_REFUSED'],
      [await pngEvent(9, 9, { documentId: 'last' }), 'last'],
    ] as const;
    const answers = await reader.read(
      cases.map(([event]) => event),
      'full',
    );
    assert.deepEqual(
      answers.map((answer) => (answer instanceof EpeeError ? answer.code : answer.documentId)),
      cases.map(([, expected]) => expected),
    );
    assert.equal(rows.length, 4);
  });

  it('follows references, a few at a time, and rejects while their store does not answer', async () => {
    let running = 0;
    let most = 0;
    const content = Buffer.from(ramp(12));
    const references = {
      fetch: async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return content;
      },
    };
    const referred = eventOf({ bytes: null, reference: { uri: 'file:///a', sha256: '0'.repeat(64), bytes: 12 } });
    const answers = await setUp({ references }).reader.read(Array(20).fill(referred), 'fast');
    assert.ok(answers.every((answer) => !(answer instanceof EpeeError)));
    assert.ok(most <= 2, `${most} at a time`);
    const down = { fetch: async () => Promise.reject(new EpeeError('IMAGE_STORE_UNREACHABLE', 'down', { stage: 'decode' })) };
    await assert.rejects(setUp({ references: down }).reader.read([eventOf(), referred], 'fast'), { code: 'IMAGE_STORE_UNREACHABLE' });
  });

  it('with patience, gives an image whose store never answers its error, and the others their results', async () => {
    const references = {
      fetch: async ({ uri }: { uri: string }) => {
        if (uri.includes('down')) throw new EpeeError('IMAGE_STORE_UNREACHABLE', 'down', { stage: 'decode' });
        return Buffer.from(ramp(12));
      },
    };
    const at = (uri: string) => eventOf({ bytes: null, reference: { uri, sha256: '0'.repeat(64), bytes: 12 } });
    const patience = createPatience({
      maxAttempts: 2,
      maxWaitMs: 60_000,
      surroundings: { monotonicMs: () => 0, random: () => 1, sleep: async () => {} },
    });
    const told: number[] = [];
    const { reader } = setUp({ references, patience });
    const onTrouble = (_error: EpeeError, attempts: number) => told.push(attempts);
    const answers = await reader.read([at('http://down/a'), at('http://up/a'), eventOf()], 'fast', { onTrouble });
    assert.deepEqual(
      answers.map((answer) => (answer instanceof EpeeError ? answer.code : 'result')),
      ['IMAGE_FETCH_FAILED', 'result', 'result'],
    );
    assert.deepEqual(told, [1]);
  });

  it("passes the engine's error for a row on as the image's", async () => {
    const error = new EpeeError('ENGINE_NON_FINITE', 'not finite', { stage: 'engine' });
    const engine = {
      model,
      run: async (rows: readonly ImageRow[]) => rows.map(({ id, task }): Outcome => ({ kind: 'failed', id, task, error })),
    };
    assert.deepEqual(await setUp({ engine }).reader.read([eventOf()], 'fast'), [error]);
  });
});
